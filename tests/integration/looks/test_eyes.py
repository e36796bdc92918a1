"""The looking itself: what is wrong with a page is seen, and nothing is seen where nothing is wrong."""

from __future__ import annotations

from .looking import PICTURES, VIEWS, look_at_html

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>A page</title>
<style>body{background:#fff;color:#111} @media (prefers-color-scheme:dark){body,a{background:#111;color:#eee}}</style></head>
<body><main><h1>A page</h1><p>Plain <a href="#a">words</a>.</p><details><summary>More</summary><p id="a">%s</p></details></main>
</body></html>
"""


def test_a_good_page(viewer):
    assert look_at_html(viewer, "eyes", PAGE % "Folded words.") == []
    assert {path.name for path in PICTURES.glob("eyes-*.png")} == {f"eyes-{view}.png" for view in VIEWS}
    assert viewer.tabs() == ["a words", "summary More"]


def test_each_fault_is_seen(viewer):
    faults = {
        "color-contrast": '<span style="color:#bbb;background:#fff">pale</span>',
        "label": "<input>",
        "wider than the window": '<span style="display:block;width:2000px">wide</span>',
        "asks for http://192.168.1.30/": '</p><img alt="" src="http://192.168.1.30/x.png"><p>',
    }
    for words, fault in faults.items():
        page = PAGE % fault
        if words.startswith("asks"):
            page = page.replace("default-src 'none'", "default-src *")
        assert any(words in one for one in look_at_html(viewer, "eyes", page)), words


def test_dark_is_really_dark(viewer):
    pale = PAGE.replace("body,a{background:#111;color:#eee}", "body,a{background:#eee;color:#fff}")
    wrong = look_at_html(viewer, "eyes", pale % "")
    assert {one.split(":")[0] for one in wrong} == {"eyes-desktop-dark", "eyes-phone-dark"}

"""From a device that warns to one that is in the chat, by doing what the page says."""

from __future__ import annotations

import hashlib
import html
import re
import time

import pytest

from .conftest import NAME

AGENTS = {
    "windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
    "macos": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
    "ios": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
    "android": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
    "linux": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "other": "Mozilla/5.0 (X11; CrOS x86_64) AppleWebKit/537.36 Chrome/140.0",
}
LANGUAGES = {
    "": "en",
    "de": "de",
    "de-CH,en;q=0.5": "de",
    "fr, de;q=0.8, en;q=0.5": "de",
    "en-GB,en;q=0.9,de;q=0.8": "en",
    "den,nl": "en",
    "fr,nl": "en",
    "x" * 4000 + ",de": "de",
}


def waits_for(browser, words: str, patience: float = 15) -> str:
    end = time.monotonic() + patience
    while words not in (text := browser.text()):
        assert time.monotonic() < end, f"waited for {words!r} in: {text}"
        time.sleep(0.2)
    return text


def test_from_a_warning_to_the_chat(untrusting, root):
    browser = untrusting.open()
    assert browser.go(f"http://{NAME}/start") == "Get started: Example Works"
    seen = waits_for(browser, "Not yet. This device does not recognise the chat.")
    assert browser.go(f"https://{NAME}/") == "Privacy error"
    waits_for(browser, "ERR_CERT_AUTHORITY_INVALID")

    fingerprint = hashlib.sha256(root).hexdigest().upper()
    assert fingerprint in re.sub(r"\s", "", seen)
    page = untrusting.load("/start/en/linux").decode()
    (file,) = re.findall(r'<a class="button" href="(/start/files/[^"]+)"', page)
    untrusting.do(f"curl -sfO http://{NAME}{file}")
    (compare,) = re.findall(r"<code>(openssl [^<]*)</code>", page)
    assert untrusting.do(html.unescape(compare)).strip().replace(":", "").endswith(f"={fingerprint}")
    (command,) = [html.unescape(one) for one in re.findall(r"<pre[^>]*><code>(.*?)</code>", page, re.DOTALL) if "certutil" in one]
    untrusting.do(command)

    browser = untrusting.open()
    browser.go(f"http://{NAME}/start")
    waits_for(browser, "Yes. This device recognises the chat.")
    waits_for(browser, "This device is ready.")
    assert browser.go(f"https://{NAME}/") == "Example Works"
    assert browser.go(f"https://{NAME}/start") == "Get started: Example Works"
    waits_for(browser, "Yes. This device recognises the chat.")


def test_it_asks_nobody_else(newcomer):
    browser = newcomer.open()
    browser.go(f"http://{NAME}/start")
    waits_for(browser, "Yes. This device recognises the chat.")
    assert {one.split("/")[2] for one in browser.requested() if one.startswith("http")} == {NAME}
    assert [one for one in browser.console() if "SEVERE" in one] == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_it_sees_who_asks(newcomer, scheme):
    for system, agent in AGENTS.items():
        page = newcomer.do(f"curl -sf -A '{agent}' {scheme}://{NAME}/start")
        assert f'href="/start/en/{system}" aria-current="page"' in page, system
    for wish, language in LANGUAGES.items():
        page = newcomer.do(f"curl -sf -H 'Accept-Language: {wish}' {scheme}://{NAME}/start")
        assert f'<html lang="{language}">' in page, wish
    head = newcomer.do(f"curl -sfI {scheme}://{NAME}/start").lower()
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in head
    assert "vary: accept-language, user-agent" in head and "etag" not in head


def test_only_what_is_meant_to_be_there(newcomer):
    for path in ("start/", "start/en", "start/xx/windows", "start/files/", "start/../../../etc/passwd", "start/clients/none.exe"):
        code = newcomer.do(f"curl -s -o /dev/null -w '%{{http_code}}' --path-as-is http://{NAME}/{path}")
        assert code in {"302", "403", "404", "400", "301"}, path
    assert newcomer.do(f"curl -s -o /dev/null -w '%{{redirect_url}}' http://{NAME}/start/") == f"http://{NAME}/start"

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages as they are served: the role's own texts and templates, with a title that is full of traps."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from ansible_collections.onprem.chat.plugins.module_utils.onboarding import catalogue
from ansible_collections.onprem.chat.plugins.module_utils.onboarding.model import SYSTEMS, OnboardingError, parse
from ansible_collections.onprem.chat.plugins.module_utils.onboarding.pages import pages, size

ROLE = Path(__file__).parents[5] / "roles" / "onboarding"
TEXTS = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROLE / "files" / "languages").glob("*.json"))]
VOID = {"meta", "link", "img", "path"}


class Page(HTMLParser):
    """A page as a browser takes it: every element is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data

    def values(self, attribute: str) -> list[str]:
        return [found[attribute] for _tag, found in self.elements if found.get(attribute)]


def rendered(start, texts=TEXTS) -> dict[str, Page]:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROLE / "files" / "pages"), trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    made = pages(start, catalogue.parse(texts), lambda text, label: f'<svg data-text="{text}" aria-label="{label}"></svg>')
    return {row["path"]: Page(environment.get_template(row["template"]).render(page=row["page"])) for row in made}


@pytest.fixture
def found(start):
    return rendered(start)


def test_one_for_each_language_and_device(found):
    assert set(found) == {f"{one['language']}/{system}.html" for one in TEXTS for system in (*SYSTEMS, "print")}
    assert {one["language"] for one in TEXTS} == {"en", "de"}


def test_nothing_comes_from_outside_and_nothing_is_inline(found):
    for path, page in found.items():
        for value in page.values("src") + page.values("href"):
            assert value.startswith(("/start", "#", "https://chat.example.lan/")), (path, value)
        names = {name for _tag, attributes in page.elements for name in attributes}
        assert not {name for name in names if name.startswith("on")} | (names & {"style"}), path
        tags = [tag for tag, attributes in page.elements if tag == "style" or (tag == "script" and "src" not in attributes)]
        assert tags == [], path


def test_every_link_leads_to_a_page(found):
    files = {f"/start/{path[:-5]}" for path in found}
    for page in found.values():
        for value in page.values("href"):
            known = ("/start/files/", "/start/clients/", "/start/icon.svg", "/start/start.css", "#", "https://chat.example.lan/")
            assert value in files or value == "/start" or value.startswith(known), value


def test_names_stand_there_as_they_are(found, root):
    for page in found.values():
        assert 'Example & "Sons" <Ltd>' in page.words
        assert "Ms O'Hara" in page.words
        assert "{" not in page.words.replace(" { ", "").replace("{ throw", ""), page.words
    assert "Gajim <2>" in found["en/windows.html"].words and "84 MB" in found["en/windows.html"].words
    assert "Gajim <2>" not in found["en/linux.html"].words
    assert root.name in found["de/ios.html"].words


def test_the_fingerprint_stands_on_every_page(found, root):
    for path, page in found.items():
        words = re.sub(r"\s", "", page.words)
        assert root.sha256 in words, path
        assert (root.sha1 in words) == path.endswith(("windows.html", "print.html")), path
        assert "example.lan" in words


def test_each_device_is_given_its_kind_of_file(found):
    for system, suffix in (("windows", "cer"), ("ios", "mobileconfig"), ("android", "crt"), ("linux", "crt"), ("macos", "cer")):
        assert f"/start/files/chat.example.lan-root.{suffix}" in found[f"en/{system}.html"].values("href")


def test_headings_and_marks_for_those_who_listen(found):
    for page in found.values():
        levels = [int(tag[1]) for tag, _attributes in page.elements if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1 and all(later - earlier <= 1 for earlier, later in zip(levels, levels[1:]))
        ids = page.values("id")
        assert len(ids) == len(set(ids)) and set(page.values("aria-labelledby")) <= set(ids)
    for text in TEXTS:
        assert dict(found[f"{text['language']}/other.html"].elements)["html"]["lang"] == text["language"]


def test_a_public_certificate_needs_no_trust(known):
    for path, page in rendered(known).items():
        assert not [value for value in page.values("href") if "/files/" in value], path
        assert "SHA" not in page.words and "http://" not in page.words, path
        assert "https://chat.example.lan/" in page.words


def test_a_catalogue_that_is_not_whole_is_refused():
    english = TEXTS[[one["language"] for one in TEXTS].index("en")]
    texts = {**english["texts"], "welcome": "Bienvenue", "windows.steps": "?", "more": "x"}
    del texts["skip"]
    with pytest.raises(OnboardingError) as caught:
        catalogue.parse([english, {"language": "fr", "name": "Français", "texts": texts}, {"language": "FR", "texts": {}}, 7])
    assert sorted(caught.value.errors) == [
        "onboarding_catalogues: 'FR' is not the code of a language in lower case, such as fr or pt-br",
        "onboarding_catalogues: one of them is not a mapping of language, name and texts",
        "onboarding_catalogues[fr]: more is not in the English one",
        "onboarding_catalogues[fr]: skip is missing",
        "onboarding_catalogues[fr]: welcome has the places [], the English one ['title']",
        "onboarding_catalogues[fr]: windows.steps is a text in one and a list in the other",
    ]
    with pytest.raises(OnboardingError, match="no English one"):
        catalogue.parse([])


def test_a_later_catalogue_stands_in_for_an_earlier_one(start):
    english = TEXTS[[one["language"] for one in TEXTS].index("en")]
    other = {**english, "texts": {**english["texts"], "welcome": "{title} says hello"}}
    assert "<Ltd> says hello" in rendered(start, [*TEXTS, other])["en/other.html"].words


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (7, r"clients\[0\]: is not a mapping"),
        ({"system": "amiga", "name": "a.exe"}, r"clients\[0\]\.system: 'amiga' is none of windows, macos"),
        ({"system": "windows", "name": "a b.exe", "size": 1, "sha256": ""}, r"clients\[0\]\.file: 'a b\.exe' is not a plain"),
    ],
)
def test_what_is_no_program_is_refused(start, row, words):
    with pytest.raises(OnboardingError, match=words):
        parse({"name": "a", "title": "", "help": "", "clients": [row]}, None)


def test_two_programs_of_one_name_are_refused():
    row = {"system": "windows", "name": "a.exe", "size": 1, "sha256": "00"}
    with pytest.raises(OnboardingError, match=r"two files are named a\.exe"):
        parse({"name": "a", "title": "", "help": "", "clients": [row, {**row, "system": "linux"}]}, None)


def test_sizes_as_people_say_them():
    assert [size(count) for count in (7, 1500, 84_200_000, 1_400_000_000)] == ["7 B", "1.5 kB", "84 MB", "1.4 GB"]

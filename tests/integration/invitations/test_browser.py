"""A link, a person, a browser: from the sheet to the first message."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from .conftest import NAME

PASSWORD = "chosen by carol herself"
LINK = f"https://{NAME}/invite/#"


def test_a_link_makes_an_account_and_leads_into_the_chat(operator, person):
    token = operator.token("carol")
    person.go(LINK + token)
    person.read("#told", "Welcome, Carol.")
    assert person.kept()["address"] == f"https://{NAME}/invite/", "the token is out of the address bar"
    for password, again, words in [
        ("short", "short", "at least 8 characters"),
        ("carol", "carol", "at least 8 characters"),
        (" begins with a space", " begins with a space", "no space"),
        (PASSWORD, PASSWORD + "!", "not the same"),
    ]:
        person.write("#password", password)
        person.write("#again", again)
        person.click("form button")
        person.read("#fault", words)
    assert "carol" not in operator.accounts()
    person.reload()
    person.read("#told", "Welcome, Carol.")
    person.write("#password", PASSWORD)
    person.write("#again", PASSWORD)
    person.click("form button")
    person.online()
    kept = person.kept()
    assert kept["address"].startswith(f"https://{NAME}/")
    assert PASSWORD not in json.dumps(kept) and token not in json.dumps(kept), "nothing of it is left in the tab"
    person.chat("alice@")
    person.say("Here I am, by invitation.")
    assert "carol" in operator.accounts()
    assert operator.password_fits("carol", PASSWORD)
    assert "Carol" in operator.on_chat("ejabberdctl", "get_vcard", "carol", NAME, "FN")
    asked = [urlsplit(url) for url in person.requested()]
    assert not [url for url in asked if token in url.geturl() and not url.fragment], "no request holds the token"
    assert {url.netloc for url in asked if url.scheme in ("http", "https", "wss")} == {NAME}
    assert [line for line in person.console() if line.startswith("SEVERE")] == []
    person.reload()
    person.online()


def test_the_same_link_does_nothing_more(operator, person):
    person.go(LINK + operator.token("carol"))
    person.read("#told", "has been used")
    person.click("#log-in")
    person.login("carol", PASSWORD)
    person.online()


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (f"https://{NAME}/invite/", "not the whole link"),
        (LINK + "A" * 42, "Nobody here knows this link"),
        (LINK + "A" * 43, "Nobody here knows this link"),
        (LINK + "%3Cscript%3E", "Nobody here knows this link"),
    ],
)
def test_what_is_no_link(operator, person, link, words):
    person.go(link)
    person.read("#told", words)


def test_while_the_chat_is_down_nothing_is_lost(operator, person):
    operator.on_chat("systemctl", "stop", "ejabberd")
    try:
        person.go(LINK + operator.token("heidi"))
        person.write("#password", "chosen by heidi")
        person.write("#again", "chosen by heidi")
        person.click("form button")
        person.read("#told", "stays good", 60)
    finally:
        operator.on_chat("systemctl", "start", "ejabberd")
    person.click("#retry")
    person.read("#told", "Welcome, Heidi.", 60)
    person.write("#password", "chosen by heidi")
    person.write("#again", "chosen by heidi")
    person.click("form button")
    person.online()

"""Two people, two real browsers: what the site is for."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

import pytest

CONTENT = "what is in the file: äöü 漢字\n" * 200


@pytest.fixture(scope="module")
def browsers(sit_down, people, site, picture):
    """alice on desk1 and bob on desk2, logged in."""
    found = {}
    for name, host in (("alice", "desk1"), ("bob", "desk2")):
        desk = sit_down(host, "browser.py")
        desk.go(f"https://{site['name']}/")
        if name == "alice":
            picture(desk, "1-log-in")
        desk.login(name, people[name]["password"])
        desk.online()
        found[name] = desk
    return found


@pytest.fixture
def alice(browsers):
    return browsers["alice"]


@pytest.fixture
def bob(browsers):
    return browsers["bob"]


def test_the_browser_trusts_the_page(alice, bob, site):
    for person in (alice, bob):
        seen = person.secure()
        assert seen["secure"]
        assert urlsplit(seen["address"]).netloc == site["name"]


def test_people_find_each_other(alice, bob):
    assert any("bob@" in one for one in alice.contacts())
    assert any("alice@" in one for one in bob.contacts())


def test_direct_messages_both_ways(alice, bob, people, picture, token):
    alice.chat(people["bob"]["address"])
    bob.chat(people["alice"]["address"])
    alice.say(f"Good morning, Bob. Is order {token} ready?")
    bob.hears(f"order {token} ready?")
    bob.say(f"It is: {token} left the house at eight.")
    alice.hears(f"{token} left the house")
    picture(alice, "2-direct-messages")


def test_history_after_a_reload(alice, people, token):
    alice.chat(people["bob"]["address"])
    alice.say(f"Thank you. The next one is {token}.")
    alice.reload()
    alice.online()
    alice.chat(people["bob"]["address"])
    alice.hears(f"The next one is {token}.")


def test_a_file_goes_from_one_to_the_other(alice, bob, people, picture, token):
    alice.chat(people["bob"]["address"])
    bob.chat(people["alice"]["address"])
    name = f"papers-{token}.txt"
    url = alice.attach(name, base64.b64encode(CONTENT.encode()).decode())
    assert urlsplit(url).netloc == urlsplit(bob.secure()["address"]).netloc
    assert bob.link(name) == url
    fetched = bob.fetch(url)
    assert (fetched["status"], fetched["text"]) == (200, CONTENT)
    picture(bob, "3-file")


def test_a_picture_that_could_run_a_script_is_kept_in_a_sandbox(alice, people, token):
    script = "<svg xmlns='http://www.w3.org/2000/svg'><script>document.title='run'</script></svg>"
    alice.chat(people["bob"]["address"])
    url = alice.attach(f"drawing-{token}.svg", base64.b64encode(script.encode()).decode())
    assert "sandbox" in (alice.fetch(url)["policy"] or "")


def test_room_messages(alice, bob, site, picture, token):
    alice.room(site["room_title"])
    bob.room(site["room_title"])
    alice.say(f"Meeting at ten, room {token}.")
    bob.hears(f"room {token}.")
    bob.say(f"I bring the papers to {token}.")
    alice.hears(f"the papers to {token}.")
    picture(bob, "4-room")
    picture(bob, "5-room-on-a-phone", 390, 844)
    picture(bob, "4-room", 1280, 900)


def test_history_on_another_device(sit_down, alice, people, site, token):
    """A new profile knows nothing: what it shows comes from the server."""
    alice.chat(people["bob"]["address"])
    alice.say(f"Written on the first device, {token}")
    other = sit_down("desk2", "browser.py")
    other.go(f"https://{site['name']}/")
    other.login("alice", people["alice"]["password"])
    other.online()
    other.chat(people["bob"]["address"])
    other.hears(f"on the first device, {token}")
    other.leave()


@pytest.mark.parametrize(("user", "password"), [("alice", "not her password"), ("nobody-here", "lab-only-nobody")])
def test_who_has_no_right_is_refused(sit_down, site, user, password):
    stranger = sit_down("desk2", "browser.py")
    stranger.go(f"https://{site['name']}/")
    stranger.login(user, password)
    assert stranger.refused()
    with pytest.raises(AssertionError, match="waited"):
        stranger.one("converse-roster", 3)
    stranger.leave()


def test_plain_http_leads_to_https(alice, site):
    alice.go(f"http://{site['name']}/")
    assert alice.secure()["address"].startswith(f"https://{site['name']}/")
    alice.online()


def test_nothing_outside_was_asked_for(alice, bob, site):
    """Last, so that everything above is in the list."""
    for person in (alice, bob):
        asked = [urlsplit(url) for url in person.requested()]
        network = [url for url in asked if url.scheme not in ("data", "blob", "chrome", "chrome-untrusted", "about")]
        assert {url.scheme for url in network} <= {"http", "https", "wss"}
        assert {url.netloc for url in network} == {site["name"]}
        assert any(url.scheme == "wss" for url in network)


def test_the_page_did_not_complain(alice, bob):
    for person in (alice, bob):
        assert [line for line in person.console() if line.startswith("SEVERE")] == []

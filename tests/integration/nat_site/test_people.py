"""Who may reach the chat does, by every name and address that there is, and the server knows who comes from outside."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import run

from .conftest import CHAT, LAN_NAME, NAME, REMOTE, ROUTER_IN_LAN

MAP = "--host-resolver-rules=MAP {name} {public}"
#: Where somebody sits, what she types, and Chromium's options: the last two go to the router and come back (hairpin).
DOORS = {
    "from outside": ("remote", "https://{name}/", ()),
    "LAN name": ("desk1", "https://{lan_name}/", ()),
    "public name": ("desk1", "https://{name}/", ()),
    "public address": ("desk1", "https://{public}/", ()),
    "public name at the public address": ("desk1", "https://{name}/", (MAP,)),
}
#: Whether the internet's certificate authority vouches for a name at an address; otherwise the site's own does.
VOUCHED = {
    ("remote", "{name}", "{public}"): True,
    ("desk1", "{name}", CHAT): True,
    ("desk1", "{name}", "{public}"): True,
    ("desk1", "{lan_name}", CHAT): False,
}


@pytest.fixture(scope="module")
def names(places):
    return {"name": NAME, "lan_name": LAN_NAME, "public": places.public}


@pytest.fixture(scope="module")
def bob(sit_down, people):
    """bob, outside, with a native client; alice comes by every door and writes to him."""
    person = sit_down("remote", "native.py")
    assert person.login(people["bob"]["address"], people["bob"]["password"], 5222, False) == "session_start"
    yield person
    person.leave()


def log_of(path: str) -> str:
    return run("chat", "cat", path)


@pytest.mark.parametrize("door", DOORS)
def test_a_browser_writes_to_somebody_outside(sit_down, people, names, bob, token, door):
    host, url, options = DOORS[door]
    alice = sit_down(host, "browser.py", *(option.format(**names) for option in options))
    alice.go(url.format(**names))
    alice.login("alice", people["alice"]["password"])
    alice.online()
    alice.chat(people["bob"]["address"])
    alice.say(f"Written at {door}: {token}")
    assert bob.hears(f"Written at {door}: {token}")["from"].startswith(people["alice"]["address"])
    bob.say(people["alice"]["address"], f"and back, {token}")
    alice.hears(f"and back, {token}")
    seen = alice.secure()
    assert seen["secure"]
    assert urlsplit(seen["address"]).netloc == urlsplit(url.format(**names)).netloc
    asked = {urlsplit(one).hostname for one in alice.requested() if urlsplit(one).scheme in ("http", "https", "wss")}
    assert asked == {urlsplit(url.format(**names)).hostname}
    assert [line for line in alice.console() if line.startswith("SEVERE")] == []
    alice.leave()


# Debian 12's slixmpp goes where the SRV record of 5222 leads, whatever port it is told: not to 5223.
@pytest.mark.parametrize(("host", "port", "direct"), [("remote", 5222, False), ("remote", 5223, True), ("desk1", 5222, False)])
def test_a_native_client(site, sit_down, people, bob, token, host, port, direct):
    if host not in [*site.hosts(), "remote"]:
        pytest.skip(f"{host} is nobody's, and has no native client")
    alice = sit_down(host, "native.py")
    assert alice.login(people["alice"]["address"], people["alice"]["password"], port, direct) == "session_start"
    assert alice.channel() == {"version": "TLSv1.3", "verified": True, "name": NAME}
    alice.say(people["bob"]["address"], token)
    bob.hears(token)
    alice.leave()


@pytest.mark.parametrize(("host", "name", "address"), VOUCHED, ids=" ".join)
def test_who_vouches_for_it(names, host, name, address):
    question = f"-connect {address}:443 -servername {name} -verify_hostname {name} -verify_return_error".format(**names)
    answer = run(host, "sh", "-c", f"openssl s_client {question} -CApath /etc/ssl/certs </dev/null 2>&1")
    assert "Verify return code: 0 (ok)" in answer
    issuer = next(line for line in answer.splitlines() if line.startswith("issuer="))
    assert ("Pebble" in issuer) == VOUCHED[host, name, address]


@pytest.mark.usefixtures("bob")
def test_the_server_knows_the_remote_clients_own_address(places, token):
    run("remote", "curl", "--silent", "--fail", "--output", "/dev/null", f"https://{NAME}/?{token}")
    line = next(line for line in log_of("/var/log/nginx/access.log").splitlines() if token in line)
    assert line.split()[0] == REMOTE
    seen = set(re.findall(r"[0-9]+(?:\.[0-9]+){3}", log_of("/var/log/ejabberd/ejabberd.log")))
    assert REMOTE in seen
    assert places.public not in seen


def test_who_takes_the_hairpin_comes_from_the_router(places, token):
    """A desk of the same network cannot keep its address, or the answer would take a shorter way."""
    run("desk1", "curl", "--silent", "--fail", "--output", "/dev/null", f"https://{places.public}/?{token}")
    line = next(line for line in log_of("/var/log/nginx/access.log").splitlines() if token in line)
    assert line.split()[0] == ROUTER_IN_LAN


@pytest.mark.parametrize("url", ["http://{name}/", "http://{public}/", "http://{lan_name}/"])
def test_plain_http_leads_to_https(names, url):
    host = "desk1" if "lan" in url else "remote"
    answer = run(host, "curl", "--silent", "--output", "/dev/null", "--write-out", "%{redirect_url}", url.format(**names))
    assert answer == url.format(**names).replace("http:", "https:")

"""The ladder stops where it breaks, and says so in words that help."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.verify import faults, intent, rungs
from ansible_collections.onprem.chat.plugins.module_utils.verify.ladder import Observation, Rung, VerifyError, climb
from ansible_collections.onprem.chat.plugins.modules import site_probe

ROOT = Path(faults.__file__).parents[1]
RAW = {
    "name": "chat.example.lan",
    "address": "192.168.1.30",
    "domain": "example.lan",
    "dns_servers": ["192.168.1.53", "192.168.1.54"],
    "ports": [80, 443, 5222, 5223],
    "doors": [{"name": "chat.example.lan", "address": "192.168.1.30"}],
    "crl_urls": ["http://pki.example.lan/pki/issuing.crl"],
    "accounts": [{"name": "a", "password": "x"}, {"name": "b", "password": "y"}],
    "names": [],
    "air_gap": True,
    "foreign_name": "www.example.com",
    "relays": [
        {"name": "relay.example.lan", "address": "192.168.1.40", "port": 3478, "transport": "udp"},
        {"name": "relay.example.lan", "address": "192.168.1.40", "port": 5349, "transport": "tls"},
    ],
    "upload": True,
    "addresses": ["192.168.1.30", "2001:DB8::30"],
    "services": ["xmpp-client", "xmpps-client"],
    "start": True,
    "start_ca": True,
    "engine": "ejabberd",
    "page": "/",
    "websocket_paths": ["/ws"],
    "health": None,
}
LADDER = (
    "dns 192.168.1.53",
    "dns 192.168.1.54",
    "foreign 192.168.1.53",
    "foreign 192.168.1.54",
    "name",
    "wrong name",
    "srv",
    "tcp 80",
    "tcp 443",
    "tcp 5222",
    "tcp 5223",
    "mtu 443",
    "clock",
    "tls 443",
    "tls 5222",
    "tls 5223",
    "crl",
    "page",
    "websocket",
    "web client",
    "redirect",
    "start",
    "chat.example.lan at 192.168.1.30",
    "accounts",
    "login a",
    "login b",
    "message",
    "history",
    "upload",
    "relay relay.example.lan udp",
    "relay relay.example.lan tls",
)


HEALTH = {"path": "/health", "status": 200, "expect": "well"}
NOTHING = {"dns_servers": [], "domain": "", "doors": [], "crl_urls": [], "accounts": [], "relays": [], "start": False}
WEB = ("page", "websocket", "web client")
DOOR = "chat.example.lan at 192.168.1.30"
CHAT = ("login a", "login b", "message", "history", "upload")


def ladder(**parts):
    return rungs.rungs(intent.parse({**RAW, **parts}))


def climbed(broken, **parts):
    """States by rung when the rungs in ``broken`` show the fault that they name."""
    steps = climb(ladder(**parts), lambda rung: Observation("seen", broken.get(rung.name, "")))
    return {step.rung.name: step.state for step in steps}


def test_the_rungs_in_their_order():
    assert tuple(rung.name for rung in ladder()) == LADDER


def test_every_need_is_a_rung_below():
    seen = set()
    for rung in ladder():
        assert set(rung.needs) <= seen
        seen.add(rung.name)


def test_a_sound_site_has_no_finding():
    assert set(climbed({}).values()) == {"ok"}


@pytest.mark.parametrize(
    ("broken", "fault", "unjudged"),
    [
        ("dns 192.168.1.53", "dns-silent", {"foreign 192.168.1.53", "wrong name", "srv"}),
        ("foreign 192.168.1.53", "foreign-answered", set()),
        ("name", "name-unknown", set(LADDER[5:-2]) - {"accounts", DOOR}),
        ("tcp 443", "tcp-refused", {"mtu 443", "tls 443", "crl", *WEB, "start", "upload"}),
        ("mtu 443", "mtu", {"tls 443", "tls 5222", "tls 5223", "crl", *WEB, "start", DOOR, *CHAT}),
        ("tcp 80", "tcp-refused", {"clock", "redirect", "start"}),
        ("clock", "clock", {"tls 443", "tls 5222", "tls 5223", "crl", *WEB, "start", DOOR, *CHAT, "relay relay.example.lan tls"}),
        ("tls 443", "tls-expired", {"crl", *WEB, "start", "upload"}),
        ("start", "start-absent", set()),
        ("page", "web-status", {"web client"}),
        ("tls 5222", "tls-no-starttls", set(CHAT)),
        ("accounts", "accounts", set(CHAT)),
        ("login b", "login-refused", {"message", "history"}),
        ("message", "message-lost", {"history"}),
        ("history", "history-missing", set()),
    ],
)
def test_what_stands_on_a_broken_rung_is_not_judged(broken, fault, unjudged):
    states = climbed({broken: fault})
    assert {rung for rung, state in states.items() if state == "broken"} == {broken}
    assert {rung for rung, state in states.items() if state == "not judged"} == unjudged


@pytest.mark.parametrize(
    ("faults_seen", "named", "repeated"),
    [
        # both name servers hold the same wrong zone, and so has this host's own resolver
        ({"dns 192.168.1.53": "dns-wrong", "dns 192.168.1.54": "dns-wrong", "name": "name-wrong"}, ["dns 192.168.1.53"], 2),
        # the second is broken in another way: that is news
        ({"dns 192.168.1.53": "dns-wrong", "dns 192.168.1.54": "dns-silent"}, ["dns 192.168.1.53", "dns 192.168.1.54"], 0),
        # nginx is down, and with it the door
        ({"tcp 80": "tcp-refused", "tcp 443": "tcp-refused", DOOR: "door-closed"}, ["tcp 80"], 2),
        ({"tcp 443": "tcp-refused", DOOR: "door-closed"}, ["tcp 443"], 1),
        # nginx and ejabberd are two faults
        ({"tcp 443": "tcp-refused", "tcp 5222": "tcp-refused"}, ["tcp 443", "tcp 5222"], 0),
        # but where nobody answers at all, it is one
        (dict.fromkeys(("tcp 80", "tcp 443", "tcp 5222", "tcp 5223", DOOR), "tcp-silent"), ["tcp 80"], 4),
        ({"tcp 80": "tcp-refused", "tcp 443": "tcp-refused", "tcp 5222": "tcp-silent"}, ["tcp 80", "tcp 5222"], 1),
        # nginx lets nobody in from here
        (
            {
                **dict.fromkeys(("page", "websocket", "redirect", DOOR), "web-refused"),
                "upload": "upload-blocked",
            },
            ["page"],
            4,
        ),
        # and neither does ejabberd
        ({"page": "web-refused", "login a": "login-refused", "login b": "login-refused"}, ["page"], 2),
        ({"crl": "web-refused", "page": "web-refused", "websocket": "web-refused"}, ["crl"], 2),
        # the page is gone, and beside that no file is taken
        ({"page": "web-status", "websocket": "web-socket", "upload": "upload-failed"}, ["page", "websocket", "upload"], 0),
        # ejabberd is down
        (
            {"tcp 5222": "tcp-refused", "tcp 5223": "tcp-refused", "websocket": "web-socket", "accounts": "accounts"},
            ["tcp 5222"],
            3,
        ),
        # the authority is not trusted here
        (dict.fromkeys(("tls 443", "tls 5222", "tls 5223", DOOR), "tls-unknown"), ["tls 443"], 3),
        ({"tls 443": "tls-unknown", "tls 5222": "tls-no-starttls"}, ["tls 443", "tls 5222"], 0),
        ({"login a": "login-refused", "login b": "login-refused"}, ["login a"], 1),
        (
            {"relay relay.example.lan udp": "relay-silent", "relay relay.example.lan tls": "relay-silent"},
            ["relay relay.example.lan udp"],
            1,
        ),
    ],
)
def test_a_fault_that_shows_twice_is_named_once(faults_seen, named, repeated):
    steps = climb(ladder(), lambda rung: Observation("seen", faults_seen.get(rung.name, "")))
    assert [step.rung.name for step in steps if step.state == "broken"] == named
    echoes = [step for step in steps if step.state == "not judged" and step.seen.startswith("seen; ")]
    assert len(echoes) == repeated


def test_a_slow_resolver_is_a_warning_unless_a_dead_name_server_explains_it():
    assert climbed({"name": "name-slow"})["name"] == "warning"
    assert climbed({"name": "name-slow", "dns 192.168.1.53": "dns-silent"})["name"] == "ok"


def test_a_warning_is_given_once():
    states = climbed(dict.fromkeys(("tls 443", "tls 5222", "tls 5223"), "tls-ending"))
    assert [rung for rung, state in states.items() if state == "warning"] == ["tls 443"]
    assert {states["tls 5222"], states["tls 5223"], states["message"]} == {"ok"}


def test_a_mild_fault_lets_the_climb_go_on():
    states = climbed({"tls 443": "tls-ending"})
    assert states.pop("tls 443") == "warning"
    assert set(states.values()) == {"ok"}


def test_a_rung_that_is_not_judged_is_not_looked_at():
    looked = []
    climb((Rung("a", "x", "e"), Rung("b", "x", "e", ("a",))), lambda rung: looked.append(rung.name) or Observation("", "probe"))
    assert looked == ["a"]


def test_only_what_is_asked_for_is_climbed():
    assert not any("login" in rung.name for rung in ladder(accounts=[]))
    assert [rung.name for rung in ladder(**NOTHING, ports=[443])] == [
        "name",
        "srv",
        "tcp 443",
        "mtu 443",
        "clock",
        "tls 443",
        "page",
        "websocket",
        "web client",
    ]
    assert not any("foreign" in rung.name for rung in ladder(air_gap=False))
    assert not any("upload" in rung.name for rung in ladder(upload=False))
    assert not any("start" in rung.name for rung in ladder(start=False))
    assert [rung.port for rung in ladder(ports=[443]) if rung.name == "start"] == [443]


def test_every_address_is_one_that_the_name_must_have():
    assert intent.parse(RAW).addresses == ("192.168.1.30", "2001:db8::30")
    assert intent.parse({**RAW, "addresses": []}).addresses == ("192.168.1.30",)
    assert {rung.expected for rung in ladder() if rung.kind in ("dns", "name")} == {
        "chat.example.lan is 192.168.1.30, 2001:db8::30"
    }


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"name": "chat"}, "name: chat is not a domain name"),
        ({"domain": "lan"}, "domain: lan is not a domain name"),
        ({"address": "here"}, "address: here is not an IP address"),
        ({"dns_servers": ["192.0.2.1", "ns"]}, "dns_servers[1]: ns is not an IP address"),
        ({"addresses": ["192.0.2.1", "ns"]}, "addresses[1]: ns is not an IP address"),
        ({"ports": [0]}, "ports[0]: 0 is not a port"),
        ({"crl_urls": ["ldap://x"]}, "crl_urls[0]: ldap://x is not an http address"),
        ({"doors": [{"name": "a b", "address": "192.168.1.30"}]}, "doors[0].name: a b is not a domain name"),
        ({"doors": [{"name": "a.lan", "address": "here"}]}, "doors[0].address: here is not an IP address"),
        ({"accounts": [{}]}, "accounts: two are needed"),
        ({"names": ["x"]}, "names[0]: x is not a domain name"),
        ({"relays": [{**RAW["relays"][0], "name": "x"}]}, "relays[0].name: x is not a domain name"),
        ({"relays": [{**RAW["relays"][0], "port": 0}]}, "relays[0].port: 0 is not a port"),
    ],
)
def test_bad_input_is_named(parts, words):
    with pytest.raises(VerifyError) as caught:
        intent.parse({**RAW, **parts})
    assert words in str(caught.value)


def test_all_bad_input_is_named_at_once():
    with pytest.raises(VerifyError) as caught:
        intent.parse({**RAW, "name": "", "address": "", "ports": [0, 70000]})
    assert len(caught.value.faults) == 4


def test_every_fault_that_the_probe_can_show_is_explained():
    sources = [*ROOT.glob("probe/*.py"), ROOT / "verify" / "classify.py", Path(site_probe.__file__)]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    used = set(
        re.findall(
            r'"((?:dns|name|foreign|wrong-name|tcp|tls|crl|web|srv|door|accounts|login|message|history|upload|relay|archive|start|package)-[a-z-]+)"',
            text,
        )
    )
    used -= {"tls-exporter"}
    assert used | {"clock", "library", "probe", "accounts", "mtu"} == set(faults.FAULTS)


def test_every_explanation_reads_well():
    for code in faults.FAULTS:
        fault = faults.explain(code, "192.168.1.53", 53)
        assert fault.cause and fault.remedy and "{" not in fault.cause + fault.remedy
    assert "192.168.1.53" in faults.explain("dns-silent", "192.168.1.53", 53).remedy


def test_what_looks_like_another_fault_is_found_by_its_remedy():
    # nginx does not start with a key of another certificate; a database that cannot write refuses accounts
    assert "nginx -t" in faults.explain("tcp-refused", "chat.example.lan", 80).remedy
    for code in ("accounts", "accounts-silent", "accounts-refused"):
        fault = faults.explain(code, "chat.example.lan", 0)
        assert "cannot write" in fault.cause and "df -h" in fault.remedy


def test_the_probe_answers_every_kind_of_rung():
    eyes = site_probe.Eyes(None, {"timeout": 1, "body": ""})
    assert {rung.kind for rung in ladder(crl_urls=["http://x/"], health=HEALTH)} == set(eyes.kinds)


BROUGHT = {"engine": "operator_package", "accounts": [], "ports": [80, 443, 9000], "relays": []}


def test_a_package_of_the_operators_has_the_rungs_that_any_chat_has():
    found = [rung.name for rung in ladder(**BROUGHT, websocket_paths=["/ws", "/push/"], health=HEALTH)]
    assert [name for name in found if name in ("page", "websocket", "websocket /push/", "health", "tcp 9000", "tls 443", "start")]
    assert set(found) >= {
        "dns 192.168.1.53",
        "name",
        "tcp 80",
        "tcp 443",
        "tcp 9000",
        "tls 443",
        "crl",
        "redirect",
        "start",
        DOOR,
    }
    assert not set(found) & {"srv", "web client", "accounts", "tcp 5222", "tls 5222", *CHAT}


def test_without_websockets_and_health_they_are_not_asked():
    assert not {rung.kind for rung in ladder(**BROUGHT, websocket_paths=[])} & {"websocket", "health"}


def test_a_package_that_is_down_is_one_fault():
    faults_seen = {"page": "package-down", "websocket": "package-down", "health": "package-down"}
    states = climbed(faults_seen, **BROUGHT, health=HEALTH)
    assert [name for name, state in states.items() if state == "broken"] == ["page"]


def test_only_ejabberd_has_accounts():
    with pytest.raises(VerifyError, match="only ejabberd has them"):
        ladder(**{**BROUGHT, "accounts": RAW["accounts"]})

"""Who sits where, what each should see, and what each asks of the router's plan."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import make
from ansible_collections.onprem.chat.plugins.module_utils.site.parse import NAT_FIXED_IP, parse_site, router_intent
from ansible_collections.onprem.chat.plugins.module_utils.site.plan import compute
from ansible_collections.onprem.chat.plugins.module_utils.verify.seats import GROUPS, Ways, seats, sitting
from ansible_collections.onprem.chat.plugins.module_utils.verify.ways import ways
from ansible_collections.onprem.chat.plugins.modules import port_probe

GOLDEN = Path(__file__).parents[3] / "golden" / "site"
MORE = {"outside": ["remote", "pool"], "controllers": ["localhost"]}
ADDRESSES = {
    "chat": "192.168.1.30",
    "desk1": "192.168.1.101",
    "remote": "203.0.113.200",
    "pool": "198.51.100.200",
    "localhost": "localhost",
    "router": "192.168.1.1",
}
GATEWAY = {
    "name": "gateway",
    "profile": "theoffice_2_gateway",
    "host": "192.168.1.40",
    "public_address": "203.0.113.20",
    "mapping": "one_to_one",
    "client_pool": ["198.51.100.0/24"],
}
RELAY = {"name": "relay", "profile": "stun_turn", "host": "192.168.1.31", "public_address": "203.0.113.30"}


def read(case):
    document = yaml.safe_load((GOLDEN / case / "inventory.yml").read_text(encoding="utf-8"))
    return document["groups"], {name: {**document["all"], **own} for name, own in document["hosts"].items()}


def behind(*services, addresses=None, ours=True):
    """The seats of the golden site with a public name, with further services at a second public address."""
    groups, hostvars = read("public_name")
    intent = router_intent(groups, hostvars)
    publics = [{"address": "203.0.113.10"}, *({"address": f"203.0.113.{one}", "presence": "secondary"} for one in (20, 30))]
    intent["router"] = {**intent["router"], "public": publics}
    intent["services"] = [*intent["services"], *services]
    forwarding = make({**intent, "lab": True}, [])
    site = compute(parse_site(groups, hostvars, NAT_FIXED_IP), forwarding["plan"])
    places = sitting(site, {**groups, **MORE})
    return seats(
        site, places, ways(site, forwarding, intent["services"], places, ADDRESSES if addresses is None else addresses, ours)
    )


def test_an_air_gap_has_no_outside():
    groups, hostvars = read("one_server")
    site = compute(parse_site(groups, hostvars))
    found = seats(site, sitting(site, {**groups, **MORE, "routers": ["router"]}), Ways({}))
    assert {host: one["seat"] for host, one in found.items()} == {"chat": "server", "localhost": "controller"}
    assert all(one["air_gap"] and one["rows"] == [] and one["relays"] == [] for one in found.values())


def test_a_host_has_one_seat():
    site = {"public": {}}
    everywhere = {group: ["one"] for group in GROUPS}
    assert sitting(site, everywhere) == {"one": "server"}
    assert sitting(site, {**everywhere, "chat_servers": []}) == {"one": "lan"}
    assert sitting(site, {"outside": ["one"], "routers": ["two"]}) == {"one": "outside", "two": "router"}


def test_what_each_should_see():
    found = behind()
    assert {host: one["seat"] for host, one in found.items()} == {
        "chat": "server",
        "desk1": "lan",
        "localhost": "controller",
        "remote": "outside",
        "pool": "outside",
        "router": "router",
    }
    assert {host: one["address"] for host, one in found.items() if one["address"] != "192.168.1.30"} == {
        "remote": "203.0.113.10",
        "pool": "203.0.113.10",
    }
    assert found["desk1"]["dns_servers"] and not found["remote"]["dns_servers"]
    assert found["desk1"]["doors"] and not found["remote"]["doors"]
    assert not any(one["air_gap"] for one in found.values())
    assert {host for host, one in found.items() if one["start"]} == set(found) - {"remote", "pool"}


@pytest.mark.parametrize("case", ["one_server", "separate_machines", "public_name", "public_name_of_the_lan"])
def test_every_address_and_every_record_of_the_chat(case):
    groups, hostvars = read(case)
    situation = [NAT_FIXED_IP] if case.startswith("public") else []
    forwarding = make({**router_intent(groups, hostvars), "lab": True}, [])["plan"] if situation else None
    site = compute(parse_site(groups, hostvars, *situation), forwarding)
    found = seats(site, {"desk1": "lan", **({"remote": "outside"} if situation else {})}, Ways({}))
    assert found["desk1"]["addresses"] == site["chat"]["addresses"]
    # the plan puts them into the zone of the LAN in either case
    assert found["desk1"]["services"] == ["xmpp-client", "xmpps-client"]
    assert found["desk1"]["start_ca"] == (not situation or site["public"]["method"] == "local_ca")
    if situation:
        records = {row["type"]: row["values"] for row in site["public"]["records"]}
        assert found["remote"]["addresses"] == [*records["A"], *records.get("AAAA", [])]
        ports = {
            port for service, port in (("xmpp-client", 5222), ("xmpps-client", 5223)) if service in found["remote"]["services"]
        }
        assert ports == {5222, 5223} & set(site["public"]["ports"])


def test_a_zone_without_records_for_native_clients():
    site = compute(parse_site(*read("one_server")))
    site["dns"]["services"] = []
    assert seats(site, {"chat": "server"}, Ways({}))["chat"]["services"] == []


def rungs(seat):
    return [row["rung"] for row in seat["rows"]]


def test_the_rows_of_each_seat():
    found = behind(GATEWAY)
    # the ports of the chat are in the ladder already
    assert not [rung for rung in rungs(found["remote"]) if rung.startswith("reach tcp 203.0.113.10")]
    assert "refuse tcp 203.0.113.10:22" in rungs(found["remote"])
    # one forward, for somebody whom it lets in and for somebody else
    assert "reach tcp 203.0.113.20:9555" in rungs(found["pool"])
    assert "refuse tcp 203.0.113.20:9555" in rungs(found["remote"])
    # nobody outside can send anything to a private address
    assert not [rung for rung in rungs(found["remote"]) if "192.168." in rung]
    assert [rung for rung in rungs(found["desk1"]) if "203.0.113.10" in rung] == [
        "reach tcp 203.0.113.10:80",
        "reach tcp 203.0.113.10:5222",
        "reach tcp 203.0.113.10:5223",
        "reach tcp 203.0.113.10:22",
    ]
    assert rungs(found["router"])[:4] == ["tcp 80", "tcp 443", "tcp 5222", "tcp 5223"]
    assert "reach tcp 203.0.113.10:443" in rungs(found["router"])
    # nobody knows in which network it is
    assert rungs(found["localhost"]) == []


def test_no_rung_comes_twice():
    for seat in behind(GATEWAY, RELAY).values():
        assert len(set(rungs(seat))) == len(seat["rows"])


def test_what_a_row_stands_on():
    needs = {row["rung"]: row["needs"] for host in ("desk1", "router") for row in behind(GATEWAY)[host]["rows"]}
    assert needs["reach tcp 203.0.113.10:5222"] in (["tcp 5222"], ["tcp 5222", "chat.example.com at 203.0.113.10"])
    assert needs["reach tcp 203.0.113.10:443"] == ["tcp 443"]
    assert needs["reach tcp 203.0.113.20:9555"] == []


def test_what_the_same_fault_would_break():
    found = behind(GATEWAY)
    echoes = {row["rung"]: row["echoes"] for host in ("router", "remote") for row in found[host]["rows"]}
    assert (echoes["tcp 80"], echoes["tcp 443"], echoes["tcp 5222"], echoes["tcp 5223"]) == ([], ["tcp 80"], [], ["tcp 5222"])
    assert echoes["reach tcp 203.0.113.10:443"] == ["reach tcp 203.0.113.10:80"]
    assert echoes["reach tcp 203.0.113.10:5222"] == []
    assert all(rung.startswith("refuse ") and "203.0.113.10" in rung for rung in echoes["refuse tcp 203.0.113.10:22"])
    assert "refuse tcp 203.0.113.10:79" in echoes["refuse tcp 203.0.113.10:22"]


def test_who_answers_is_ours_or_not():
    def ours(found, host, rung):
        return next(row["ours"] for row in found[host]["rows"] if row["rung"] == rung)

    managed, by_hand = behind(GATEWAY), behind(GATEWAY, ours=False)
    assert ours(managed, "desk1", "reach tcp 203.0.113.10:5222")
    assert not ours(managed, "desk1", "reach tcp 203.0.113.20:9555")
    assert ours(managed, "remote", "refuse tcp 203.0.113.10:22")
    # somebody else's router may say no aloud, and how it is managed is its owner's business
    assert not ours(by_hand, "remote", "refuse tcp 203.0.113.10:22")
    assert "reach tcp 203.0.113.10:22" not in rungs(by_hand["desk1"])


def test_the_relay_answers_at_its_ports_too():
    groups, hostvars = read("public_relay_apart")
    intent = router_intent(groups, hostvars)
    forwarding = make({**intent, "lab": True}, [])
    site = compute(parse_site(groups, hostvars, NAT_FIXED_IP), forwarding["plan"])
    rows = ways(site, forwarding, intent["services"], {"remote": "outside"}, ADDRESSES, True).rows["remote"]
    ours = {(row["protocol"], row["port"]): row["ours"] for row in rows if row["outcome"] == "reach"}
    assert (ours["tcp", 443], ours["tcp", 3478], ours["udp", 3478]) == (True, True, False)


@pytest.mark.parametrize("address", ["remote.example.com", "10.1.2.3", "127.0.0.1", "2001:db8::1"])
def test_without_an_address_that_the_router_sees_only_what_holds_for_everybody_is_asked(address):
    found = behind(GATEWAY, addresses={**ADDRESSES, "remote": address})
    assert "refuse tcp 203.0.113.10:22" in rungs(found["remote"])
    assert not [rung for rung in rungs(found["remote"]) if rung.endswith(" tcp 203.0.113.20:9555")]


def test_relays():
    found = behind(RELAY)
    want = [("udp", 3478), ("tcp", 3478), ("tls", 5349)]
    for host, address in {"desk1": "192.168.1.31", "remote": "203.0.113.30"}.items():
        relays = found[host]["relays"]
        assert {(one["name"], one["address"]) for one in relays} == {("relay.example.lan", address)}
        assert sorted((one["transport"], one["port"]) for one in relays) == sorted(want)


def test_relays_with_tls_where_the_web_is():
    for host in ("desk1", "remote"):
        ways = {(one["transport"], one["port"]) for one in behind({**RELAY, "tls_port": 443})[host]["relays"]}
        assert ways == {("udp", 3478), ("tcp", 3478), ("tls", 443)}


@pytest.mark.parametrize(
    ("case", "name", "inside", "outside", "tls"),
    [
        ("relay_on_the_chat_server", "chat.example.lan", "192.168.1.30", None, 5349),
        ("relay_apart", "relay.example.lan", "192.168.1.31", None, 443),
        ("public_relay_on_the_chat_server", "chat.example.com", "192.168.1.30", "203.0.113.10", 5349),
        ("public_relay_apart", "turn.example.com", "192.168.1.31", "203.0.113.11", 443),
    ],
)
def test_the_relay_of_the_site(case, name, inside, outside, tls):
    """Once each, by its own name, and where the one who looks can reach it."""
    groups, hostvars = read(case)
    intent, forwarding = router_intent(groups, hostvars), None
    if outside:
        forwarding = make({**intent, "lab": True}, [])
    site = compute(parse_site(groups, hostvars, *([NAT_FIXED_IP] if outside else [])), forwarding["plan"] if forwarding else None)
    places = {"desk1": "lan", **({"remote": "outside"} if outside else {})}
    found = seats(site, places, ways(site, forwarding, intent["services"], places, ADDRESSES, True))
    for host, address in {"desk1": inside, **({"remote": outside} if outside else {})}.items():
        ports = [("udp", 3478), ("tcp", 3478), ("tls", tls)]
        wanted = [{"name": name, "address": address, "port": port, "transport": transport} for transport, port in ports]
        assert found[host]["relays"] == wanted


def test_every_row_is_one_that_the_module_takes():
    known = port_probe.ROW
    for seat in behind(GATEWAY, RELAY).values():
        for row in seat["rows"]:
            assert set(row) == set(known)
            for key, option in known.items():
                assert row[key] in option.get("choices", [row[key]])
            assert ip_address(row["address"]) in ip_network("0.0.0.0/0")

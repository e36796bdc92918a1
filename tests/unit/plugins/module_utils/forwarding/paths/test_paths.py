# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches whom: what holds for all pairs, which ports of the relay count, what is warned of. The cases are golden folders."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.paths.compute import path
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.paths.model import Door, Side
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import make
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.table import WIDTH

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

DOOR = Door("tls", ip_address("203.0.113.11"), 443, ())
SIDES = st.builds(
    Side,
    name=st.sampled_from(["near", "far"]),
    udp=st.booleans(),
    known=st.booleans(),
    stable=st.booleans(),
    filtered=st.booleans(),
    door=st.sampled_from([None, DOOR]),
    lan=st.booleans(),
)
RELAY = {"name": "relay", "profile": "stun_turn", "host": "192.168.1.31"}
EVERYBODY = [
    {"name": name, "class": name}
    for name in ("public", "endpoint_independent", "address_and_port_dependent", "udp_blocked", "web_only")
]


def answer(*services, networks=EVERYBODY, **router):
    site = {
        "wan": [{"interface": "wan0", "addresses": ["203.0.113.10/24"]}],
        "lan": [{"interface": "lan0", "address": "192.168.1.1", "network": "192.168.1.0/24"}],
    }
    given = {"lab": True, "router": {**site, **router}, "services": list(services), "user_networks": networks}
    return make(given, ["paths"], prefix="site_")


def transports(*services, **router):
    """The transport by which each class reaches the relay, from calls with somebody who always needs it."""
    found = {}
    for row in answer(*services, **router)["paths"]:
        if "udp_blocked" in (row["from"], row["to"]):
            other = "to" if row["from"] == "udp_blocked" else "from"
            found[row[other]] = row[f"{other}_transport"]
    return found


@hypothesis.given(st.tuples(SIDES, SIDES))
def test_a_call_goes_the_same_way_whoever_starts_it(sides):
    there, back = path(*sides), path(*reversed(sides))
    assert there.way == back.way
    assert (there.first_transport, there.second_transport) == (back.second_transport, back.first_transport)


@hypothesis.given(SIDES, SIDES)
def test_nothing_is_direct_without_udp_and_nothing_is_relayed_without_a_way_to_the_relay(first, second):
    found = path(first, second)
    if found.way == "direct":
        assert (first.lan and second.lan) or (first.udp and second.udp)
    assert (found.way == "relay") == bool(found.first_transport and found.second_transport)
    assert found.way != "relay" or (first.door and second.door)
    assert found.because


@pytest.mark.parametrize(
    ("ports", "web", "blocked"),
    [
        ([], "", "tcp"),
        ([{"protocol": "tcp", "public": 443}], "tls", "tcp"),
        ([{"protocol": "tcp", "public": 443, "private": 5349}], "tls", "tcp"),
        ([{"protocol": "tcp", "public": 80, "private": 3478}], "tcp", "tcp"),
        ([{"protocol": "udp", "public": 443, "private": 3478}], "", "tcp"),
    ],
)
def test_what_counts_is_the_port_outside_and_what_listens_behind_it(ports, web, blocked):
    found = transports({**RELAY, "ports": ports})
    assert found == {
        "lan0": "udp",
        "public": "udp",
        "endpoint_independent": "udp",
        "address_and_port_dependent": "udp",
        "udp_blocked": blocked,
        "web_only": web,
    }


def test_a_port_of_another_service_is_no_way_to_the_relay():
    chat = {"name": "chat", "profile": "chat_web", "host": "192.168.1.31"}
    assert transports(RELAY, chat)["web_only"] == ""


def test_two_relays_are_as_good_as_one_with_the_ways_of_both():
    other = {**RELAY, "name": "other", "host": "192.168.1.32", "public_address": "203.0.113.11"}
    public = [{"address": "203.0.113.10"}, {"address": "203.0.113.11", "presence": "secondary"}]
    assert transports(RELAY, {**other, "ports": [{"protocol": "tcp", "public": 443}]}, public=public)["web_only"] == "tls"


def test_no_rule_depends_on_where_people_sit():
    plans = [answer(RELAY, networks=networks)["plan"] for networks in (EVERYBODY, [])]
    for plan in plans:
        plan.pop("warnings")
    assert plans[0] == plans[1]


def test_a_site_that_says_nothing_of_people_outside_is_not_warned():
    quiet = answer({"name": "chat", "profile": "chat_web", "host": "192.168.1.30"}, networks=[])
    assert quiet["warnings"] == []
    assert [(row["from"], row["to"], row["way"]) for row in quiet["paths"]] == [("lan0", "lan0", "direct")]


def test_warnings_stand_where_they_belong():
    found = answer(RELAY)["warnings"]
    assert [one.partition(":")[0] for one in found] == ["site_user_networks[4]"]
    assert "tls_port: 443" in found[0]


def test_ah_is_warned_of_on_its_way_in_and_out():
    row = {
        "name": "vpn",
        "host": "192.168.1.30",
        "ports": [{"protocol": "ah"}],
        "egress": [{"protocol": "ah"}, {"protocol": "esp"}],
    }
    found = answer(row, networks=[])["warnings"]
    assert [one.partition(": ")[0] for one in found] == ["site_services[0].ports[0]", "site_services[0].egress[0].to"]


def test_the_text_fits_the_width():
    names = [{"name": f"{'n' * 31}{letter}", "class": "web_only"} for letter in "ab"]
    lines = answer(networks=names)["rendered"]["paths"].splitlines()
    assert len(lines) > len(names) and max(map(len, lines)) <= WIDTH

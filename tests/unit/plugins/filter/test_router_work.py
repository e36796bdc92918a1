"""What a plan means for its router."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.filter.router_work import router_work
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import make
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset import view
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset_shell import program

ROUTER = {
    "wan": [{"interface": "wan0", "addresses": ["203.0.113.10/24"]}],
    "lan": [{"interface": "lan0", "address": "192.168.1.1", "network": "192.168.1.0/24"}],
    "public": [
        {"address": "203.0.113.10"},
        {"address": "203.0.113.11", "presence": "secondary"},
        {"address": "203.0.113.12", "presence": "proxy_arp"},
    ],
    "management": [{"protocol": "tcp", "ports": [22], "sources": ["192.168.1.0/24"]}],
}
SERVICES = [
    {"name": "chat", "profile": "chat_web", "host": "192.168.1.30"},
    {
        "name": "one",
        "host": "192.168.1.40",
        "public_address": "203.0.113.11",
        "mapping": "one_to_one",
        "ports": [{"protocol": "tcp", "public": 9555}],
    },
    {"name": "two", "host": "192.168.1.41", "public_address": "203.0.113.12", "ports": [{"protocol": "esp"}]},
]


def plan():
    raw = {"router": ROUTER, "services": SERVICES, "names": {}, "lab": True}
    return make(raw, [], prefix="", resolve=lambda name: [])["plan"]


def test_what_follows_from_a_plan():
    found = router_work(plan(), "router_nat_")
    assert (found["wan"], found["lan"], found["networks"], found["ipv6"]) == (["wan0"], ["lan0"], ["192.168.1.0/24"], False)
    assert len(found["openings"]) == 5
    assert {"protocol": "tcp", "host": "192.168.1.1", "port": "22"} in found["ports"]
    assert {"protocol": "esp", "host": "192.168.1.41", "public_address": "203.0.113.12"} in found["ports"]
    one = {"protocol": "tcp", "port": "9555", "host": "192.168.1.40", "public_address": "203.0.113.11", "public_port": "9555"}
    assert one in found["ports"]
    assert found["add"] == [
        "address replace 203.0.113.11/32 dev wan0",
        "route replace 203.0.113.12/32 dev lan0",
        "neighbour replace proxy 203.0.113.12 dev wan0",
    ]
    assert found["remove"] == [line.replace("replace", "delete") for line in reversed(found["add"])]


def test_the_addresses_that_the_router_is_to_have():
    found = router_work(plan(), "router_nat_")
    assert [(one["address"], one["presence"], one["interface"]) for one in found["publics"]] == [
        ("203.0.113.10", "interface", "wan0"),
        ("203.0.113.11", "secondary", "wan0"),
        ("203.0.113.12", "proxy_arp", "wan0"),
    ]
    assert {one["place"] for one in found["publics"]} == {"router_nat_router.public"}
    assert found["addresses"] == [
        {"address": "192.168.1.1", "interface": "lan0", "place": "router_nat_router.lan"},
        {"address": "203.0.113.10", "interface": "wan0", "place": "router_nat_router.wan"},
    ]


def test_no_plan():
    with pytest.raises(AnsibleFilterError, match="this is not the plan"):
        router_work({"wans": []})


def test_the_program_on_the_router_is_whole():
    """Every file of the package but the controller's own is sent along."""
    from pathlib import Path

    package = {path.stem for path in Path(view.__file__).parent.glob("*.py")}
    assert set(program.sources()) == package - {"work"}

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was declared of a router's addresses, against what it has; and what of all findings stops a run."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe import finding
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.answer import answer
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.host import Host, Link, Way
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.question import ProbeError, parse
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.verdict import Names

PUBLIC = {"address": "203.0.113.10", "interface": "wan0", "place": "router.public"}
DECLARED = {
    "publics": [PUBLIC],
    "addresses": [
        {"address": "192.168.1.1", "interface": "lan0", "place": "router.lan"},
        {"address": "203.0.113.10", "interface": "wan0", "place": "router.wan"},
    ],
    "wan": ["wan0"],
    "lan": ["lan0"],
    "lab": True,
}


def router(*outer: str, gateway: str = "203.0.113.1") -> Host:
    links = [Link("wan0", *_parts(one)) for one in outer]
    return Host((Link("lo", "127.0.0.1", 8), *links, Link("lan0", "192.168.1.1", 24)), (Way("ipv4", gateway, "wan0", 0, "main"),))


def _parts(text: str) -> tuple[str, int]:
    address, _slash, prefix = text.partition("/")
    return address, int(prefix)


def found(host: Host, **options):
    return answer(parse({**DECLARED, **options}), host, Names(), None)


def kinds(answered) -> list[str]:
    return [one["kind"] for one in answered["blocking"]]


@pytest.mark.parametrize(
    ("outer", "presence", "expected"),
    [
        (["203.0.113.10/24"], "interface", []),
        (["203.0.113.99/24"], "interface", ["missing_address"]),
        (["100.64.5.6/10"], "interface", ["provider_nat", "missing_address"]),
        (["192.168.178.20/24"], "interface", ["second_nat", "missing_address"]),
        (["10.9.8.2/30", "203.0.113.10/32"], "interface", []),
        ([], "interface", ["missing_address"]),
        # declared to come some other way: a transfer network is fine then
        (["192.168.178.20/24"], "routed", []),
        (["100.64.5.6/10"], "routed", []),
        (["203.0.113.99/24"], "secondary", []),
        (["203.0.113.99/24"], "proxy_arp", []),
    ],
)
def test_what_the_wan_has(outer, presence, expected):
    addresses = DECLARED["addresses"][: None if presence == "interface" else 1]
    answered = found(router(*outer), publics=[{**PUBLIC, "presence": presence}], addresses=addresses)
    assert kinds(answered) == expected
    assert bool(answered["told"]) == bool(expected)


def test_an_address_is_missed_once_with_every_place():
    (one,) = found(router("203.0.113.99/24"))["blocking"]
    assert one["what"] == "There is no 203.0.113.10 on wan0"
    assert one["detail"] == "router.public and router.wan; wan0 has 203.0.113.99/24 (documentation)"
    assert "presence: routed" in one["remedy"]


def test_an_address_that_is_elsewhere():
    here = Host((Link("eth0", "203.0.113.10", 24), Link("lan0", "192.168.1.1", 24)), ())
    (one,) = found(here)["blocking"]
    assert one["detail"].endswith("it is on eth0")
    assert one["remedy"] == "Name the interface that has the address"
    (one,) = found(Host((Link("lan0", "192.168.1.1", 24),), ()))["blocking"]
    assert one["detail"].endswith("interfaces with addresses are: lan0")


def test_documentation_is_for_labs():
    assert kinds(found(router("203.0.113.10/24"), lab=False)) == ["documentation_address"]
    inside = Host((Link("wan0", "9.9.9.9", 24), Link("lan0", "192.0.2.1", 24)), ())
    answered = found(inside, lab=False, publics=[{"address": "9.9.9.9", "interface": "wan0"}], addresses=[])
    assert kinds(answered) == []
    assert "documentation_address" in [one["kind"] for one in answered["findings"]]


def test_what_is_no_public_address():
    answered = found(router("10.0.0.5/24"), publics=[{"address": "10.0.0.5", "interface": "wan0"}], addresses=[])
    assert kinds(answered) == ["unfit_address"]
    assert answered["blocking"][0]["detail"] == "publics[0]: its class is private"


def test_the_way_by_which_a_public_address_comes():
    answered = found(router("192.168.178.20/24"), publics=[{**PUBLIC, "presence": "routed"}], addresses=[])
    assert (answered["behind_nat"], answered["double_nat"]) == (False, False)
    assert answered["reason"] == "the public address is 203.0.113.10, and that is brought to this host"


def test_what_may_stand():
    host = router("100.64.5.6/10")
    assert kinds(found(host, accept=["missing_address"])) == ["provider_nat"]
    answered = found(host, accept=["missing_address", "provider_nat"])
    assert (answered["blocking"], answered["told"]) == ([], "")
    assert len([one for one in answered["findings"] if one["severity"] == "error"]) == 2


def test_the_text_for_people():
    rows = [
        finding.Finding("a", "This is wrong", finding.ERROR, "first\nsecond", "mend it"),
        finding.Finding("b", "This too", finding.ERROR),
        finding.Finding("c", "This is not", finding.WARNING),
    ]
    assert finding.told(finding.blocking(rows)).splitlines() == [
        "  - This is wrong [a]",
        "    seen: first",
        "          second",
        "    do:   mend it",
        "  - This too [b]",
    ]


def test_errors_are_told_together():
    wrong = {
        "publics": [{"address": "here", "interface": "wan0; reboot"}],
        "addresses": [{"address": "192.168.1.300", "interface": "lan0"}],
        "ports": [
            {"protocol": "esp", "public_address": "203.0.113.10", "public_port": "500"},
            {"port": "443", "public_address": "there"},
            {"port": "443", "public_address": "203.0.113.10", "public_port": "20-10"},
        ],
    }
    with pytest.raises(ProbeError) as refused:
        parse(wrong)
    assert str(refused.value).splitlines() == [
        "ports[0].public_port: esp has no ports",
        "ports[1].public_address: 'there' is not an IP address",
        "ports[2].public_port: '20-10' is not a port (1-65535) or a range such as 49152-65535",
        "publics[0].address: 'here' is not an IP address",
        "publics[0].interface: 'wan0; reboot' is not the name of an interface",
        "addresses[0].address: '192.168.1.300' is not an IP address",
    ]

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel remembers of attempts to leave, read and shown."""

from __future__ import annotations

import json

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.egress.error import EgressError
from ansible_collections.onprem.chat.plugins.module_utils.egress.listing import Attempt, counters, parse, rows
from ansible_collections.onprem.chat.plugins.module_utils.egress.table import table

NOW, DAY = 1_000_000, 86400
USERS = {"ejabberd": 110}


def element(key, expires, packets=None):
    inner = {"val": {"concat": key}, "expires": expires}
    return {"elem": inner if packets is None else {**inner, "counter": {"packets": packets, "bytes": 1}}}


def listing(**sets):
    """nft's JSON: sets as name to elements, each remembered for a day."""
    items = [{"set": {"name": name, "timeout": DAY, **({"elem": found} if found else {})}} for name, found in sets.items()]
    counter = {"counter": {"name": "tries", "packets": 9, "bytes": 1}}
    return json.dumps({"nftables": [{"metainfo": {}}, counter, {"set": {"name": "near4", "elem": ["192.0.2.0"]}}, *items]})


def read(**sets):
    return parse(listing(**sets), NOW, USERS.__getitem__)


def one(kind, key):
    (attempt,) = read(**{f"{kind}_first": [element(key, DAY - 50)], f"{kind}_last": [element(key, DAY - 10, 7)]})
    return attempt


@pytest.mark.parametrize(
    ("kind", "key", "sender"),
    [
        ("unit4", [33, "system.slice/nginx.service", "203.0.113.7", "tcp", 443], (33, "nginx.service", "", "tcp", 443)),
        ("unit4", [0, "init.scope", "203.0.113.7", "udp", 53], (0, "init.scope", "", "udp", 53)),
        ("unit4", [0, "1521393", "203.0.113.7", "udp", 53], (0, "", "", "udp", 53)),
        ("unit4", ["ejabberd", 1521393, "203.0.113.7", "udp", 53], (110, "", "", "udp", 53)),
        ("user6", [33, "2001:db8::7", "ipv6-icmp", 32768], (33, "", "", "ipv6-icmp", None)),
        ("kernel4", ["203.0.113.7", "icmp", 2048], (None, "", "", "icmp", None)),
        ("kernel4", ["203.0.113.7", 89, 1], (None, "", "", "89", None)),
        ("forward4", ["192.0.2.9", "203.0.113.7", "tcp", 80], (None, "", "192.0.2.9", "tcp", 80)),
    ],
)
def test_parse(kind, key, sender):
    uid, unit, source, protocol, port = sender
    destination = "2001:db8::7" if kind.endswith("6") else "203.0.113.7"
    assert one(kind, key) == Attempt(uid, unit, source, destination, protocol, port, 7, NOW - 50, NOW - 10)


def test_nothing_is_nothing():
    assert read(unit4_first=[], unit4_last=[]) == []
    assert counters(listing()) == {"tries": 9}


def test_the_latest_comes_first_and_a_lost_beginning_is_no_fault():
    early, late = [[1, "system.slice/a.service", f"203.0.113.{number}", "tcp", 80] for number in (1, 2)]
    found = read(unit4_first=[element(late, DAY - 9)], unit4_last=[element(early, DAY - 99, 1), element(late, DAY - 5, 2)])
    assert [(each.destination, each.first, each.last) for each in found] == [
        ("203.0.113.2", NOW - 9, NOW - 5),
        ("203.0.113.1", NOW - 99, NOW - 99),
    ]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", listing(unit4_last=[]), listing(unit4_first=[], unit4_last=[element([1], 1, 1)])]
)
def test_another_table_is_refused(text):
    with pytest.raises(EgressError, match="onprem_egress"):
        parse(text, NOW, USERS.__getitem__)


def test_table():
    attempts = read(
        unit4_first=[element([33, "system.slice/nginx.service", "203.0.113.7", "tcp", 443], DAY - 50)],
        unit4_last=[element([33, "system.slice/nginx.service", "203.0.113.7", "tcp", 443], DAY - 10, 14)],
        forward6_first=[],
        forward6_last=[element(["2001:db8:1::9", "2001:db8::7", "udp", 53], DAY, 1)],
        kernel4_first=[],
        kernel4_last=[element(["203.0.113.7", "icmp", 2048], DAY - 20, 1)],
    )
    told = {"active": True, "tries": rows(attempts, lambda uid: {33: "www-data"}[uid], str)}
    clean = {"active": True, "tries": []}
    assert table({"chat": told, "desk2": clean, "desk1": clean, "dns": {"active": False, "tries": []}, "second": {}}) == [
        "host  who                          unit           to                    packets  first    last",
        "chat  forwarded for 2001:db8:1::9  -              udp [2001:db8::7]:53  1        1000000  1000000",
        "chat  www-data                     nginx.service  tcp 203.0.113.7:443   14       999950   999990",
        "chat  kernel                       -              icmp 203.0.113.7      1        999980   999980",
        "nobody tried to leave: desk1, desk2",
        "not watched: dns, second",
    ]

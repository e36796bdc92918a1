# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports, notices, changes and the picture, each by a table."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.report import changes, drawing, notices, picture, ports, view
from ansible_collections.onprem.chat.plugins.module_utils.report.zones import zones

PLANNED = [{"protocol": "tcp", "port": 443, "programs": ["nginx"]}]
SITE = {"hosts": {"chat": {"duties": ["chat", "vantage"], "addresses": ["192.168.1.30"], "expect": {"ports": PLANNED}}}}
FORWARDS = [
    {
        "public": "203.0.113.10",
        "public_ports": "8443",
        "host": "192.168.1.30",
        "private_ports": "443",
        "protocol": "tcp",
        "sources": [],
    },
    {
        "public": "203.0.113.10",
        "public_ports": "5000-5010",
        "host": "192.168.1.30",
        "private_ports": "6000-6010",
        "protocol": "tcp",
        "sources": ["198.51.100.0/24"],
    },
    {
        "public": "203.0.113.10",
        "public_ports": None,
        "host": "192.168.1.30",
        "private_ports": None,
        "protocol": "esp",
        "sources": [],
    },
]


def listener(protocol, port, process, address="0.0.0.0"):
    return {"protocol": protocol, "port": port, "process": process, "address": address, "pid": 1}


@pytest.mark.parametrize(
    ("row", "state", "reach"),
    [
        (listener("tcp", 443, "nginx"), ports.PLANNED, "the site's networks; outside by 203.0.113.10:8443"),
        (listener("tcp", 443, "apache2", "::"), ports.UNPLANNED, "the site's networks; outside by 203.0.113.10:8443"),
        (listener("tcp", 6003, "x"), ports.UNPLANNED, "the site's networks; outside by 203.0.113.10:5003 from 198.51.100.0/24"),
        (listener("tcp", 2222, "sshd"), ports.ADMINISTRATION, "the site's networks"),
        (listener("tcp", 22, "systemd"), ports.ADMINISTRATION, "the site's networks"),
        (listener("udp", 68, "dhclient"), ports.ADMINISTRATION, "the site's networks"),
        (listener("tcp", 5432, "postgres", "127.0.0.1"), ports.LOCAL, "this machine alone"),
        (listener("udp", 323, "chronyd", "::1"), ports.LOCAL, "this machine alone"),
        (listener("udp", 111, "rpcbind", "192.168.1.30"), ports.UNPLANNED, "the site's networks, by 192.168.1.30"),
        (listener("tcp", 40000, "x", "fe80::1%eth0"), ports.UNPLANNED, "the site's networks, by fe80::1%eth0"),
        (listener("udp", 40000, "named"), None, None),
    ],
)
def test_ports(row, state, reach):
    found = [one for one in ports.ports(SITE, {"chat": {"listeners": [row]}}, {"forwards": FORWARDS}) if one["addresses"]]
    assert [(one["state"], one["reach"]) for one in found] == ([(state, reach)] if state else [])


def test_a_planned_port_that_nobody_holds_is_told_and_desks_are_left_alone():
    found = ports.ports(SITE, {"chat": {"listeners": []}}, {})
    assert [(one["port"], one["state"]) for one in found] == [(443, ports.UNHELD)]
    desk = {"hosts": {"desk1": {**SITE["hosts"]["chat"], "duties": ["vantage"]}}}
    assert ports.ports(desk, {"desk1": {"listeners": [listener("tcp", 631, "cupsd")]}}, {}) == []


def test_zones():
    told = {
        "one": {"zones": [{"zone": "example.lan", "serial": 2, "fault": ""}]},
        "two": {"zones": [{"zone": "example.lan", "serial": 1, "fault": ""}]},
        "three": {"zones": [{"zone": "example.lan", "serial": None, "fault": "refused"}]},
    }
    found = zones(told)
    assert found == [
        {"zone": "example.lan", "serials": {"one": 2, "three": None, "two": 1}, "faults": {"three": "refused"}, "ok": False}
    ]
    assert list(notices._zones(found)) == [
        "three does not serve the zone example.lan: refused",
        "the name servers differ about example.lan: one has 2, three has None, two has 1",
    ]
    assert zones({"one": told["one"]})[0]["ok"]


def disk(free, size, read_only=False):
    return {"path": "/var", "free_mb": free, "size_mb": size, "read_only": read_only}


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (disk(30000, 40000), False),
        (disk(400, 500), True),
        (disk(3000, 40000), True),
        (disk(4500, 20000), False),  # much of a small disk
        (disk(80000, 1000000), False),  # little of a big one, but much
        (disk(30000, 40000, True), True),
    ],
)
def test_a_disk_that_fills_is_told(one, told):
    assert bool(list(notices._disks({"chat": {"disks": [one]}}))) == told


@pytest.mark.parametrize(
    ("kind", "left", "words"),
    [
        ("server", 10, ""),
        ("server", 9, "ends in 9 days"),
        ("server", 1, "ends in 1 day"),
        ("revocation list", 1, ""),
        ("revocation list", 0, "ends in less than a day"),
        ("root", 179, "ends in 179 days"),
        ("server", -1, "has ended"),
    ],
)
def test_a_certificate_that_ends_is_told(kind, left, words):
    row = {"kind": kind, "name": "x", "days_left": left, "places": [{"host": "chat", "path": "/x"}]}
    assert list(notices._certificates([row])) == ([f"x ({kind}, on chat) {words}"] if words else [])


REPORT = {
    "format": 1,
    "domain": "example.lan",
    "name": "chat.example.lan",
    "when": "2026-11-18T16:50:58Z",
    "ok": True,
    "problems": [],
    "silent": [],
    "hosts": {"chat": {"address": "192.168.1.30", "answered": True, "system": "Debian 13", "kernel": "6.12"}},
    "vantages": {"desk1": {"seat": "lan"}},
    "bundle": {"serials": {"7": ["chat"]}},
    "versions": {"nginx": {"1.26": ["chat"]}},
    "certificates": [{"kind": "root", "name": "R", "ends": "2036-11-08", "sha256": "a" * 64}],
    "zones": [{"zone": "example.lan", "serials": {"chat": 5}}],
    "ports": [
        {
            "host": "chat",
            "protocol": "tcp",
            "port": 443,
            "process": "nginx",
            "outside": [],
            "state": "planned",
            "addresses": ["::"],
        }
    ],
}


def changed(**parts):
    found = changes.changes(copy.deepcopy(REPORT), {**copy.deepcopy(REPORT), **parts})["list"]
    return [(one["what"], one["host"], one["subject"], one["before"], one["after"]) for one in found]


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({}, []),
        ({"ok": False}, [("verdict", "", "chat.example.lan", "working", "broken")]),
        (
            {"problems": [{"rung": "tcp 443", "seen": "refused", "vantages": ["desk1"]}]},
            [("fault", "desk1", "tcp 443", "", "refused")],
        ),
        ({"vantages": {}}, [("seat", "desk1", "seat", "lan", "")]),
        ({"bundle": {"serials": {"8": ["chat"]}}}, [("bundle", "chat", "bundle", "7", "8")]),
        ({"versions": {"nginx": {"1.28": ["chat"]}}}, [("version", "chat", "nginx", "1.26", "1.28")]),
        ({"certificates": []}, [("certificate", "", "R (root)", "until 2036-11-08 (aaaaaaaa)", "")]),
        ({"zones": [{"zone": "example.lan", "serials": {"chat": 6}}]}, [("zone", "chat", "example.lan", "5", "6")]),
        ({"ports": []}, [("port", "chat", "tcp 443", "nginx", "")]),
    ],
)
def test_changes(parts, found):
    assert changed(**parts) == found


def test_of_a_silent_host_nothing_is_known():
    silent = {"hosts": {"chat": {**REPORT["hosts"]["chat"], "answered": False, "system": "", "kernel": ""}}}
    unknown = {"versions": {}, "certificates": [], "zones": [], "ports": [], "bundle": {"serials": {}}}
    assert changed(**silent, **unknown) == []


def test_of_a_silent_seat_nothing_is_known():
    assert changed(silent=["desk1"], vantages={}) == []
    broken = {**copy.deepcopy(REPORT), "problems": [{"rung": "tcp 443", "seen": "refused", "vantages": ["desk1"]}]}
    assert changes.changes(broken, {**copy.deepcopy(REPORT), "silent": ["desk1"], "vantages": {}})["list"] == []
    assert [one["what"] for one in changes.changes(broken, copy.deepcopy(REPORT))["list"]] == ["fault"]


def test_certificates_of_a_host_that_was_silent_are_not_new():
    before = {**copy.deepcopy(REPORT), "silent": ["chat"], "certificates": []}
    assert changes.changes(before, copy.deepcopy(REPORT))["list"] == []


def test_another_site_is_no_report_before():
    assert changes.changes({**REPORT, "domain": "example.org"}, REPORT) == {"since": "", "list": []}
    assert changes.changes(None, REPORT) == {"since": "", "list": []}


@pytest.mark.parametrize(
    ("states", "found"),
    [
        (["ok", "ok"], "ok"),
        (["ok", "warning"], "warning"),
        (["ok", "not judged"], "ok"),
        (["not judged"], "not judged"),
        (["ok", "blocked"], "not judged"),
        (["blocked", "broken", "ok"], "broken"),
    ],
)
def test_the_worst_of_a_way(states, found):
    assert picture.worst(states) == found


def step(rung, kind, state="ok", seen=""):
    return {"rung": rung, "kind": kind, "state": state, "seen": seen}


def drawn(vantages, silent=(), public=""):
    report = {
        "name": "chat.example.lan",
        "address": "192.168.1.30",
        "public": public,
        "silent": list(silent),
        "vantages": vantages,
        "hosts": {
            "chat": {"address": "192.168.1.30", "duties": ["chat", "dns"]},
            "gw": {"address": "192.168.1.1", "duties": ["router"]},
        },
    }
    site = {"chat": {"host": "chat"}, "seats": {"remote": {"seat": "outside"}, "gw": {"seat": "router"}}}
    return picture.picture(report, site)


def ways(found):
    return {(one["start"], one["end"]): one["state"] for one in found["ways"]}


def test_a_name_server_that_is_down_breaks_the_way_to_it_and_leaves_the_chat_unjudged():
    steps = [
        step("dns 192.168.1.30", "dns", "broken", "refused"),
        step("name", "name", "not judged", "no answer; dns 192.168.1.30 is broken"),
        step("tcp 443", "tcp", "not judged", "needs name"),
        step("chat.example.lan at 192.168.1.30", "door"),
        step("accounts", "accounts"),
    ]
    found = drawn({"desk1": {"seat": "lan", "steps": steps}})
    assert ways(found) == {("lan", "names"): "broken", ("lan", "chat"): "not judged"}
    assert found["boxes"]["names"]["rows"] == [{"text": "chat  192.168.1.30", "state": "broken"}]
    assert found["boxes"]["lan"]["rows"] == [{"text": "desk1", "state": "broken"}]


def test_a_hairpin_that_is_missing_breaks_that_way_alone():
    steps = [step("name", "name"), step("tcp 443", "tcp"), step("c at 203.0.113.10", "door", "broken", "refused")]
    found = drawn({"desk1": {"seat": "lan", "steps": steps}}, public="203.0.113.10")
    told = {("lan", "names"): "ok", ("lan", "chat"): "ok", ("lan", "router"): "broken", ("router", "chat"): "broken"}
    assert ways(found) == told


def test_a_port_that_should_be_refused_is_the_router_s():
    """Not that of the way on to the chat, and not that of a desk to the chat."""
    rows = [step("name", "name"), step("tcp 443", "tcp"), step("refuse tcp 203.0.113.10:22", "refuse", "broken", "opened")]
    vantages = {"remote": {"seat": "outside", "steps": rows}, "desk1": {"seat": "lan", "steps": rows}}
    found = ways(drawn(vantages, public="203.0.113.10"))
    assert {way for way, state in found.items() if state == "broken"} == {("outside", "router"), ("lan", "router")}


def test_silent_seats_are_where_they_sit():
    found = drawn({}, ["remote", "gw", "desk9"], public="203.0.113.10")["boxes"]
    assert found["outside"]["rows"] == [{"text": "remote", "state": "broken"}]
    assert found["lan"]["rows"] == [{"text": "desk9", "state": "broken"}]
    assert {"text": "tried from here", "state": "broken"} in found["router"]["rows"]


def test_many_desks_have_those_that_do_not_work_on_top():
    vantages = {
        f"desk{at}": {"seat": "lan", "steps": [step("tcp 443", "tcp", "broken" if at == 7 else "ok")]} for at in range(20)
    }
    rows = drawn(vantages)["boxes"]["lan"]["rows"]
    assert (len(rows), rows[0], rows[-1]) == (4, {"text": "desk7", "state": "broken"}, {"text": "and 17 more", "state": "ok"})


def test_no_box_lies_on_another_and_all_is_inside():
    """With every seat there is, and hosts of long names."""
    seats = {
        seat: {"seat": seat, "steps": [step("name", "name"), step("tcp 443", "tcp")]}
        for seat in ("lan", "outside", "server", "router")
    }
    seats["a-name-that-is-longer-than-its-box.example.lan"] = {"seat": "controller", "steps": [step("tcp 443", "tcp")]}
    found = drawing.drawing(drawn(seats, public="203.0.113.10"))
    boxes = found["boxes"]
    for at, one in enumerate(boxes):
        assert one["x"] >= 0 and one["x"] + one["width"] <= found["width"] and one["y"] + one["height"] <= found["height"]
        for other in boxes[at + 1 :]:
            beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            assert beside or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
    assert {way["mark"] for way in found["ways"]} == {"ok"}
    assert "People inside to chat server (chat): works" in found["words"]


def test_a_change_on_several_hosts_is_one_line():
    rows = [
        {"what": "version", "host": host, "subject": "nginx", "before": before, "after": "1.28"}
        for host, before in (("one", "1.26"), ("two", "1.24"), ("three", "1.26"), ("four", ""))
    ]
    assert view.changed(rows) == [
        "one, three: nginx: was 1.26, now 1.28",
        "two: nginx: was 1.24, now 1.28",
        "four: nginx: new, 1.28",
    ]

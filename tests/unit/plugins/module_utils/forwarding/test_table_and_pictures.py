# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table fits a terminal; the pictures are whole, harmless and free of overlaps."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.error import ForwardingError
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.model import (
    Egress,
    Forward,
    Lan,
    Management,
    OneToOne,
    Pinhole,
    Plan,
    Ports,
    Public,
    Wan,
)
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import make
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.profiles import PROFILES
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.render import mermaid, svg
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.table import WIDTH, table, text

ROOT = Path(__file__).parents[5]
SVG = "{http://www.w3.org/2000/svg}"
LONG = "service_with_a_name_that_is_long"


def a_plan(services=3, ports=1, sources=(), name="s{}", egress=()):
    """Return a plan with so many services of so many ports, a reserved address, a pinhole and management."""
    forwards = tuple(
        Forward(
            name.format(number)[:32],
            "port_forward",
            "tcp",
            ip_address("203.0.113.10"),
            Ports(1000 + number * ports + port, 1000 + number * ports + port),
            ip_address("192.168.0.2") + number,
            Ports(443, 443) if number % 2 else Ports(1000 + number * ports + port, 1000 + number * ports + port),
            tuple(ip_network(one) for one in sources),
            number % 3 != 0,
            "lan0",
        )
        for number in range(services)
        for port in range(ports)
    )
    host = ip_address("192.168.200.9")
    return Plan(
        wans=(Wan("wan0", (ip_interface("203.0.113.10/24"), ip_interface("2001:db8:9::2/64")), ip_address("203.0.113.1")),),
        lans=(
            Lan("lan0", ip_address("192.168.0.1"), ip_network("192.168.0.0/16"), None, ip_network("2001:db8:1::/64")),
            Lan("spare", ip_address("10.0.0.1"), ip_network("10.0.0.0/24")),
        ),
        publics=(
            Public(ip_address("203.0.113.10"), "interface", "wan0"),
            Public(ip_address("203.0.113.20"), "secondary", "wan0"),
        ),
        management=(Management("tcp", Ports(22, 22), (ip_network("192.168.0.0/16"),)),),
        masquerade=True,
        egress_policy="open",
        forwards=forwards,
        one_to_one=(OneToOne("gate", ip_address("203.0.113.20"), host, "lan0"),),
        egress=tuple(egress),
        pinholes=(Pinhole("six", "tcp", ip_address("2001:db8:1:2:aaaa:bbbb:cccc:dddd"), Ports(443, 443), (), "lan0"),),
    )


NAMED = Egress(
    "s1", ip_network("192.168.0.3/32"), "tcp", ip_network("192.0.2.9/32"), "lookup.example.com", Ports(9555, 9555), "lan0"
)
PLANS = {
    "small": a_plan(egress=(NAMED,)),
    "long": a_plan(12, 40, ("198.51.100.0/24", "192.0.2.0/28", "203.0.113.128/25"), LONG + "{}"),
    "large": a_plan(200),
    "empty": a_plan(0),
}
each_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)


def test_ports_of_a_service_are_one_row():
    rows = table(a_plan(2, 3, egress=(NAMED,)))
    assert rows[0] == {
        "service": "s0",
        "direction": "in",
        "protocol": "tcp",
        "public": "203.0.113.10",
        "host": "192.168.0.2",
        "ports": "1000, 1001, 1002",
        "sources": "any",
        "hairpin": False,
        "note": "",
    }
    notes = {(row["service"], row["direction"]): (row["ports"], row["note"]) for row in rows}
    assert notes["s1", "out"] == ("9555", "to lookup.example.com (192.0.2.9)")
    assert notes["s1", "in"][0] == "1003 to 443, 1004 to 443, 1005 to 443"
    assert notes["gate", "out"] == ("", "leaves with its own address")
    assert notes["six", "in"] == ("443", "IPv6, no translation")
    assert notes["router", "in"] == ("22", "management")
    assert notes["lan0", "out"] == ("", "everything may leave")


@each_plan
def test_the_table_fits_a_terminal(plan):
    lines = text(table(plan)).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert lines[0].split()[:2] == ["service", "way"]
    assert not any(line != line.rstrip() for line in lines)


def test_a_cut_cell_loses_nothing():
    rows = table(PLANS["long"])
    words = set(re.findall(r"\d+ to", " ".join(row["ports"] for row in rows)))
    shown = re.sub(r"\s+", " ", text(rows))
    assert all(word.split()[0] in shown for word in words)


@each_plan
def test_the_picture_is_one_harmless_file(plan):
    drawn = svg.render(plan)
    root = ElementTree.fromstring(drawn)  # its own output
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {"svg", "style", "rect", "text", "path"}
    assert drawn.count("http") == 1, "the name of the format alone"
    assert not re.search(r"url\(|@import|href|\son\w+=", drawn)
    assert drawn == svg.render(plan)


def boxes(root):
    """Yield the place of each text as (left, top, right, bottom), on the wide side."""
    for element in root.iter(f"{SVG}text"):
        wide = 6.2 if "10px" in element.get("style", "") else 7.3
        width, x, y = len(element.text or "") * wide, int(element.get("x")), int(element.get("y"))
        left = x - width / 2 if element.get("text-anchor") == "middle" else x
        yield left, y - 10, left + width, y + 3, element.text


@each_plan
def test_no_text_lies_on_another_or_leaves_the_picture(plan):
    root = ElementTree.fromstring(svg.render(plan))
    _x, _y, width, height = map(int, root.get("viewBox").split())
    places = list(boxes(root))
    for number, (left, top, right, bottom, words) in enumerate(places):
        assert left >= 0 and top >= 0 and right <= width and bottom <= height, words
        for other in places[number + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (words, other[4])


def test_the_manual_shows_the_example_as_it_is_drawn():
    """``ansible-playbook -i inventories/nat_fixed_ip playbooks/plan.yml`` writes the picture anew, as plan.svg."""
    router = yaml.safe_load((ROOT / "inventories/nat_fixed_ip/group_vars/all/router.yml").read_text(encoding="utf-8"))
    intent = {"router": router["site_router"], "services": router["site_services"]}
    shown = (ROOT / "docs/images/forwarding-plan.svg").read_text(encoding="utf-8")
    assert shown == make(intent, ["svg"])["rendered"]["svg"]


def test_the_manual_is_true():
    """Its intent is one, its errors are in those words, it names every profile and no other, and its verdict is given."""
    manual = (ROOT / "docs/forwarding-plan.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^[|] `(\w+)`", manual, re.M)) == set(PROFILES)
    intent = yaml.safe_load(manual.split("```yaml\n")[1].split("```")[0])
    answer = make(intent, intent.pop("targets"))
    assert not answer["warnings"]
    assert json.loads(manual.split("```json\n")[1].split("```")[0]) in answer["verdicts"]
    intent["services"][0] = {"name": "a", "profile": "chat_web", "host": "192.168.1.30"}
    more = [{"name": "b", "host": "192.168.1.31", "ports": [{"protocol": "tcp", "public": 443}]}]
    more.append({"name": "c", "host": "10.0.0.1", "ports": [{"protocol": "tcp", "public": 444}]})
    with pytest.raises(ForwardingError) as error:
        make({**intent, "services": intent["services"] + more}, [], prefix="site_")
    for problem in str(error.value).splitlines():
        words = problem.split(": ", 1)[1]
        assert words in manual, words


def test_what_is_not_drawn_is_said():
    assert "And 172 more arrows" in svg.render(PLANS["large"])
    assert "And 172 more." in mermaid.render(PLANS["large"])
    assert "more" not in mermaid.render(PLANS["small"])


@each_plan
def test_the_flowchart_is_balanced_and_its_texts_are_quoted(plan):
    lines = mermaid.render(plan).splitlines()
    assert lines[0] == "flowchart LR"
    assert sum(line.strip().startswith("subgraph ") for line in lines) == sum(line.strip() == "end" for line in lines)
    shape = re.compile(r'(subgraph \w+\[".*"\]|end|\w+(\[".*"\]|\(".*"\))|\w+ (-- ".*" -->|-\. ".*" \.->|-\.->) \w+)')
    assert all(shape.fullmatch(line.strip()) for line in lines[1:]), [x for x in lines[1:] if not shape.fullmatch(x.strip())]
    assert all(line.count('"') in (0, 2) for line in lines)
    known = set(re.findall(r"^ +(?:subgraph )?(\w+)[\[(]", "\n".join(lines), re.M))
    for line in lines:
        arrow = re.fullmatch(r"  (\w+) -.*> (\w+)", line)
        assert not arrow or set(arrow.groups()) <= known

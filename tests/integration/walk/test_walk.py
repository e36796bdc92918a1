# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A newcomer walks through docs/air-gap.md: every command of the page, in its order, on the machine that it names.

What the hands do beside is here: the signers go in by another way than the stick, the editor is typed into, and between two
bundles Debian moves on.
"""

from __future__ import annotations

import json
import re

import pytest

from . import seats
from .page import PAGE, blocks

WALK = blocks(PAGE.read_text(encoding="utf-8"))
PLACES = ("the connected machine", "the control node", "every host", "the editor")
# What Debian has in the next bundle and had not in the first
NEXT = {"offline_bundle_extra_packages": ["tree"]}
BUILD = "playbooks/bundle.yml"
SITE = "onprem.chat.airgap --ask-vault-pass\n"
_state = {"built": 0, "stopped_at": ""}


def test_every_command_of_the_page_says_where():
    assert [block.text for block in WALK if block.machine not in PLACES] == []
    assert {block.machine for block in WALK} == set(PLACES)


@pytest.mark.parametrize(
    "number", [number for number, block in enumerate(WALK) if block.language == "bash"], ids=lambda n: WALK[n].title
)
def test_the_walk(number):
    if _state["stopped_at"]:
        pytest.fail(f"the walk ended at: {_state['stopped_at']}")
    block = WALK[number]
    _state["stopped_at"] = block.title
    seat = {PLACES[0]: _at_connected, PLACES[1]: _at_control_node, PLACES[2]: _at_hosts}[block.machine]
    print(seat(block.text, WALK[number + 1 : number + 2]))
    _state["stopped_at"] = ""


def _at_connected(text, _following):
    if BUILD in text:
        _state["built"] += 1
        if _state["built"] > 1:
            text = text.replace(BUILD, f"{BUILD} -e '{json.dumps(NEXT)}'")
    shown = seats.at_connected(text)
    signers = seats.WALK / "home/.config/onprem-chat/bundle-key.signers"
    seats.put(seats.CONTROL, "/root/bundle.signers", signers.read_text(encoding="utf-8"))
    return shown


def _at_control_node(text, following):
    environment = {}
    if following and following[0].machine == "the editor":
        seats.put(seats.CONTROL, "/root/.typed", following[0].text)
        seats.put(seats.CONTROL, "/root/.editor", 'cat /root/.typed >"$1"')
        environment["EDITOR"] = "sh /root/.editor"
    shown = seats.on_host(seats.CONTROL, text, **environment)
    if text.endswith(SITE):
        changed = re.findall(r"changed=(\d+)", seats.on_host(seats.CONTROL, text.splitlines()[-1]))
        assert changed and set(changed) == {"0"}, "the second run changed something"
    return shown


def _at_hosts(text, _following):
    return "".join(seats.on_host(host, text) for host in seats.HOSTS)

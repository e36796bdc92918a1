"""docs/verification.md has every rung and every fault, in the words of the code. GOLDEN=write writes both tables anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.probe.ears import Ears
from ansible_collections.onprem.chat.plugins.module_utils.probe.eyes import Eyes
from ansible_collections.onprem.chat.plugins.module_utils.verify.faults import FAULTS
from ansible_collections.onprem.chat.plugins.module_utils.verify.row_faults import ROW_FAULTS
from ansible_collections.onprem.chat.plugins.modules import port_probe

MANUAL = Path(__file__).parents[5] / "docs" / "verification.md"
#: By kind: how the rung is called, and what it proves.
RUNGS = {
    "dns": ("`dns ADDRESS`", "this name server gives the right address for the chat's name"),
    "foreign": (
        "`foreign ADDRESS`",
        "in an air gap this name server refuses a name of the outside at once: nothing leaks, nobody waits",
    ),
    "name": ("`name`", "this machine itself finds the right address, by whatever resolver it has"),
    "wrong-name": ("`wrong name`", "a name that does not exist is refused at once, and a foreign one does not make anybody wait"),
    "srv": ("`srv`", "native clients are led to the same server"),
    "tcp": ("`tcp PORT`", "the port opens"),
    "mtu": ("`mtu 443`", "big packets come through, not only small ones"),
    "clock": ("`clock`", "the clocks of this machine and of the chat server agree"),
    "tls": (
        "`tls 443`, `tls 5222`, `tls 5223`",
        "the certificate is for this name, trusted by this machine, and has days left; on 5222 after STARTTLS",
    ),
    "crl": ("`crl`", "the revocation lists are served, fresh, and do not hold the certificate"),
    "page": ("`page`", "the web client's page is served"),
    "websocket": ("`websocket`", "nginx leads the web client's connection to the chat server"),
    "health": ("`health`", "a chat server that the operator brings says by a page of its own that it works"),
    "client": ("`web client`", "the page asks nobody but its own server: by its policy, and in Chromium where that is installed"),
    "redirect": ("`redirect`", "plain http leads to https"),
    "start": ("`start`", "the page on which people begin is served; the root that it offers is enough to trust the server"),
    "door": (
        "`NAME at ADDRESS`",
        "a further way to the web client: the LAN's own name, the public address from inside (hairpin)",
    ),
    "accounts": ("`accounts`", "accounts can be made: the chat server and its database work"),
    "login": ("`login a`, `login b`, `login again`", "a real XMPP client is let in"),
    "message": ("`message`", "a message reaches the other account"),
    "history": ("`history`", "it is in the history"),
    "upload": ("`upload`", "a file is taken and comes back unchanged"),
    "relay": (
        "`relay NAME udp`, `tcp`, `tls`",
        "the relay (TURN) answers, and lends an address where the chat server gives credentials",
    ),
    "to": ("`to ACCOUNT`", "a message is taken (only where `chat_probe` is asked for it)"),
    "from": ("`from VANTAGE`", "after a new log-in what that vantage wrote is there"),
    "rules": ("`rules`", "on the router exactly the rules run that were put there"),
    "reach": ("`reach tcp ADDRESS:PORT`", "the router lets through what its plan lets through"),
    "refuse": ("`refuse tcp ADDRESS:PORT`", "the router refuses what its plan refuses"),
}


def kinds() -> set[str]:
    """Every kind of rung that a probe can answer."""
    ears = Ears({"name": "", "user": "", "password": "", "port": 5222, "send": {}, "messages": {}, "upload": True, "timeout": 1})
    return {*Eyes(None, {"timeout": 1, "body": ""}).kinds, *ears.kinds, *port_probe.ROW["kind"]["choices"], "rules"}


def cell(text: str) -> str:
    return text.format(target="ADDRESS", port="PORT").replace("|", "\\|")


#: By the head of the table, its rows.
TABLES = {
    "| rung | it proves |": [f"| {name} | {proves} |" for name, proves in RUNGS.values()],
    "| fault | likely cause | what to do |": [
        f"| `{code}`{' (!)' if fault.mild else ''} | {cell(fault.cause)} | {cell(fault.remedy)} |"
        for code, fault in {**FAULTS, **ROW_FAULTS}.items()
    ],
}


def test_every_kind_of_rung_is_told():
    assert set(RUNGS) == kinds()


@pytest.mark.parametrize("head", list(TABLES))
def test_the_manual_says_the_same(head):
    place = re.compile(f"({re.escape(head)}\n[| -]+\n)((?:\\|.*\n)*)")
    text, table = MANUAL.read_text(encoding="utf-8"), "".join(f"{line}\n" for line in TABLES[head])
    if os.environ.get("GOLDEN") == "write":
        text = place.sub(lambda found: found[1] + table, text)
        MANUAL.write_text(text, encoding="utf-8")
    found = place.search(text)
    assert found, f"no table has the head {head}"
    assert found[2] == table, "run GOLDEN=write pytest tests/unit/plugins/module_utils/verify/test_manual.py"

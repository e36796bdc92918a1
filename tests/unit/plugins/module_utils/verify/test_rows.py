"""What an answer, or none, means for a row of the plan; and that it is really heard."""

from __future__ import annotations

import socket
import threading

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.probe.ports import knock
from ansible_collections.onprem.chat.plugins.module_utils.verify import row_faults
from ansible_collections.onprem.chat.plugins.module_utils.verify.row_steps import step

ROW = {
    "rung": "refuse tcp 203.0.113.10:22",
    "kind": "refuse",
    "protocol": "tcp",
    "address": "203.0.113.10",
    "port": 22,
    "outcome": "refuse",
    "expected": "is refused",
    "ours": True,
    "service": "",
    "needs": ["tcp 443"],
    "echoes": [],
}
REACH = {"kind": "reach", "outcome": "reach"}


@pytest.mark.parametrize(
    ("parts", "seen", "state", "fault"),
    [
        ({}, "silent", "ok", ""),
        ({}, "unreachable", "ok", ""),
        ({}, "opened", "broken", "refuse-opened"),
        ({}, "refused", "broken", "refuse-answered"),
        ({"ours": False}, "refused", "ok", ""),
        ({"ours": False}, "opened", "broken", "refuse-opened"),
        ({"protocol": "udp"}, "unknown", "not judged", ""),
        (REACH, "opened", "ok", ""),
        (REACH, "silent", "broken", "reach-silent"),
        (REACH, "refused", "broken", "reach-refused"),
        (REACH, "unreachable", "broken", "reach-unreachable"),
        ({**REACH, "ours": False}, "opened", "ok", ""),
        ({**REACH, "ours": False}, "silent", "not judged", ""),
        ({**REACH, "ours": False}, "refused", "not judged", ""),
        ({**REACH, "kind": "tcp"}, "opened", "ok", ""),
        ({**REACH, "kind": "tcp"}, "refused", "broken", "tcp-refused"),
        ({**REACH, "kind": "tcp"}, "silent", "broken", "tcp-silent"),
        ({**REACH, "kind": "tcp"}, "unreachable", "broken", "tcp-unreachable"),
    ],
)
def test_verdict(parts, seen, state, fault):
    found = step({**ROW, **parts}, seen, 3)
    assert (found["state"], found["fault"]) == (state, fault)
    assert bool(found["cause"] and found["remedy"]) == (state == "broken")
    assert "{" not in found["cause"] + found["remedy"]
    assert (found["rung"], found["target"], found["port"], found["needs"]) == (ROW["rung"], "203.0.113.10", 22, ["tcp 443"])


def test_every_answer_is_judged():
    seen = {row_faults.OPENED, row_faults.REFUSED, row_faults.SILENT, row_faults.UNREACHABLE}
    assert set(row_faults.VERDICTS) == {
        (outcome, ours, one) for outcome in ("reach", "refuse") for ours in (True, False) for one in seen
    }
    assert set(row_faults.SEEN) == {*seen, row_faults.UNKNOWN}
    named = {fault for fault in row_faults.VERDICTS.values() if fault}
    assert named | {"rules-gone", "rules-changed", "rules-pending"} == set(row_faults.ROW_FAULTS)


@pytest.fixture
def listeners():
    """Ports of this machine: TCP that is open, TCP that is closed, UDP that never answers, UDP that does."""
    with socket.create_server(("127.0.0.1", 0)) as opened, socket.socket() as closed, udp() as quiet, udp() as loud:
        closed.bind(("127.0.0.1", 0))
        worker = threading.Thread(target=lambda: loud.sendto(b"!", loud.recvfrom(99)[1]), daemon=True)
        worker.start()
        yield [one.getsockname()[1] for one in (opened, closed, quiet, loud)]
        worker.join(5)


def udp():
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.bind(("127.0.0.1", 0))
    return found


def test_what_is_heard(listeners):
    opened, closed, quiet, loud = listeners
    ways = [("tcp", opened), ("tcp", closed), ("udp", quiet), ("udp", closed), ("udp", loud)]
    heard = knock([{"protocol": protocol, "address": "127.0.0.1", "port": port} for protocol, port in ways], 0.5)
    assert [seen for seen, _took in heard] == ["opened", "refused", "unknown", "refused", "opened"]
    assert all(took < 2000 for _seen, took in heard)

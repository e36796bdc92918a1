# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof of one plan: every row asked, every disagreement asked again and named."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from itertools import zip_longest
from typing import Any

from ..forwarding.model import Plan
from ..forwarding.serial import from_data
from .batches import batches
from .engine import Engine, one_processor
from .flow import Flow
from .network import Network
from .row import Judge, Row, Seen, expected, read
from .tracer import Tracer

#: How many disagreements are looked into with the kernel's trace.
TRACED = 50


def serve(request: dict[str, Any]) -> dict[str, Any]:
    """Answer one request inside the supervisor.

    ``plan`` and ``verdicts`` as the plan module returns them, ``backend`` with ``ruleset`` and ``ruleset6``. Raises ProofError.
    """
    plan = from_data(request["plan"])
    rows = read(plan, request["verdicts"])
    one_processor()
    begun = time.monotonic()
    with closing(Network(plan)) as network:
        network.load(request["backend"], request["ruleset"], request.get("ruleset6") or "")
        with closing(Engine(plan, network, rows)) as engine:
            answer = _Proof(plan, network, engine).of(rows)
    return {**answer, "rows": len(rows), "seconds": round(time.monotonic() - begun, 3)}


class _Proof:
    def __init__(self, plan: Plan, network: Network, engine: Engine) -> None:
        self._judge = Judge(plan)
        self._network, self._engine = network, engine
        self._spent: dict[str, list[float]] = {"tcp": [0, 0.0], "udp": [0, 0.0]}

    def of(self, rows: Sequence[Row]) -> dict[str, Any]:
        wrong = [flow for batch in batches(rows, self._engine.size, apart=True) for flow in self._first(batch)]
        # what went wrong twice, with much time and few others, is wrong; an answer that must not be is wrong at once
        sure = [flow for flow in wrong if not flow.row.reach and flow.got_through]
        rest = [flow.row for flow in wrong if flow.row.reach or not flow.got_through]
        for batch in batches(rest, self._engine.size):
            sure += [flow for flow in self._engine.ask(batch, patient=True) if not self._right(flow)]
        order = {id(row): number for number, row in enumerate(rows)}
        sure.sort(key=lambda flow: order[id(flow.row)])
        rates = {protocol: round(count / seconds) if count else None for protocol, (count, seconds) in self._spent.items()}
        return {"proved": not sure, "disagreements": self._explain(sure), "flows_per_second": rates}

    def _first(self, batch: list[Row]) -> list[Flow]:
        begun = time.monotonic()
        wrong = [flow for flow in self._engine.ask(batch) if not self._right(flow)]
        spent = self._spent.get(batch[0].protocol)
        if spent:
            spent[0] += len(batch)
            spent[1] += time.monotonic() - begun
        return wrong

    def _right(self, flow: Flow) -> bool:
        if flow.unsent:
            return False
        if not flow.row.reach:
            return flow.arrived and not flow.got_through
        return self._judge.agrees(flow.row, flow.seen)

    def _explain(self, flows: Sequence[Flow]) -> list[dict[str, Any]]:
        if not flows:
            return []
        decided = Tracer(self._network, self._engine).decided_by([flow.row for flow in flows[:TRACED]])
        told = zip_longest(flows, decided)
        return [
            {"row": dict(flow.row.data), "expected": expected(flow.row), "seen": _seen(flow), "decided_by": rule}
            for flow, rule in told
        ]


def _seen(flow: Flow) -> dict[str, Any]:
    """What was seen, with the reason when it is not the ruleset's doing."""
    seen = Seen(flow.seen.at, flow.seen.peer, flow.seen.answered, flow.seen.note)
    if flow.unsent:
        seen.note = f"could not be sent: {flow.unsent}"
    elif seen.at and not seen.answered:
        seen.note = "it arrived, but the answer did not come back to the client"
    elif flow.passed and not seen.at:
        seen.at, seen.peer = flow.passed
        seen.note = "its first packet arrived, but the answer did not come back to the client"
    elif not flow.arrived_as_needed():
        seen.note = "it never came to the router, so nothing is proved"
    return seen.as_dict()

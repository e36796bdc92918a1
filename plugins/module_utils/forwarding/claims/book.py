"""The book of verdict rows: every question stands in it once, and its answer comes from one judge."""

from __future__ import annotations

from typing import Any

from .judge import Answer

Row = dict[str, Any]


class Book:
    """Collects rows in the order in which they are written; a question that stands there already is not written again."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._asked: set[tuple[str, str, str, str, int | None]] = set()

    def write(
        self,
        vantage: str,
        interface: str | None,
        source: str,
        protocol: str,
        destination: str,
        port: int | None,
        answer: Answer | None,
        service: str | None = None,
        claim: str | None = None,
    ) -> None:
        """Write a row; ``claim`` is what a refusal is called when not by the judge's reason. No answer, no row."""
        key = vantage, source, protocol, destination, port
        if answer is None or key in self._asked:
            return
        self._asked.add(key)
        refused = answer.reaches is None
        self.rows.append(
            {
                "vantage": vantage,
                "interface": interface,
                "source": source,
                "family": "ipv6" if ":" in destination else "ipv4",
                "protocol": protocol,
                "destination": destination,
                "port": port,
                "outcome": "refuse" if refused else "reach",
                "reaches": answer.reaches,
                "reaches_port": answer.port,
                "sees_source": answer.sees,
                "sees_address": answer.seen,
                "service": service,
                "claim": claim if refused and claim else answer.reason,
            }
        )

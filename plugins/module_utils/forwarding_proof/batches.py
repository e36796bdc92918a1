# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rows may be in flight together: no two of a batch can meet in the router's connection table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .row import Row


def batches(rows: Sequence[Row], size: int, apart: bool = False) -> Iterator[list[Row]]:
    """Cut rows into batches: TCP and UDP, where each flow has a port of its own, and if ``apart`` each for itself.

    Then protocols without ports, in careful rounds.
    """
    for protocols in (("tcp",), ("udp",)) if apart else (("tcp", "udp"),):
        chosen = [row for row in rows if row.protocol in protocols]
        for start in range(0, len(chosen), size):
            yield chosen[start : start + size]
    yield from rounds([row for row in rows if not row.ported])


def rounds(rows: Iterable[Row]) -> list[list[Row]]:
    """Group rows of protocols without ports: whatever tells their flows apart is addresses, so no two share one.

    Rows that are refused and rows that are not go apart too: what a wrong rule lets through must not pass for a clash.
    """
    found: list[tuple[bool, set[tuple[str, str]], list[Row]]] = []
    for row in rows:
        addresses = (row.source, row.destination, row.data.get("reaches"), row.data.get("sees_address"))
        keys = {(row.protocol, address) for address in addresses if address}
        for reach, taken, members in found:
            if reach == row.reach and not taken & keys and (row.source or not any(not one.source for one in members)):
                taken |= keys
                members.append(row)
                break
        else:
            found.append((row.reach, keys, [row]))
    return [members for _reach, _taken, members in found]


def client_ports(rows: Iterable[Row], count: int) -> list[int]:
    """``count`` ports to ask from that no row asks for, from 20000 on."""
    asked = {row.port for row in rows}
    asked.update(port for row in rows if (port := row.data.get("reaches_port")))
    free = [port for port in range(20000, 65000) if port not in asked]
    free += [port for port in range(1024, 20000) if port not in asked][: max(0, count - len(free))]
    return free[:count]

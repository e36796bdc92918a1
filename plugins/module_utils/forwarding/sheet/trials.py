"""Compute: the acceptance test. Each command is one line and answers with exactly what stands under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..model import Forward, Plan
from .model import About, Block, Points, Section, Trial, Trials, Words
from .ways import forwards, sources, span

#: More trials than that at one seat nobody makes; the sheet says how many are left out.
MOST = 40
#: So many ports are tried that must not answer, at each public address.
_CLOSED = 12
_WAIT = 5

Row = tuple[str, str, str]


def _identity(name: str, address: str, port: int, options: str) -> Row:
    start = f"timeout 10 openssl s_client -connect {address}:{port} {options} </dev/null 2>/dev/null"
    return "it is this server", f"{start} | openssl x509 -noout -checkhost {name}", f"Hostname {name} does match certificate"


def _plain_web(name: str, address: str, port: int) -> Iterator[Row]:
    command = (
        f"curl -s -m 10 -o /dev/null -w '%{{http_code}} %{{redirect_url}}\\n' --resolve {name}:{port}:{address} http://{name}/"
    )
    yield "plain http leads to https", command, f"301 https://{name}/"


def _web(name: str, address: str, port: int) -> Iterator[Row]:
    command = f"curl -sk -m 10 -o /dev/null -w '%{{http_code}}\\n' --resolve {name}:{port}:{address} https://{name}/"
    yield "the web client answers", command, "200"
    yield _identity(name, address, port, f"-servername {name}")


def _starttls(name: str, address: str, port: int) -> Iterator[Row]:
    yield _identity(name, address, port, f"-starttls xmpp -xmpphost {name}")


def _direct(name: str, address: str, port: int) -> Iterator[Row]:
    yield _identity(name, address, port, f"-servername {name}")


#: How the chat's own ports are tried, where its name is known; every other one by opening it.
PROBES: dict[int, Callable[[str, str, int], Iterator[Row]]] = {80: _plain_web, 443: _web, 5222: _starttls, 5223: _direct}


def _opens(address: str, port: int, answer: str) -> Row:
    what = "it opens" if answer == "open" else "it stays closed"
    return what, f"nc -z -w {_WAIT} {address} {port} 2>/dev/null && echo open || echo closed", answer


def _tried(one: Forward, about: About) -> Iterator[Row]:
    """Yield the trials of a forward; UDP does not answer to a knock, and of a range nobody knows which port is in use."""
    public, private = one.public_ports, one.private_ports
    if one.protocol != "tcp" or public is None or private is None or not public.single:
        return
    probe = PROBES.get(private.first) if about.name and one.host == about.host and public == private else None
    if probe is None:
        yield _opens(str(one.public), public.first, "open")
    else:
        yield from probe(about.name, str(one.public), public.first)


def _pinholes(plan: Plan) -> Iterator[tuple[str, str, Row | None]]:
    """Yield each opening by IPv6: its number, who may use it, and its trial if it can be tried."""
    for number, one in enumerate(plan.pinholes, 1):
        tried = one.protocol == "tcp" and one.ports is not None and one.ports.single
        row = _opens(str(one.host), one.ports.first, "open") if tried and one.ports else None
        yield f"P{number}", sources(one.sources), row and (f"P{number}, {one.service}: {row[0]}", *row[1:])


def _row(number: str, one: Forward, row: Row) -> Row:
    return f"{number}, {one.service}: {row[0]}", *row[1:]


def _names(about: About) -> Iterator[Row]:
    for record in about.records:
        if record.values:
            sort = " | sort" if len(record.values) > 1 else ""
            what = f"{record.kind} record of {record.name.text}"
            yield what, f"dig +short {record.name.text} {record.kind}{sort}", "\n".join(sorted(record.values))


def _closed(plan: Plan, verdicts: Sequence[dict[str, Any]]) -> Iterator[Row]:
    """Yield a trial for each public address: ports that the plan says nobody outside reaches."""
    found: dict[str, set[int]] = {str(one.public): set() for one in plan.forwards}
    for row in verdicts:
        if (row["vantage"], row["protocol"], row["outcome"]) == ("wan", "tcp", "refuse") and row["destination"] in found:
            found[row["destination"]].add(row["port"])
    for address, ports in found.items():
        open_to_some = [one.public_ports for one in plan.forwards if str(one.public) == address and one.public_ports]
        ports -= {port for port in ports for some in open_to_some if some.first <= port <= some.last}
        if ports:
            listed = " ".join(map(str, sorted(ports)[:_CLOSED]))
            command = f"for port in {listed}; do nc -z -w 2 {address} $port 2>/dev/null && echo $port is open; done; echo done"
            yield f"nothing else answers at {address}", command, "done"


def _outside(plan: Plan, about: About, verdicts: Sequence[dict[str, Any]]) -> Iterator[tuple[str, Row]]:
    """Yield the trials from outside, each with its seat."""
    rows = forwards(plan)
    limited = [(one, cells) for one, cells in rows if one.sources and any(_tried(one, about))]
    anywhere = "Outside: a machine that is not behind this router"
    yield from ((anywhere, row) for row in _names(about))
    yield from ((anywhere, _row(cells[0], one, row)) for one, cells in rows if not one.sources for row in _tried(one, about))
    for _number, who, row in _pinholes(plan):
        if row:
            yield anywhere if who == "anybody" else f"Outside: a machine in {who}", row
    yield from ((anywhere, row) for row in _closed(plan, verdicts))
    for one, cells in limited:
        for row in _tried(one, about):
            yield f"Outside: a machine in {sources(one.sources)}", _row(cells[0], one, row)
    for one, cells in limited:
        if one.public_ports:
            shut = _opens(str(one.public), one.public_ports.first, "closed")
            yield (
                f"Outside: a machine that is neither behind this router nor in {sources(one.sources)}",
                _row(cells[0], one, shut),
            )


def _inside(plan: Plan, about: About) -> Iterator[tuple[str, Row]]:
    """Yield the trials from each LAN."""
    for lan in plan.lans:
        seat = f"Inside: a device in {lan.network}"
        if about.dns and about.name and about.host:
            yield seat, ("the site's name server is asked", f"dig +short {about.name} A", str(about.host))
        for one, cells in forwards(plan):
            for row in _tried(one, about) if one.hairpin else ():
                yield seat, _row(cells[0], one, row)


def _seats(rows: Sequence[tuple[str, Row]]) -> Iterator[Block]:
    """Yield the trials by seat, numbered through."""
    number = 0
    for seat in dict.fromkeys(seat for seat, _row in rows):
        own, here = [], [row for other, row in rows if other == seat]
        for what, command, answer in here[:MOST]:
            number += 1
            own.append(Trial(f"T{number}", what, command, answer))
        yield Trials(seat, tuple(own))
        if len(here) > MOST:
            yield Words(f"And {len(here) - MOST} more in the same way.")


def _untried(plan: Plan, about: About) -> Iterator[str]:
    """Yield what nobody can try with these commands; the people of the site look at it."""
    rows = forwards(plan)
    left = [cells[0] for one, cells in rows if not any(_tried(one, about))]
    left += [number for number, _who, row in _pinholes(plan) if row is None]
    if left:
        yield f"{span(left)}: with the service itself, for nothing answers to a mere knock there."
    if rows:
        yield "Whoever comes from outside is seen with their own address: in the logs of the servers."
    if plan.one_to_one:
        yield "Servers leave with their reserved addresses: from the servers."
    if plan.egress_policy == "restricted":
        yield "What may leave does, and nothing else: from inside."


def acceptance(plan: Plan, about: About, verdicts: Sequence[dict[str, Any]]) -> Section:
    """Return the acceptance test."""
    rows = [*_outside(plan, about, verdicts), *_inside(plan, about)]
    lead = (
        "In a shell of Linux or WSL with curl, openssl, dig and nc, while the servers run. "
        "Every answer has to be exactly the one under its command."
    )
    blocks: list[Block] = [Words(lead), *_seats(rows)]
    untried = tuple(_untried(plan, about))
    if untried:
        blocks += [Words("We try the rest from the site:"), Points(untried)]
    return Section("Acceptance test", tuple(blocks))

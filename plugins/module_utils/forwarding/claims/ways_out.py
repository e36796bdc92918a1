"""Questions about what leaves: the clients of each LAN, hosts with a reserved address, and what services declare."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Egress, Lan, OneToOne, Plan, Wan
from .book import Book
from .judge import Judge
from .openings import beside
from .places import Places

#: Asked where nothing says which port.
_WEB = ("tcp", 443)
_ANY_PORT = (1, 65535)


class WaysOut:
    """Asks the questions of one plan about what leaves its LANs."""

    def __init__(self, plan: Plan, places: Places, judge: Judge, book: Book) -> None:
        self._plan, self._places, self._judge, self._book = plan, places, judge, book
        self._wans = {wan.interface: wan for wan in plan.wans}
        self._publics = {public.address: self._wans[public.wan] for public in plan.publics}
        self._reserved = {str(one.host): self._publics[one.public] for one in plan.one_to_one}
        self._rows: dict[str | None, list[Egress]] = {}
        for row in plan.egress:
            single = row.source.num_addresses == 1
            self._rows.setdefault(str(row.source.network_address) if single else None, []).append(row)

    def ask(self) -> None:
        """Ask all of them."""
        for lan in self._plan.lans:
            self._ask_clients(lan)
        for one in self._plan.one_to_one:
            self._ask_reserved(one)
        for row in self._plan.egress:
            self._ask_row(row)

    def _write(
        self,
        vantage: str,
        lan: Lan,
        source: str,
        to: str | None,
        what: tuple[str, int | None],
        service: str | None = None,
    ) -> None:
        if to is not None and to != source:
            answer = self._judge.from_lan(lan, source, to, *what)
            self._book.write(vantage, lan.interface, source, what[0], to, what[1], answer, service)

    def _ask_clients(self, lan: Lan) -> None:
        """Ask as a client of a LAN for each WAN, and for a client of every other LAN."""
        for version in (4, 6):
            client = self._places.client(lan, version)
            if client is None:
                continue
            for wan in self._plan.wans:
                for what in (_WEB, ("udp", 443)):
                    self._write("lan", lan, client, self._beyond(wan, version), what)
            for other in self._plan.lans:
                if other != lan:
                    self._write("lan", lan, client, self._places.client(other, version), _WEB)

    def _beyond(self, wan: Wan, version: int) -> str | None:
        """Return an address that is reached by a WAN; IPv6 is asked by its default route alone."""
        return self._places.outside(wan, version) if version == 4 or wan == self._places.default[6] else None

    def _ask_reserved(self, one: OneToOne) -> None:
        """Ask as the host of a one-to-one mapping: outside it has its reserved address."""
        lan, host = self._judge.lan_of(str(one.host)), str(one.host)
        wide = (row for row in self._rows.get(None, ()) if row.source.version == 4 and one.host in row.source)
        rows = [*self._rows.get(host, ()), *wide]
        restricted = self._plan.egress_policy == "restricted"
        for row in rows if restricted else ():
            self._ask_row(row, sender=host, service=one.service)
        if lan and not (restricted and rows):
            self._write(f"host:{one.service}", lan, host, self._beyond(self._publics[one.public], 4), _WEB, one.service)

    def _ask_row(self, row: Egress, sender: str | None = None, service: str | None = None) -> None:
        """Ask for what a row lets out, and when egress is restricted for what stands beside it."""
        single = row.source.num_addresses == 1
        lan = self._lan(row)
        if lan is None:
            return
        source = sender or (str(row.source.network_address) if single else self._places.local(row.source, lan))
        service = service or row.service
        to = self._destination(row, source)
        if source is None or to is None:
            return
        vantage = f"host:{service}" if single or sender else "lan"
        for to_ask, port in self._questions(row, to):
            self._write(vantage, lan, source, to_ask, (row.protocol, port), service)
        if self._plan.egress_policy == "restricted":
            self._write(vantage, lan, source, to, ("tcp", 22), service)

    def _questions(self, row: Egress, to: str) -> Iterator[tuple[str | None, int | None]]:
        ports: tuple[int | None, ...] = (None,)
        if row.protocol in ("tcp", "udp"):
            ports = tuple(dict.fromkeys((row.ports.first, row.ports.last) if row.ports else _ANY_PORT))
        for port in ports:
            yield to, port
        if self._plan.egress_policy == "restricted":
            for port in beside(row.ports):
                yield to, port
            if row.to is not None:
                yield self._places.far(row.source.version), ports[0]

    def _lan(self, row: Egress) -> Lan | None:
        """Return the LAN that the sender of a row is in; an IPv6 host may be in one whose prefix nobody has written down."""
        home = self._judge.lan_of(str(row.source.network_address))
        return home or next((lan for lan in self._plan.lans if lan.interface == row.lan), None)

    def _destination(self, row: Egress, source: str | None) -> str | None:
        """Return an address that a row lets be reached, by the WAN whose address the sender has outside."""
        version = row.source.version
        wan = self._reserved.get(source or "", self._places.default[version])
        if row.to is None:
            return self._beyond(wan, version)
        return str(row.to.network_address) if row.to.num_addresses == 1 else self._places.inside(row.to, wan)

"""Questions about the router itself: who gets at its management, and that nobody outside gets at anything else."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Lan, Management, Network, Plan, Wan
from .book import Book
from .judge import Judge
from .openings import beside
from .places import Places

#: Ports of the router that are asked from outside, whether something answers there or not: its ssh, its DNS.
_TEMPTING = (("tcp", 22), ("tcp", 53), ("udp", 53))


class Router:
    """Asks the questions of one plan about the router's own addresses."""

    def __init__(self, plan: Plan, places: Places, judge: Judge, book: Book) -> None:
        self._plan, self._places, self._judge, self._book = plan, places, judge, book
        self._wans = {wan.interface: wan for wan in plan.wans}

    def ask(self) -> None:
        """Ask all of them."""
        for row in self._plan.management:
            for port in dict.fromkeys((row.ports.first, row.ports.last)):
                for version in (4, 6):
                    self._ask_from_wans(row, port, version)
                    self._ask_from_lans(row, port, version)
            for wan in self._plan.wans:
                for port in beside(row.ports):
                    self._wan(wan, self._places.outside(wan), str(wan.address), row.protocol, port)
        for wan in self._plan.wans:
            for protocol, port in _TEMPTING:
                self._wan(wan, self._places.outside(wan), str(wan.address), protocol, port)
        self._ask_reserved()

    def _wan(self, wan: Wan, source: str | None, destination: str, protocol: str, port: int) -> None:
        if source and not self._judge.forward(destination, protocol, port):
            answer = self._judge.from_wan(source, destination, protocol, port)
            self._book.write("wan", wan.interface, source, protocol, destination, port, answer)

    def _lan(self, lan: Lan, source: str | None, destination: str, protocol: str, port: int) -> None:
        if source and source != destination and not self._judge.forward(destination, protocol, port):
            answer = self._judge.from_lan(lan, source, destination, protocol, port)
            self._book.write("lan", lan.interface, source, protocol, destination, port, answer)

    def _ask_from_wans(self, row: Management, port: int, version: int) -> None:
        """Ask each WAN address from the sources beyond it and from elsewhere, the LAN addresses as a neighbour."""
        beyond = [network for network in row.sources if network.version == version and not self._local(network)]
        for wan in self._plan.wans:
            addresses = [str(address.ip) for address in wan.addresses if address.version == version]
            inside = [self._places.inside(network, wan) for network in beyond]
            away = self._places.elsewhere(row.sources, version) if row.sources else self._places.outside(wan, version)
            for destination in addresses:
                for source in (*inside, away):
                    self._wan(wan, source, destination, row.protocol, port)
            neighbour = self._places.neighbour(wan, version)
            for destination in self._inner(version) if addresses else ():
                self._wan(wan, neighbour, destination, row.protocol, port)

    def _ask_from_lans(self, row: Management, port: int, version: int) -> None:
        """Ask the router's address in each LAN and its first outside, from every source in the LAN and from another client."""
        outer = [str(address.ip) for wan in self._plan.wans for address in wan.addresses if address.version == version][:1]
        for lan in self._plan.lans:
            inside = [self._places.local(network, lan) for network in row.sources if network.version == version]
            for destination in (*self._inner(version), *outer):
                for source in dict.fromkeys((*inside, self._places.client(lan, version))):
                    self._lan(lan, source, destination, row.protocol, port)

    def _ask_reserved(self) -> None:
        """Ask for the management ports on addresses that are reserved for a host."""
        wans = {public.address: self._wans[public.wan] for public in self._plan.publics}
        for one in self._plan.one_to_one:
            for row in self._plan.management:
                wan = wans[one.public]
                sources = [self._places.inside(network, wan) for network in row.sources if network.version == 4]
                source = next((one for one in sources if one), None) or self._places.outside(wan)
                self._wan(wan, source, str(one.public), row.protocol, row.ports.first)

    def _inner(self, version: int) -> Iterator[str]:
        """Yield the router's addresses in the LANs."""
        for lan in self._plan.lans:
            address = lan.address if version == 4 else lan.address6
            if address:
                yield str(address)

    def _local(self, network: Network) -> bool:
        """Whether a network overlaps with a LAN, so that its addresses are asked for there."""
        homes = (home for lan in self._plan.lans for home in (lan.network, lan.network6) if home)
        return any(home.version == network.version and home.overlaps(network) for home in homes)

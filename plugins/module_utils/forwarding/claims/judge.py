"""What becomes of one packet at the router: the plan's meaning, without a word of how a rule language says it.

The renderings are replayed against these answers by the real kernel, so nothing here may be taken from a rendering.
"""

from __future__ import annotations

from bisect import bisect_right
from ipaddress import ip_address
from typing import NamedTuple

from ..model import Address, Egress, Forward, Lan, Network, Plan, Wan
from .places import Places


class Answer(NamedTuple):
    """``reaches`` is None when the packet is dropped; ``sees`` is client, router or public, ``seen`` that address."""

    reason: str
    reaches: str | None = None
    port: int | None = None
    sees: str | None = None
    seen: str | None = None


class Entry(NamedTuple):
    """A forward with its addresses as text and its LAN."""

    forward: Forward
    public: str
    host: str
    lan: Lan


Key = tuple[str, str]


class Judge:
    """Answers questions about one plan. Addresses are text, as in the rows; a port is None for protocols without."""

    def __init__(self, plan: Plan, places: Places) -> None:
        self._plan = plan
        self._places = places
        self._addresses: dict[str, Address] = {}
        self._lan_of: dict[str, Lan | None] = {}
        self._allowed: dict[tuple[str, tuple[Network, ...]], bool] = {}
        self.entries = [self._entry(forward) for forward in plan.forwards]
        self._exact: dict[tuple[str, str, int | None], Entry] = {}
        self._ranges: dict[Key, list[tuple[int, int, Entry]]] = {}
        self._starts: dict[Key, list[int]] = {}
        for entry in self.entries:
            forward = entry.forward
            ports = forward.public_ports
            if ports is None or ports.first == ports.last:
                self._exact[entry.public, forward.protocol, ports.first if ports else None] = entry
            else:
                self._ranges.setdefault((entry.public, forward.protocol), []).append((ports.first, ports.last, entry))
        for key, rows in self._ranges.items():
            rows.sort(key=lambda row: row[:2])
            self._starts[key] = [first for first, _last, _entry in rows]
        self._publics = {str(public.address): public for public in plan.publics}
        self._own = {str(address.ip) for wan in plan.wans for address in wan.addresses}
        self._own |= {text for text, public in self._publics.items() if public.presence in ("interface", "secondary")}
        self._own |= {str(address) for lan in plan.lans for address in (lan.address, lan.address6) if address}
        self._reserved = {str(one.public): one for one in plan.one_to_one}
        self._reserved_by_host = {str(one.host): one for one in plan.one_to_one}
        self._pinholes: dict[Key, list[tuple[int, int, tuple[Network, ...]]]] = {}
        for pinhole in plan.pinholes:
            first, last = (pinhole.ports.first, pinhole.ports.last) if pinhole.ports else (0, 0)
            key = str(pinhole.host), pinhole.protocol
            self._pinholes.setdefault(key, []).append((first, last, pinhole.sources))
        self._egress: dict[tuple[str | None, str], list[Egress]] = {}
        for row in plan.egress:
            sender = str(row.source.network_address) if row.source.num_addresses == 1 else None
            self._egress.setdefault((sender, row.protocol), []).append(row)

    def _entry(self, forward: Forward) -> Entry:
        host = str(forward.host)
        lan = self.lan_of(host)
        if lan is None:
            raise ValueError(f"{forward.service}: {host} is in no LAN")
        return Entry(forward, str(forward.public), host, lan)

    def lan_of(self, address: str) -> Lan | None:
        """Return the LAN that an address is in."""
        if address not in self._lan_of:
            one = ip_address(address)
            self._lan_of[address] = next(
                (lan for lan in self._plan.lans if one in lan.network or (lan.network6 is not None and one in lan.network6)), None
            )
        return self._lan_of[address]

    def allowed(self, source: str, sources: tuple[Network, ...]) -> bool:
        """Whether an address is among the sources; no sources mean anybody."""
        if not sources:
            return True
        key = source, sources
        if key not in self._allowed:
            one = ip_address(source)
            self._allowed[key] = any(one in network for network in sources)
        return self._allowed[key]

    def forward(self, public: str, protocol: str, port: int | None) -> Entry | None:
        """Return what a public address and port are forwarded to."""
        entry = self._exact.get((public, protocol, port))
        if entry or port is None:
            return entry
        rows = self._ranges.get((public, protocol))
        if rows:
            at = bisect_right(self._starts[public, protocol], port) - 1
            if at >= 0 and rows[at][1] >= port:
                return rows[at][2]
        return None

    def from_wan(self, source: str, destination: str, protocol: str, port: int | None) -> Answer:
        """Answer for a packet that arrives by the WAN that it belongs to."""
        entry = self.forward(destination, protocol, port)
        if entry:
            if self.lan_of(source):
                return Answer("source claims to be in a LAN")
            if not self.allowed(source, entry.forward.sources):
                return Answer("not an allowed source")
            return _translated(entry, port, "forward", "client", source)
        if destination in self._own:
            if destination in self._reserved:
                return Answer("reserved address")
            return self._management(source, destination, protocol, port) or Answer("the router itself")
        if destination in self._publics:
            return Answer("not forwarded")
        return self._pinhole(source, destination, protocol, port) or Answer("private address from outside")

    def from_lan(self, lan: Lan, source: str, destination: str, protocol: str, port: int | None) -> Answer | None:
        """Answer for a packet of a LAN's client; None when it does not cross the router or the plan claims nothing about it."""
        entry = self.forward(destination, protocol, port)
        if entry:
            if not entry.forward.hairpin:
                return Answer("hairpin is off")
            if entry.lan == lan:
                return _translated(entry, port, "hairpin from the same LAN", "router", str(lan.address))
            return _translated(entry, port, "hairpin from another LAN", "client", source)
        if destination in self._own:
            found = self._management(source, destination, protocol, port)
            return found or Answer("the router itself", destination, port, "client", source)
        if destination in self._publics:
            return Answer("not forwarded")
        there = self.lan_of(destination)
        if there:
            return None if there == lan else Answer("between LANs", destination, port, "client", source)
        return self._out(source, destination, protocol, port)

    def from_router(self, destination: str, protocol: str, port: int | None) -> Answer | None:
        """Answer for a packet of the router itself; None when nothing is forwarded there."""
        entry = self.forward(destination, protocol, port)
        return _translated(entry, port, "from the router itself", "router", str(entry.lan.address)) if entry else None

    def _out(self, source: str, destination: str, protocol: str, port: int | None) -> Answer | None:
        if self._plan.egress_policy == "restricted":
            rows = (row for sender in (source, None) for row in self._egress.get((sender, protocol), ()))
            sender, receiver = ip_address(source), self._address(destination)
            if not any(_covers(row, sender, receiver, port) for row in rows):
                return Answer("egress is restricted")
        if ":" in destination:
            return Answer("egress", destination, port, "client", source)
        leaves = self._exit(destination)
        reserved = self._reserved_by_host.get(source)
        if reserved:
            by = self._publics.get(str(reserved.public))
            if by and by.wan != leaves.interface:  # the reserved address is not that provider's
                return None
            return Answer("leaves as its reserved address", destination, port, "public", str(reserved.public))
        if not self._plan.masquerade:
            return Answer("egress", destination, port, "client", source)
        return Answer("egress", destination, port, "public", str(leaves.address))

    def _address(self, text: str) -> Address:
        """Return a destination; a few of them are asked for again and again."""
        if text not in self._addresses:
            self._addresses[text] = ip_address(text)
        return self._addresses[text]

    def _exit(self, destination: str) -> Wan:
        """Return the WAN that the router sends a packet out by: the one it is a neighbour on, or the default route's."""
        one = self._address(destination)
        near = (wan for wan in self._plan.wans if any(one in address.network for address in wan.addresses))
        return next(near, self._places.main)

    def _management(self, source: str, destination: str, protocol: str, port: int | None) -> Answer | None:
        """Return who gets at a management port; None when it is none."""
        rows = [
            row
            for row in self._plan.management
            if row.protocol == protocol and port is not None and row.ports.first <= port <= row.ports.last
        ]
        if not rows:
            return None
        if any(self.allowed(source, row.sources) for row in rows):
            return Answer("management", destination, port, "client", source)
        return Answer("not a management source")

    def _pinhole(self, source: str, destination: str, protocol: str, port: int | None) -> Answer | None:
        """Return what becomes of a packet to an IPv6 address in a LAN; None for another address."""
        if ":" not in destination:
            return None
        rows = self._pinholes.get((destination, protocol), ())
        open_to = [sources for first, last, sources in rows if first <= (port or 0) <= last]
        if any(self.allowed(source, sources) for sources in open_to):
            return Answer("pinhole", destination, port, "client", source)
        return Answer("not an allowed source" if open_to else "no pinhole")


def _translated(entry: Entry, port: int | None, reason: str, sees: str, seen: str) -> Answer:
    """Return the answer for a forward: a single port may become another, a range keeps its ports."""
    public, private = entry.forward.public_ports, entry.forward.private_ports
    if public and private and public.first == public.last:
        port = private.first
    return Answer(reason, entry.host, port, sees, seen)


def _covers(row: Egress, sender: Address, receiver: Address, port: int | None) -> bool:
    """Whether a row of the egress for the packet's protocol lets it out."""
    if row.ports and not (port is not None and row.ports.first <= port <= row.ports.last):
        return False
    return sender.version == receiver.version and sender in row.source and (row.to is None or receiver in row.to)

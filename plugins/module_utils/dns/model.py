"""What a site wants of its names: each item knows where it stands in the user's variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .name import Name
from .network import Network
from .record import Address, Service, Text
from .zone import Mailbox, Times


@dataclass(frozen=True)
class HostRow:
    """A host with its addresses and the further names that lead to it.

    ``outside`` says that an address outside the site's networks is meant; it gets no pointer.
    """

    path: str
    name: Name
    addresses: tuple[tuple[str, Address], ...]
    aliases: tuple[tuple[str, Name], ...] = ()
    outside: bool = False


@dataclass(frozen=True)
class ServiceRow:
    """One SRV record; its target is still the name that the user wrote, which may be an alias."""

    path: str
    owner: Name
    data: Service


@dataclass(frozen=True)
class TextRow:
    """One TXT record."""

    path: str
    owner: Name
    data: Text


@dataclass(frozen=True)
class SplitRow:
    """A name of the outside world that the site sees differently: it leads to a ``host`` of the site or to ``addresses``."""

    path: str
    name: Name
    host: Name | None
    addresses: tuple[tuple[str, Address], ...]
    services: tuple[ServiceRow, ...]


@dataclass(frozen=True)
class Intent:
    """A domain of a site, and the name server that serves it ``here``.

    ``servers`` are the addresses of the name servers, the primary first; without ``forwarders`` the site is in a gap.
    """

    domain: Name
    networks: tuple[tuple[str, Network], ...]
    hosts: tuple[HostRow, ...]
    services: tuple[ServiceRow, ...]
    texts: tuple[TextRow, ...]
    split: tuple[SplitRow, ...]
    servers: tuple[tuple[str, Address], ...]
    forwarders: tuple[tuple[str, Address], ...]
    here: Address | None
    mailbox: Mailbox
    times: Times

    def host_of(self, wanted: Name | Address) -> HostRow | None:
        """Return the host with this name, alias or address."""
        for host in self.hosts:
            if isinstance(wanted, Name):
                if wanted == host.name or any(wanted == alias for _place, alias in host.aliases):
                    return host
            elif any(wanted == address for _place, address in host.addresses):
                return host
        return None

    def within(self, address: Address) -> bool:
        """Whether an address is in one of the site's networks."""
        return any(address in network for _place, network in self.networks)

    def server_hosts(self) -> Iterator[HostRow]:
        """Yield the hosts of the name servers, the primary first."""
        for _place, wanted in self.servers:
            host = self.host_of(wanted)
            if host is not None:
                yield host

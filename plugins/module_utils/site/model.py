"""The site: what an inventory describes, once it has been parsed and checked."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Union

from ..package.model import Package

Address = Union[IPv4Address, IPv6Address]
Network = Union[IPv4Network, IPv6Network]

#: Where a relay is asked, with TLS where 443 is another's, and what it lends (RFC 8656, RFC 6335).
RELAY_PORT, RELAY_TLS_PORT = 3478, 5349
RELAY_RANGE = (49152, 65535)


@dataclass(frozen=True)
class Host:
    """A machine that Ansible manages.

    ``inventory_name`` is what Ansible calls it, ``name`` its label in the site's domain; ``addresses`` are the ones under
    which the LAN reaches it, at least one, the first being the one that everything uses.
    """

    inventory_name: str
    name: str
    addresses: tuple[Address, ...]

    @property
    def address(self) -> Address:
        """The address that the other hosts use."""
        return self.addresses[0]


@dataclass(frozen=True)
class Device:
    """A machine that Ansible does not manage and that has a name all the same: a printer, a phone, a desktop."""

    name: str
    addresses: tuple[Address, ...]


@dataclass(frozen=True)
class PublicZone:
    """The operator's zone at the provider; without ``server`` and key the records are handed out to be entered by hand.

    ``authoritative`` are its name servers where the LAN, whose own zone has the same name, cannot find them.
    """

    zone: str
    server: str | None
    port: int
    key_name: str | None
    key_algorithm: str
    ttl: int
    caa: tuple[str, ...]
    authoritative: tuple[Address, ...]


@dataclass(frozen=True)
class PublicCertificate:
    """Where the certificate of the public name comes from; keys and passwords stay in the inventory."""

    method: str
    directory: str
    email: str
    challenge: str


@dataclass(frozen=True)
class PublicName:
    """The name under which the chat is reached from outside, and from inside as well."""

    name: str
    zone: PublicZone
    certificate: PublicCertificate


@dataclass(frozen=True)
class Relay:
    """The relay (TURN server) for calls; ``name`` is the one by which everybody knows it, inside and outside.

    ``relay_ports`` are the first and the last of the ports that it lends.
    """

    host: Host
    name: str
    tls_port: int
    relay_ports: tuple[int, int]

    @property
    def address(self) -> Address:
        """The address that it listens on: behind a router IPv4 is what is translated."""
        return next((one for one in self.host.addresses if one.version == 4), self.host.address)

    @property
    def ports(self) -> tuple[tuple[str, str, int], ...]:
        """How it is spoken to: transport, protocol and port of each way."""
        return (("udp", "udp", RELAY_PORT), ("tcp", "tcp", RELAY_PORT), ("tls", "tcp", self.tls_port))


@dataclass(frozen=True)
class Site:
    """Everything that the roles are told; an invalid one cannot be made by :func:`parse.parse_site`.

    ``dns`` has at least one host, its first is the primary; ``users`` and ``rooms`` are names alone, for passwords stay
    in the inventory. ``stun_turn`` says that the router leads to a relay, be it ours or somebody else's. ``package`` is the chat
    that the operator brings, None where it is ejabberd.
    """

    domain: str
    title: str
    networks: tuple[Network, ...]
    chat: Host
    dns: tuple[Host, ...]
    authority: Host
    clients: tuple[Host, ...] = ()
    routers: tuple[Host, ...] = ()
    devices: tuple[Device, ...] = ()
    users: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    chat_label: str = "chat"
    pki_label: str = "pki"
    chat_store: str = "postgresql"
    dns_forwarders: tuple[Address, ...] = ()
    time_upstreams: tuple[str, ...] = ()
    public: PublicName | None = None
    relay: Relay | None = None
    stun_turn: bool = False
    package: Package | None = None

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Every managed host once, in the order in which it is set up."""
        return tuple(dict.fromkeys((self.authority, *self.dns, self.chat, *self._relays, *self.clients, *self.routers)))

    @property
    def _relays(self) -> tuple[Host, ...]:
        return (self.relay.host,) if self.relay else ()

    def fqdn(self, label: str) -> str:
        """Return a label as a full name of this site, with no final dot."""
        return f"{label}.{self.domain}"

    @property
    def lan_name(self) -> str:
        """The name of the chat in the site's own domain."""
        return self.fqdn(self.chat_label)

    @property
    def chat_name(self) -> str:
        """The name that people type everywhere, which is also the XMPP domain: the public name where there is one."""
        return self.public.name if self.public else self.lan_name

    @property
    def lan_names(self) -> tuple[str, ...]:
        """The names by which the LAN alone knows the chat server, sorted; that of the CA's files when there is no other."""
        found = {self.lan_name, self.fqdn(self.chat.name)} - {self.public.name if self.public else ""}
        return tuple(sorted(found)) or (self.pki_name,)

    @property
    def relay_apart(self) -> Relay | None:
        """The relay, where it has a host of its own and so a name of its own."""
        return self.relay if self.relay and self.relay.host != self.chat else None

    @property
    def relay_label(self) -> str:
        """The relay's name as a label of the site's own domain; empty where it is the chat's, or outside that domain."""
        relay = self.relay_apart
        return relay.name.removesuffix(f".{self.domain}") if relay and relay.name.endswith(f".{self.domain}") else ""

    @property
    def pki_name(self) -> str:
        """The name under which the CA certificate and the revocation lists are served over plain HTTP."""
        return self.fqdn(self.pki_label)

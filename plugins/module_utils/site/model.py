"""The site: what an inventory describes, once it has been parsed and checked."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Union

Address = Union[IPv4Address, IPv6Address]
Network = Union[IPv4Network, IPv6Network]


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
class Site:
    """Everything that the roles are told; an invalid one cannot be made by :func:`parse.parse_site`.

    ``dns`` has at least one host, its first is the primary; ``users`` and ``rooms`` are names alone, for passwords stay
    in the inventory. ``relay`` says that a relay (TURN server) is reached from outside.
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
    relay: bool = False

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Every managed host once, in the order in which it is set up."""
        return tuple(dict.fromkeys((self.authority, *self.dns, self.chat, *self.clients, *self.routers)))

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
    def pki_name(self) -> str:
        """The name under which the CA certificate and the revocation lists are served over plain HTTP."""
        return self.fqdn(self.pki_label)

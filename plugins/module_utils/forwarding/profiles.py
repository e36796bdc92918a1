"""What the products of the field need of a router: one row each, with its source. This table is the only place that knows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class In:
    """A way in. ``option`` names the key of a service whose ports stand in for ``ports``, ``only_with`` one that asks for it.

    ``single`` ports are one.
    """

    protocol: str
    ports: str | None = None
    option: str | None = None
    only_with: str | None = None
    single: bool = False


@dataclass(frozen=True)
class Out:
    """A way out, to each of the names ``to``; to anywhere when there are none, or to what the service's key ``option`` says."""

    protocol: str
    ports: str | None = None
    to: tuple[str, ...] = ()
    option: str | None = None


@dataclass(frozen=True)
class Profile:
    """What one product needs.

    ``options`` are the keys of a service that only this profile has. ``settings`` are what the host itself has to be told, with
    ``{public}`` for its public address. ``pool`` is the option that names who alone may use the ways in.
    """

    inbound: tuple[In, ...]
    outbound: tuple[Out, ...]
    source: str
    options: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    pool: str | None = None
    ipv4_only: bool = False


_LOOKUP = "lookup.trispen.com"

PROFILES: dict[str, Profile] = {
    "chat_web": Profile(
        (In("tcp", "80"), In("tcp", "443")),
        (),
        "Ozeki Chat Server with fixed IP: forward 80 and 443 to the LAN address, static NAT",
    ),
    "xmpp_client": Profile((In("tcp", "5222"), In("tcp", "5223")), (), "RFC 6120, XEP-0368"),
    "stun_turn": Profile(
        (
            In("udp", "3478"),
            In("tcp", "3478"),
            In("tcp", "5349", option="tls_port", single=True),
            In("udp", "49152-65535", option="relay_ports"),
        ),
        (Out("udp"),),
        "RFC 8656; Genesys WebRTC guide: restrictive NAT and UDP-blocking firewalls need a relay",
        options=("relay_ports", "tls_port"),
    ),
    "theoffice_3_gateway": Profile(
        (),
        (Out("tcp", "9555", ("oem.trispen.com", _LOOKUP)), Out("tcp", "5222", (_LOOKUP,)), Out("udp")),
        "@TheOffice.Wherever! 3.x: all outgoing",
    ),
    "theoffice_3_client": Profile(
        (),
        (Out("tcp", "9555", (_LOOKUP,)), Out("tcp", "5222", (_LOOKUP,)), Out("udp")),
        "@TheOffice.Wherever! 3.x: all outgoing",
    ),
    "theoffice_2_gateway": Profile(
        (In("tcp", "9555"), In("tcp", "500"), In("udp", "500")),
        (Out("tcp", "9555"), Out("tcp", "500"), Out("udp", "500")),
        "@TheOffice 2.x: 9555 by port mapping or a reserved public IP 1:1, 500 both ways, all from the client IP pool",
        options=("client_pool",),
        pool="client_pool",
    ),
    "theoffice_1_gateway": Profile(
        (In("udp", "500"), In("esp", only_with="tunnelled")),
        (),
        "@TheOffice before 2.0: UDP 500, and ESP when tunnelled",
        options=("tunnelled",),
    ),
    "apuppet": Profile(
        (In("tcp", "80"), In("tcp", "443"), In("udp", "1-65535", option="ice_ports")),
        (Out("udp"),),
        "aPuppet behind NAT: ICE on random UDP ports, IPv4 only",
        options=("ice_ports",),
        settings=(("nat", "true"), ("public_ip", "{public}")),
        ipv4_only=True,
    ),
    "genesys_webrtc": Profile(
        (),
        (Out("tcp", "443", option="relay"), Out("tcp", "80", option="relay")),
        "Genesys WebRTC deployment guide: in through a relay (profile stun_turn), out to it by TCP 443 or 80",
        options=("relay",),
    ),
}

#: The key that a service has because of a profile, and the profile that it belongs to.
OPTIONS: dict[str, str] = {option: name for name, profile in PROFILES.items() for option in profile.options}

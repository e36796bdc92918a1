"""The exact lines that let the site's traffic through a foreign firewall; each was tried against the tool itself.

Sources: ufw(8), firewall-cmd(1), firewalld.policies(5), shorewall-rules(5), shorewall-interfaces(5), Docker's "Packet
filtering and firewalls", nft(8), iptables(8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Callable

from .lanes import BACK, HAIRPIN, IN, INPUT, OUT, Lane
from .owners import CSF, DOCKER, FIREWALLD, LIBVIRT, SHOREWALL, UFW
from .question import Opening
from .ruleset import IPTABLES, LEGACY, NFT, Table

#: More openings than this are opened together: our own table decides about each of them anyhow.
MANY = 64


@dataclass(frozen=True)
class Scene:
    """Where the lines go: the table, its base chains that drop, by hook, and the zones of interfaces (firewalld, shorewall)."""

    table: Table
    chains: Mapping[str, tuple[str, ...]]
    zones: Mapping[str, str] = field(default_factory=dict)


def lines(owner: str, scene: Scene, lanes: Iterable[Lane]) -> list[str]:
    """The lines for all lanes, each once, in the order in which they are to be given."""
    wanted = list(lanes)
    if sum(lane.opening is not None for lane in wanted) > MANY:
        wanted = [_wide(lane) for lane in wanted]
    found = [line for lane in wanted for line in _WRITERS[_way(owner, scene.table)](lane, scene)]
    return list(dict.fromkeys([*found, *_LAST.get(owner, ())])) if found else []


def lasting(owner: str, table: Table) -> str:
    """What becomes of the lines later."""
    return _LASTING[_way(owner, table)]


def _way(owner: str, table: Table) -> str:
    """Who takes the lines: in a table of nftables that a program has written, nft itself, but for firewalld."""
    return NFT if table.origin == NFT and owner != FIREWALLD else owner


def _wide(lane: Lane) -> Lane:
    return lane if lane.kind == INPUT else Lane(lane.kind, lane.iif, lane.oif, None, lane.flows)


def _ufw(lane: Lane, _scene: Scene) -> list[str]:
    way = f"route allow in on {lane.iif} out on {lane.oif}" if lane.oif else f"allow in on {lane.iif}" if lane.iif else "allow in"
    if lane.opening is None:
        return [f"ufw {way}"]
    port = f" port {lane.opening.ports(':')}" if lane.opening.first else ""
    target = (lane.opening.host if lane.oif else None) or "any"
    return [f"ufw {way} to {target}{port} proto {lane.opening.protocol}"]


def _firewalld(lane: Lane, scene: Scene) -> list[str]:
    """A policy between two zones. Direct rules are no way: what they accept, firewalld's own table drops all the same."""
    source, target = scene.zones.get(lane.iif, "public"), scene.zones.get(lane.oif, "public")
    permanent = "firewall-cmd --permanent"
    bound = [
        f"{permanent} --zone={scene.zones[name]} --add-interface={name}" for name in (lane.iif, lane.oif) if name in scene.zones
    ]
    if lane.kind == INPUT:
        ports = lane.opening.ports("-") if lane.opening else ""
        protocol = lane.opening.protocol if lane.opening else ""
        what = f"--add-port={ports}/{protocol}" if ports else f"--add-protocol={protocol}"
        return [f"{permanent} --zone={source} {what}"]
    if source == target:
        return [*bound, f"{permanent} --zone={source} --add-forward"]
    name = f"onprem-{'in' if lane.kind == IN else 'out'}"
    policy = f"{permanent} --policy={name}"
    made = [
        f"{permanent} --new-policy={name}",
        f"{policy} --add-ingress-zone={source}",
        f"{policy} --add-egress-zone={target}",
    ]
    if lane.kind == IN and lane.opening and lane.opening.first:
        family = f'rule family="{lane.family}" destination address="{lane.opening.host}"'
        port = f'port port="{lane.opening.ports("-")}" protocol="{lane.opening.protocol}" accept'
        return [*bound, *made, f"{policy} --add-rich-rule='{family} {port}'"]
    return [*bound, *made, f"{policy} --set-target=ACCEPT"]


def _shorewall(lane: Lane, scene: Scene) -> list[str]:
    """Lines for Shorewall's files; each says which one it belongs to."""
    source, target = scene.zones.get(lane.iif, "net"), scene.zones.get(lane.oif, "loc")
    if lane.kind in (BACK, HAIRPIN) and lane.iif == lane.oif:
        return [f"/etc/shorewall/interfaces: add the option routeback to the line of {lane.iif}"]
    if lane.kind == OUT or lane.opening is None:
        return [f"/etc/shorewall/rules: ACCEPT {source} {target}"]
    ports = lane.opening.ports(":")
    if lane.kind == INPUT:
        target = "$FW"
    elif lane.opening.host:
        target = f"{target}:{lane.opening.host}"
    return [f"/etc/shorewall/rules: ACCEPT {source} {target} {lane.opening.protocol} {ports}".rstrip()]


def _iptables(chain: str, command: str = "iptables") -> Callable[[Lane, Scene], list[str]]:
    def write(lane: Lane, _scene: Scene) -> list[str]:
        tool = command if lane.family == "ipv4" else command.replace("ip", "ip6", 1)
        words = [tool, "-I", "INPUT" if lane.kind == INPUT else chain]
        words += [*(("-i", lane.iif) if lane.iif else ()), *(("-o", lane.oif) if lane.oif else ())]
        if lane.kind == BACK:
            words += ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED"]
        elif lane.opening is not None:
            words += _selected(lane, lane.opening)
        elif lane.kind in (IN, HAIRPIN):
            words += ["-m", "conntrack", "--ctstate", "DNAT"]
        return [" ".join([*words, "-j", "ACCEPT"])]

    return write


def _selected(lane: Lane, one: Opening) -> list[str]:
    host = ["-d", one.host] if one.host and lane.oif else []
    return [*host, "-p", one.protocol, *(["--dport", one.ports(":")] if one.first else [])]


def _nft(lane: Lane, scene: Scene) -> list[str]:
    words = [*([f'iifname "{lane.iif}"'] if lane.iif else []), *([f'oifname "{lane.oif}"'] if lane.oif else [])]
    one = lane.opening
    if lane.kind == BACK:
        words.append("ct state established,related")
    elif one is not None:
        if one.host and lane.oif:
            words.append(f"{'ip6' if lane.family == 'ipv6' else 'ip'} daddr {one.host}")
        words.append(f"{one.protocol} dport {one.ports('-')}" if one.first else f"meta l4proto {one.protocol}")
    elif lane.kind in (IN, HAIRPIN):
        words.append("ct status dnat")
    rule = " ".join(words)
    return [
        f"nft insert rule {scene.table.family} {scene.table.name} {chain} {rule} accept"
        for chain in scene.chains.get(lane.hook, ())
    ]


_WRITERS: Mapping[str, Callable[[Lane, Scene], list[str]]] = {
    UFW: _ufw,
    FIREWALLD: _firewalld,
    SHOREWALL: _shorewall,
    DOCKER: _iptables("DOCKER-USER"),
    LIBVIRT: _iptables("FORWARD"),
    CSF: _iptables("FORWARD"),
    IPTABLES: _iptables("FORWARD"),
    LEGACY: _iptables("FORWARD", "iptables-legacy"),
    NFT: _nft,
}
#: What puts the lines in force.
_LAST = {FIREWALLD: ("firewall-cmd --reload",), SHOREWALL: ("shorewall check && shorewall reload",)}
#: Where the lines stay, for tools that forget them.
_LASTING = {
    UFW: "ufw keeps them",
    FIREWALLD: "firewalld keeps them",
    SHOREWALL: "shorewall keeps them",
    DOCKER: "Docker keeps DOCKER-USER but not over a reboot: give the lines after docker.service has started",
    LIBVIRT: "They are gone after a reboot: give them after libvirtd has started its networks",
    CSF: "csf forgets them: write them into /etc/csf/csfpost.sh",
    IPTABLES: "They are gone after a reboot: write them where the other rules come from (netfilter-persistent save)",
    LEGACY: "They are gone after a reboot: write them where the other rules come from",
    NFT: "They are gone after a reload: write them into the file that makes the table as well",
}

"""The fabric: bridges, cables, and the watch for packets that try to leave a closed network."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from .state import run
from .topology import Host, Nic, Topology

# Never leaves a LAN, whatever its routes: link-local unicast, multicast, broadcast.
LOCAL4 = tuple(ipaddress.IPv4Network(text) for text in ("0.0.0.0/32", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32"))
LOCAL6 = tuple(ipaddress.IPv6Network(text) for text in ("fe80::/10", "ff00::/8"))
Prefix = TypeVar("Prefix", ipaddress.IPv4Network, ipaddress.IPv6Network)
TABLE = "onprem_lab"
KINDS = {
    "ipv4_packets": "ether_addr . ipv4_addr . inet_proto",
    "ipv6_packets": "ether_addr . ipv6_addr . inet_proto",
    "arp_questions": "ether_addr . ipv4_addr",
    "ndp_questions": "ether_addr . ipv6_addr",
}


def build(topology: Topology) -> None:
    """Make all bridges in this (the fabric's) network namespace and start the watch."""
    for family in ("ip", "ip6", "arp"):  # the machine's own firewall must not see frames of the lab
        switch = Path(f"/proc/sys/net/bridge/bridge-nf-call-{family}tables")
        if switch.exists():
            switch.write_text("0")
    Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")  # the fabric itself says nothing
    lines = ["link set lo up"]
    for network in topology.networks:
        lines.append(f"link add br-{network.name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0")
        lines.append(f"link set br-{network.name} up")
    run("ip", "-batch", "-", stdin="\n".join(lines))
    watch(topology)


def port(host: Host, nic: Nic) -> str:
    """The fabric's end of a cable."""
    return f"{host.name}-{nic.name}"


def mac(host: str, nic: str) -> str:
    """The same address after every reboot, or the neighbours' ARP tables would be stale."""
    digest = hashlib.sha256(f"{host}/{nic}".encode()).hexdigest()
    return ":".join(["02", *(digest[i : i + 2] for i in range(0, 10, 2))])


def plug(host: Host) -> None:
    """Make a host's network namespace with its cables, addresses and routes."""
    run("ip", "netns", "add", host.name)
    outside, inside = [], ["link set lo up"]
    for nic in host.nics:
        peer = f"peer name {nic.name} address {mac(host.name, nic.name)} netns {host.name}"
        outside.append(f"link add {port(host, nic)} type veth {peer}")
        outside.append(f"link set {port(host, nic)} master br-{nic.network} up")
        inside.append(f"link set {nic.name} up")
        inside.extend(f"addr add {address} dev {nic.name}" for address in nic.addresses)
    inside.extend(f"route add {destination} via {gateway}" for destination, gateway in host.routes)
    run("ip", "-batch", "-", stdin="\n".join(outside))
    run("ip", "-n", host.name, "-batch", "-", stdin="\n".join(inside))


def unplug(host: Host) -> None:
    """Throw a host's network namespace away, and with it every rule, sysctl and counter that nobody made permanent."""
    cables = "\n".join(f"link del {port(host, nic)}" for nic in host.nics)
    try:  # the cables by name: a `lab net` that still runs keeps the namespace, and would keep them
        run("ip", "-force", "-batch", "-", stdin=cables)
    finally:
        run("ip", "netns", "del", host.name)


def watch(topology: Topology) -> None:
    """(Re)load the counters at zero."""
    run("nft", "-f", "-", stdin=watch_rules(topology))


def watch_rules(topology: Topology) -> str:
    """The nftables text that remembers every frame on a closed network whose destination is not on it.

    One set a kind: which card, to whom, how often. IPv4 and IPv6 packets, and the questions for an address
    (ARP, neighbour solicitation) that come before them when a host believes a foreign address to be near.
    """
    lines = [f"table bridge {TABLE} {{", "}", f"delete table bridge {TABLE}", f"table bridge {TABLE} {{"]
    for kind, types in KINDS.items():
        lines += [f"  set {kind} {{", f"    type {types}", "    size 4096", "    flags dynamic", "    counter", "  }"]
    lines += ["  chain watch {", "    type filter hook prerouting priority -300; policy accept;"]
    for network in topology.networks:
        if network.closed:
            cables = [f'"{port(host, nic)}"' for host in topology.hosts for nic in host.nics if nic.network == network.name]
            lines += (f"    iifname {{ {', '.join(cables)} }} {rule}" for rule in _rules(topology, network.name) if cables)
    return "\n".join([*lines, "  }", "}", ""])


def _rules(topology: Topology, network: str) -> Iterator[str]:
    prefixes = topology.prefixes(network)
    near4 = _near(prefix for prefix in (*LOCAL4, *prefixes) if isinstance(prefix, ipaddress.IPv4Network))
    near6 = _near(prefix for prefix in (*LOCAL6, *prefixes) if isinstance(prefix, ipaddress.IPv6Network))
    yield f"ether type ip ip daddr != {{ {near4} }} add @ipv4_packets {{ ether saddr . ip daddr . ip protocol }}"
    yield f"ether type ip6 ip6 daddr != {{ {near6} }} add @ipv6_packets {{ ether saddr . ip6 daddr . meta l4proto }}"
    yield f"arp operation request arp daddr ip != {{ {near4} }} add @arp_questions {{ ether saddr . arp daddr ip }}"
    # The wanted address of a solicitation is 64 bits into ICMPv6; bookworm's nft has no name for it.
    near = [prefix for prefix in (LOCAL6[0], *prefixes) if prefix.version == 6 and prefix.prefixlen]
    others = (f"@th,64,{n.prefixlen} != {int(n.network_address) >> (128 - n.prefixlen):#x}" for n in near)
    yield f"icmpv6 type nd-neighbor-solicit {' '.join(others)} add @ndp_questions {{ ether saddr . ip6 daddr }}"


def _near(prefixes: Iterable[Prefix]) -> str:
    """The elements of an nftables set: it takes no overlaps."""
    return ", ".join(str(prefix) for prefix in ipaddress.collapse_addresses(prefixes))


def report(topology: Topology) -> dict[str, Any]:
    """What the watch has seen: `packets` in all, and by kind who sent how many where; run in the fabric's namespace."""
    owners = {mac(host.name, nic.name): host.name for host in topology.hosts for nic in host.nics}
    seen: dict[str, list[dict[str, Any]]] = {}
    for item in json.loads(run("nft", "-j", "list", "table", "bridge", TABLE))["nftables"]:
        if "set" in item:
            rows = [_row(owners, element["elem"]) for element in item["set"].get("elem", [])]
            seen[item["set"]["name"]] = sorted(rows, key=lambda row: (row["host"], row["to"]))
    packets = sum(row["packets"] for rows in seen.values() for row in rows)
    return {"closed": [network.name for network in topology.networks if network.closed], "packets": packets, "seen": seen}


def _row(owners: dict[str, str], element: dict[str, Any]) -> dict[str, Any]:
    card, destination, *protocol = element["val"]["concat"]
    row = {"host": owners.get(card, card), "to": destination, "packets": element["counter"]["packets"]}
    return {**row, "protocol": protocol[0]} if protocol else row


def refused(pid: int) -> int:
    """How many packets the kernel of a host refused since its boot for want of a route: none of them left the host."""
    network = Path(f"/proc/{pid}/net")
    rows = [line.split() for line in (network / "snmp").read_text().splitlines() if line.startswith("Ip:")]
    six = dict(line.split() for line in (network / "snmp6").read_text().splitlines())
    return int(dict(zip(*rows, strict=True))["OutNoRoutes"]) + int(six["Ip6OutNoRoutes"])

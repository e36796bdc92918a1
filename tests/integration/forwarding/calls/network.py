"""The network of the calls: a site behind its router, and places outside, each behind a gate that translates in its own way.

Everything outside is one wire, 203.0.113.0/24. Runs in mounts, processes and networks of its own, gone with the first process.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

ROUTER, RELAY, DESKS = "203.0.113.10", "192.168.1.31", ("192.168.1.41", "192.168.1.42")
#: The router's further address.
SECOND = "203.0.113.11"
_NAT = """
table ip gate {
  chain in { type filter hook input priority filter; policy drop; iifname lo accept; ct state established,related accept; }
  chain through { type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname out0 drop
    %s
  }
  chain out { type nat hook postrouting priority srcnat; oifname out0 %s; }
}
"""
#: What the gate of each class does; no gate stands before a public address.
GATES = {
    "public": "",
    "endpoint_independent": _NAT % ("accept", "masquerade"),
    "address_and_port_dependent": _NAT % ("accept", "masquerade fully-random"),
    "udp_blocked": _NAT % ("meta l4proto tcp accept", "masquerade"),
    "web_only": _NAT % ("tcp dport { 80, 443 } accept", "masquerade"),
}


def inside(space: str, *command: str, text: str = "") -> None:
    """Run a command in a network namespace; raises when it fails."""
    subprocess.run(["nsenter", f"--net=/run/netns/{space}", *command], input=text, text=True, check=True)


def _space(name: str) -> None:
    subprocess.run(["ip", "netns", "add", name], check=True)
    inside(name, "ip", "link", "set", "lo", "up")


def _plug(space: str, device: str, wire: str, *addresses: str) -> None:
    """Lay a cable from a device of a namespace to a wire, which is a bridge in a namespace of that name."""
    port = f"{space}-{device}"[-15:]
    inside(wire, "ip", "link", "add", port, "type", "veth", "peer", "name", device, "netns", f"/run/netns/{space}")
    inside(wire, "ip", "link", "set", port, "master", "wire", "up")
    for address in addresses:
        inside(space, "ip", "address", "add", address, "dev", device)
    inside(space, "ip", "link", "set", device, "up")


def _wire(name: str) -> None:
    _space(name)
    inside(name, "ip", "link", "add", "wire", "type", "bridge")
    inside(name, "ip", "link", "set", "wire", "up")


def _forwards(space: str, rules: str) -> None:
    inside(space, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
    inside(space, "nft", "-f", "-", text=rules)


def site(rules: str) -> list[str]:
    """Build the site with the plan's own rules on its router; return the names of its desks."""
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run/netns"], check=True)
    _wire("internet")
    _wire("lan")
    _space("router")
    _plug("router", "wan0", "internet", f"{ROUTER}/24", f"{SECOND}/24")
    _plug("router", "lan0", "lan", "192.168.1.1/24")
    _forwards("router", rules)
    names = ["relay", *(f"lan0.{number}" for number in range(len(DESKS)))]
    for name, address in zip(names, (RELAY, *DESKS)):
        _space(name)
        _plug(name, "eth0", "lan", f"{address}/24")
        inside(name, "ip", "route", "add", "default", "via", "192.168.1.1")
    return names[1:]


def place(number: int, name: str, kind: str) -> None:
    """Build a place outside: a desk, and the gate before it."""
    _space(name)
    if not GATES[kind]:
        _plug(name, "eth0", "internet", f"203.0.113.{100 + number}/24")
        return
    gate = f"g{number}"
    _space(gate)
    _plug(gate, "out0", "internet", f"203.0.113.{100 + number}/24")
    inside(gate, "ip", "link", "add", "in0", "type", "veth", "peer", "name", "eth0", "netns", f"/run/netns/{name}")
    inside(gate, "ip", "address", "add", f"10.0.{number}.1/24", "dev", "in0")
    inside(gate, "ip", "link", "set", "in0", "up")
    inside(name, "ip", "address", "add", f"10.0.{number}.2/24", "dev", "eth0")
    inside(name, "ip", "link", "set", "eth0", "up")
    inside(name, "ip", "route", "add", "default", "via", f"10.0.{number}.1")
    _forwards(gate, GATES[kind])


def relay(root: Path, folder: Path, public: str, tls_port: int, secret: str) -> subprocess.Popen[bytes]:
    """Start coturn in the site, which learns its public address and refuses the LAN as peers, as the role has it."""
    settings = {
        "listening-ip": RELAY,
        "relay-ip": RELAY,
        "external-ip": f"{public}/{RELAY}",
        "listening-port": "3478",
        "tls-listening-port": str(tls_port),
        "cert": "/run/relay.pem",
        "pkey": "/run/relay.key",
        "realm": "example.com",
        "static-auth-secret": secret,
        "denied-peer-ip": "192.168.1.0-192.168.1.255",
        "log-file": "stdout",
        "pidfile": "/run/relay.pid",
    }
    lines = [*(f"{key}={value}" for key, value in settings.items()), "fingerprint", "use-auth-secret", "no-cli"]
    subprocess.run(["mount", "-t", "tmpfs", "none", str(root / "run")], check=True)
    subprocess.run(["mount", "-t", "proc", "none", str(root / "proc")], check=True)
    subprocess.run(["mount", "--rbind", "/dev", str(root / "dev")], check=True)
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=turn.example.com"
    pair = root / "run/relay.pem", root / "run/relay.key"
    subprocess.run([*make.split(), "-out", str(pair[0]), "-keyout", str(pair[1])], check=True, capture_output=True)
    for one in pair:
        one.chmod(0o644)
    (root / "run/relay.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = ["nsenter", "--net=/run/netns/relay", "chroot", str(root), "turnserver", "-c", "/run/relay.conf"]
    with (folder / "relay.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)

"""Somebody who keeps a router and has nothing but the hand-off sheet: enters what it says, and makes its trials."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.onprem.chat.tests.integration.actors.desk import run
from ansible_collections.onprem.chat.tests.integration.actors.operator import LAB

_FORWARD = re.compile(r"^F\d+ +(tcp|udp) +([\d.]+):(\d+) +([\d.]+):(\d+) +\w+ +anybody$", re.MULTILINE)
_FURTHER = re.compile(r"^([\d.]+) +a further address on (\w+); enter it there$", re.MULTILINE)
_TURNED = re.compile(r"From ([\d./]+) \((\w+)\), for F[^:]*: the router puts its own address ([\d.]+) as the source")
_RESERVED = re.compile(r"^server +leaves as +service\n[- ]+\n((?:.+\n)+)", re.MULTILINE)
_SEAT = re.compile(r"^((?:Outside|Inside): .+)$", re.MULTILINE)
_TRIAL = re.compile(r"^\[ \] (T\d+)  .*\n    \$ (.+)\n((?:    .+\n)+)", re.MULTILINE)
#: Records as they stand on the sheet, whole lines of a zone file.
RECORD = re.compile(r"^    (\S+\. \d+ IN \w+ .+)$", re.MULTILINE)

# A router as it is before anybody comes with a sheet: the LAN leaves with its address, and nothing comes in.
_BEFORE = """
table ip somebody {
  chain pre { type nat hook prerouting priority dstnat; %(pre)s }
  chain post { type nat hook postrouting priority srcnat; %(post)s oifname wan0 ip saddr 192.168.0.0/16 snat to 203.0.113.10; }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept; ct status dnat accept; iifname != wan0 oifname wan0 accept;
  }
  chain input { type filter hook input priority filter; iifname wan0 ct state new drop; }
}
"""


@dataclass(frozen=True)
class Trial:
    seat: str
    number: str
    command: str
    answer: str


def rules(sheet: str) -> str:
    """Return the router's rules when all that the sheet says has been entered."""
    text = " ".join(sheet.split())
    pre = [
        f"ip daddr {public} {protocol} dport {port} dnat to {host}:{own};"
        for protocol, public, port, host, own in _FORWARD.findall(sheet)
    ]
    post = [f"ct status dnat ip saddr {lan} ip daddr {lan} snat to {own};" for lan, _interface, own in _TURNED.findall(text)]
    for table in _RESERVED.findall(sheet):
        post += ["oifname wan0 ip saddr {} snat to {};".format(*line.split()[:2]) for line in table.splitlines()]
    return _BEFORE % {"pre": " ".join(pre), "post": " ".join(post)}


def enter(sheet: str) -> None:
    """Enter it: addresses, then rules."""
    for address, interface in _FURTHER.findall(sheet):
        run("router", "ip", "address", "replace", f"{address}/24", "dev", interface)
    load(rules(sheet))


def load(text: str) -> None:
    """Put rules in the place of the engineer's own."""
    steps = 'sysctl -qw net.ipv4.ip_forward=1; nft "table ip somebody; delete table ip somebody; $1"'
    run("router", "sh", "-euc", steps, "sh", text)


def leave(sheet: str) -> None:
    """Take it back, as the sheet says: remove what stands there."""
    run("router", "nft", "delete", "table", "ip", "somebody")
    for address, interface in _FURTHER.findall(sheet):
        run("router", "ip", "address", "del", f"{address}/24", "dev", interface)


def trials(sheet: str) -> list[Trial]:
    """Return the acceptance test, each command with its seat."""
    seats = [(found.start(), found[1]) for found in _SEAT.finditer(sheet)]
    rows = []
    for found in _TRIAL.finditer(sheet):
        seat = [name for start, name in seats if start < found.start()][-1]
        rows.append(Trial(seat, found[1], found[2], "\n".join(line[4:] for line in found[3].splitlines())))
    return rows


def attempt(trial: Trial) -> str:
    """Give a command at its seat, exactly as it stands there, and return the answer.

    It is this machine's shell with this machine's programs, in the network of the lab's host and with its name server.
    """
    host = "remote" if trial.seat.startswith("Outside") else "desk1"
    with tempfile.TemporaryDirectory() as folder:
        resolver = Path(folder) / "resolv.conf"
        resolver.write_text(run(host, "cat", "/etc/resolv.conf"), encoding="utf-8")
        setting = f'mount --bind {resolver} $(readlink -f /etc/resolv.conf) && exec sh -c "$1"'
        command = [LAB, "net", host, "unshare", "--mount", "sh", "-euc", setting, "sh", trial.command]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.rstrip("\n") or done.stderr.strip()

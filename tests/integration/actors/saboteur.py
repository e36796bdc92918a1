"""The saboteur: breaks one thing on a host of the lab for real, and mends it again, whatever happened in between.

A fault that is not mended would make every later test red for the wrong reason: then the whole session ends at once and says so.
"""

from __future__ import annotations

import difflib
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from .desk import EXEC

#: Words of the shell for breaking and mending. The true files are never written to: another one is mounted over them.
PRELUDE = r"""
set -eu
mkdir -p /run/fault
swap() { # what comes in by standard input stands in FILE's place
  mkdir -p "/run/fault${1%/*}"
  cat >"/run/fault$1"
  test -s "/run/fault$1"
  if cmp -s "/run/fault$1" "$1"; then echo "$1 would be as it was" >&2; exit 1; fi
  chown --reference="$1" "/run/fault$1"
  chmod --reference="$1" "/run/fault$1"
  mount --bind "/run/fault$1" "$1"
}
edit() { # FILE as it is after an expression of sed
  sed -E "$2" "$1" >/run/fault.edited
  swap "$1" </run/fault.edited
}
back() { # each FILE (or folder) as it was
  for one in "$@"; do
    while findmnt --noheadings --mountpoint "$one" >/dev/null; do umount "$one"; done
  done
}
unfilter() { # FAMILY TABLE of nft, if it is there
  if nft list table "$@" >/dev/null 2>&1; then nft delete table "$@"; fi
}
patiently() { # until a command goes well, for half a minute
  for _ in $(seq 150); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.2; done
  echo "in vain: $*" >&2
  exit 1
}
reload_nginx() { # and wait until nobody is served by the old configuration
  nginx -t -q
  old=$(pgrep --parent "$(cat /run/nginx.pid)")
  systemctl reload nginx
  for one in $old; do
    patiently sh -c '! test -e /proc/$1/cmdline || grep -q "shutting down" /proc/$1/cmdline' sh "$one"
  done
}
"""

#: What a fault could leave behind, and whether everything works that should.
STATE = r"""
findmnt --raw --noheadings --output TARGET | grep -v '^/run/user' | sort
if command -v iptables-save >/dev/null; then # an empty chain that lets everything by is as good as none
  nft list tables | sort
  for one in filter nat; do iptables-save --table $one; done | grep -v -E '^#|^:[A-Z]+ ACCEPT' | sed 's/ \[.*//'
else
  nft list ruleset | sed 's/counter packets [0-9]* bytes [0-9]*/counter/'
fi
ip -oneline address | sed 's/ valid_lft.*//' | sort
ip -details link show | grep -o -E '^[0-9]+: [^@:]+|mtu [0-9]+|gso_max_segs [0-9]+'
tc qdisc show | grep -v noqueue || true
systemctl --failed --plain --no-legend
systemctl list-units --type=service --state=active --plain --no-legend | awk '{print $1}' |
  grep -E '^(named|nginx|ejabberd|postgresql@.*|coturn|chrony)\.service$' || true
readlink /usr/bin/python3
sha256sum /etc/resolv.conf /etc/hosts
"""


def on(host: str, script: str, feed: bytes = b"") -> str:
    """Run a script on a host, with the saboteur's words; what it printed."""
    command = [*EXEC, host, "bash", "-c", PRELUDE + script]
    done = subprocess.run(command, input=feed, capture_output=True, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{host}: {script.strip()}\n{done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout.decode()


@dataclass(frozen=True)
class Fault:
    """What breaks it on a host, what mends it, and what the verification has to say of it.

    ``rung`` is the one that is named, at these ``vantages`` and no others, with these words in its ``cause``. ``besides`` has the
    first broken rung of vantages where it only shows. ``feed`` makes what the breaking script reads from its standard input.
    """

    host: str
    plant: str
    mend: str
    rung: str
    vantages: Collection[str]
    cause: str
    besides: Mapping[str, str] = field(default_factory=dict)
    feed: Callable[[], bytes] = bytes


@contextmanager
def planted(fault: Fault) -> Iterator[None]:
    """The fault is there inside the block and gone after it; half a fault is mended as well."""
    before = on(fault.host, STATE)
    feed = fault.feed()
    try:
        on(fault.host, fault.plant, feed)
        yield
    finally:
        _mend(fault, before)


def _mend(fault: Fault, before: str) -> None:
    try:
        on(fault.host, fault.mend)
        after = on(fault.host, STATE)
    except RuntimeError as error:
        pytest.exit(f"cannot mend, and the rest would be red for the wrong reason: {error}", returncode=1)
    if after != before:
        left = "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))
        pytest.exit(f"mended and yet not as before, on {fault.host}:\n{left}", returncode=1)

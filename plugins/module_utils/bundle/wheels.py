# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lock files of pip and the wheels that answer them: texts and names in, decisions out (pip's requirements file format)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import BundleError

# What pip calls Debian's architectures, and the oldest and newest C library that a wheel may ask for (Debian 12 has 2.36).
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_OLDEST, _NEWEST = 17, 36
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)((?:\s+--hash=sha256:[0-9a-f]{64})+)$")
_LOCK = re.compile(r"^lock-(3\.\d+)\.txt$")


@dataclass(frozen=True)
class Pin:
    """One package of a lock file at its one version, and the sha256 (hex) that its files may have."""

    name: str
    version: str
    sums: frozenset[str]


def lock_version(name: str) -> str:
    """The version of Python that a lock file's name tells; raises BundleError for another name."""
    match = _LOCK.match(name)
    if not match:
        raise BundleError(f"{name}: a lock file is named lock-3.N.txt, for the Python that it is for")
    return match.group(1)


def parse_lock(name: str, text: str) -> tuple[Pin, ...]:
    """Read a lock file; raises BundleError for a line that is no exact version with sha256 hashes."""
    pins, problems = [], []
    for line in text.replace("\\\n", " ").splitlines():
        plain = line.partition(" #")[0].strip()
        if not plain or plain.startswith("#"):
            continue
        match = _PIN.match(plain)
        if match:
            pins.append(Pin(match.group(1), match.group(2), frozenset(re.findall(r"sha256:([0-9a-f]{64})", match.group(3)))))
        else:
            problems.append(f"{name}: {plain[:60]!r} is no exact version with sha256 hashes; make it with tools/lock-python")
    if not pins and not problems:
        problems.append(f"{name}: is empty; make it with tools/lock-python")
    if problems:
        raise BundleError(problems)
    return tuple(pins)


def platforms(architecture: str) -> list[str]:
    """Platform tags of wheels that run on a Debian of this architecture, newest first (PEP 600); raises BundleError."""
    if architecture not in MACHINES:
        raise BundleError(f"offline_bundle_architectures: no wheels are known for {architecture} ({', '.join(MACHINES)})")
    machine = MACHINES[architecture]
    return [*(f"manylinux_2_{minor}_{machine}" for minor in range(_NEWEST, _OLDEST - 1, -1)), f"manylinux2014_{machine}"]


def missing(pins: tuple[Pin, ...], wheels: Mapping[str, str]) -> list[str]:
    """Names of the pins that none of the wheels (file name to sum) answers."""
    found = set(wheels.values())
    return [pin.name for pin in pins if not pin.sums & found]


def render_record(lock: str, wheels: Mapping[str, str]) -> str:
    """What was chosen for a lock file (its sum): file name to sum."""
    return json.dumps({"lock": lock, "wheels": dict(wheels)}, indent=1, sort_keys=True) + "\n"


def parse_record(text: str, lock: str) -> dict[str, str]:
    """What was chosen before for that very lock file; nothing when it was another or the record cannot be read."""
    try:
        data = json.loads(text)
        return {str(name): str(digest) for name, digest in data["wheels"].items()} if data["lock"] == lock else {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}

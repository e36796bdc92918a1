# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

from .index import ISSUING, LEAF, ROOT, Entry, Index, serial_text
from .plan import KEEP, Plan


def der(pem: str) -> bytes:
    """The bytes inside one PEM block."""
    return base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-----")))


def fingerprint(pem: str) -> str:
    """SHA-256 of a certificate, as people compare it."""
    return hashlib.sha256(der(pem)).digest().hex(":").upper()


def chain(index: Index, name: str) -> str | None:
    """Certificate of a name with the issuing CA's behind it, as a server sends them."""
    leaf, issuing = index.newest(LEAF, name), index.newest(ISSUING)
    return leaf.pem + issuing.pem if leaf and issuing else None


def exports(index: Index) -> dict[str, bytes]:
    """Files for people and other programs, all made from the index: name to content."""
    files = {f"{kind}.crt": entry.pem.encode() for kind in (ROOT, ISSUING) for entry in [index.newest(kind)] if entry}
    files.update({f"{kind}.crl": der(crl.pem) for kind, crl in index.crls.items()})
    for name in sorted({entry.name for entry in index.entries if entry.kind == LEAF}):
        files[f"certs/{name}.crt"] = (chain(index, name) or "").encode()
    return files


def result(index: Index, plan: Plan, names: Iterable[str]) -> dict[str, Any]:
    """What the module gives back."""
    root, issuing = index.newest(ROOT), index.newest(ISSUING)
    leaves = {name: leaf for name in names for leaf in [index.newest(LEAF, name)] if leaf}
    ends = [entry.not_after for entry in (root, issuing, *leaves.values()) if entry and not entry.revoked]
    ends += [crl.next_update for crl in index.crls.values()]
    return {
        "root": root.pem if root else "",
        "issuing": issuing.pem if issuing else "",
        "root_fingerprint": fingerprint(root.pem) if root else "",
        "chains": {name: chain(index, name) for name in leaves},
        "crls": {f"{kind}.crl": base64.b64encode(der(crl.pem)).decode() for kind, crl in sorted(index.crls.items())},
        "certificates": [_public(entry) for entry in leaves.values()],
        "refused": dict(plan.refused),
        "actions": actions(index, plan),
        "due": f"{min(ends):%Y-%m-%dT%H:%M:%SZ}" if ends else "",
    }


def actions(index: Index, plan: Plan) -> list[str]:
    """What a plan does, a line each."""
    by_serial = {entry.serial: entry for entry in index.entries}
    lines = [f"revoke {by_serial[serial].name} {serial_text(serial)}" for serial in plan.revoke]
    lines += [f"{step.action} {kind} certificate: {step.reason}" for kind, step in _steps(plan) if step.action != KEEP]
    lines += [f"issue {request.name}: {reason}" for request, reason in plan.issue]
    return lines + [f"make {kind} CRL: {reason}" for kind, reason in plan.crls]


def _steps(plan: Plan) -> list[tuple[str, Any]]:
    return [(ROOT, plan.root), (ISSUING, plan.issuing)]


def _public(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "serial": serial_text(entry.serial),
        "dns_names": list(entry.dns),
        "addresses": list(entry.addresses),
        "not_after": f"{entry.not_after:%Y-%m-%dT%H:%M:%SZ}",
        "revoked": entry.revoked is not None,
    }


def text(index: Index) -> str:
    """The state of the CA for a diff: names, validity and revocations; no key, and no serial of what is not revoked."""
    lines = []
    for kind in (ROOT, ISSUING):
        entry = index.newest(kind)
        if entry:
            lines += [f"{kind}: {entry.name} {entry.generation}, {entry.key_type}, {_validity(entry)}"]
            lines += [f"  {subtree}" for subtree in entry.subtrees]
    for name in sorted({entry.name for entry in index.entries if entry.kind == LEAF}):
        leaf = index.newest(LEAF, name)
        if leaf:
            lines.append(f"{name}: {leaf.text()}, {_validity(leaf)}")
    lines += [f"revoked: {e.name} {serial_text(e.serial)} on {e.revoked:%Y-%m-%d}" for e in index.entries if e.revoked]
    lines += [f"{kind}.crl: next update {crl.next_update:%Y-%m-%d}" for kind, crl in sorted(index.crls.items())]
    return "".join(line + "\n" for line in lines)


def _validity(entry: Entry) -> str:
    return f"{entry.not_before:%Y-%m-%d} to {entry.not_after:%Y-%m-%d}"

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .error import PkiError
from .index import ISSUING, LEAF, ROOT, Entry, Index, serial_text
from .names import Names
from .policy import BACKDATE, SAFETY, Policy

KEEP, NEW, RENEW = "keep", "new", "renew"


@dataclass(frozen=True)
class Request:
    """A certificate that is asked for. C(key) identifies the public key (SHA-256, hexadecimal)."""

    path: str
    name: str
    names: Names
    key: str
    accept_revoked_key: bool = False


@dataclass(frozen=True)
class Step:
    """What happens to a CA certificate: V(keep), V(new) with a new key, V(renew) with the same key; and why."""

    action: str = KEEP
    reason: str = ""


@dataclass(frozen=True)
class Plan:
    """What is to be done, in this order: revoke, root, issuing, leaves, CRLs."""

    revoke: tuple[int, ...]
    root: Step
    issuing: Step
    issue: tuple[tuple[Request, str], ...]
    """Requests that get a certificate now, each with the reason."""
    refused: tuple[tuple[str, str], ...]
    """Names that keep the certificate they have although they need another, each with the reason."""
    crls: tuple[tuple[str, str], ...]
    """CRLs to be made (kind of the CA, reason)."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        steps = (self.root.action, self.issuing.action)
        return steps == (KEEP, KEEP) and not (self.revoke or self.issue or self.crls)


def plan(policy: Policy, requests: Sequence[Request], revoked: Sequence[str], index: Index, now: datetime.datetime) -> Plan:
    """Hold what is wished against what there is.

    Raises :class:`PkiError` with all faults together, before anything is done.
    """
    faults = [*_clock_faults(index, now), *_request_faults(policy, requests)]
    banned, revoke, revoke_faults = _resolve(revoked, index, now)
    after = index.with_revoked(revoke, now)
    root = _plan_root(policy, index, now)
    if root.action == NEW and index.entries and not policy.replace:
        faults.append(
            f"{root.reason}. Every device would have to trust a new root certificate: to make a new CA all the same, set"
            " replace to true; the present one and all its certificates are then given up"
        )
    issuing = _plan_issuing(policy, after, root, now)
    issue, refused, leaf_faults = _plan_leaves(policy, requests, banned, after, issuing, now)
    faults += revoke_faults + leaf_faults
    if faults:
        raise PkiError(faults)
    crls = tuple(
        (kind, reason)
        for kind, step in ((ROOT, root), (ISSUING, issuing))
        for reason in [_crl_reason(policy, kind, step, after, now)]
        if reason
    )
    return Plan(tuple(sorted(revoke)), root, issuing, issue, refused, crls)


def _clock_faults(index: Index, now: datetime.datetime) -> list[str]:
    latest = max((entry.made for entry in index.entries), default=now)
    latest = max([latest, *(crl.this_update for crl in index.crls.values())])
    if now >= latest - BACKDATE:
        return []
    return [
        f"clock: this host says {now:%Y-%m-%d %H:%M} UTC, but the CA last worked at {latest:%Y-%m-%d %H:%M} UTC:"
        " set the clock right, then run again (if it was wrong then, the CA cannot be kept: move its directory away)"
    ]


def _request_faults(policy: Policy, requests: Sequence[Request]) -> list[str]:
    faults = []
    seen: dict[str, str] = {}
    for request in requests:
        faults += [f"{request.path} ({request.name}): {fault}" for fault in policy.scope.outside(request.names)]
        if request.name in seen:
            faults.append(f"{request.path} ({request.name}): {seen[request.name]} has the same name")
        seen.setdefault(request.name, request.path)
    return faults


def _resolve(revoked: Sequence[str], index: Index, now: datetime.datetime) -> tuple[frozenset[str], set[int], list[str]]:
    """Turn names and serials into (banned names, serials still to be revoked, faults)."""
    banned: set[str] = set()
    chosen: set[int] = set()
    faults: list[str] = []
    by_serial = {entry.serial: entry for entry in index.entries}
    for i, text in enumerate(revoked):
        named = [entry for entry in index.entries if entry.kind == LEAF and entry.name == text]
        entry = by_serial.get(_serial(text))
        if named:
            banned.add(text)
            chosen.update(entry.serial for entry in named)
        elif entry is None:
            known = ", ".join(sorted({entry.name for entry in index.entries if entry.kind == LEAF})) or "none yet"
            faults.append(f"revoked[{i}]: no certificate has the name or serial {text!r} (names: {known})")
        elif entry.kind == ROOT:
            faults.append(f"revoked[{i}]: {text} is the root certificate: no CRL can revoke it, set replace to true instead")
        else:
            chosen.add(entry.serial)
    open_serials = {s for s in chosen if by_serial[s].revoked is None and by_serial[s].not_after > now}
    return frozenset(banned), open_serials, faults


def _serial(text: str) -> int:
    try:
        return int(text.replace(":", "").strip(), 16)
    except ValueError:
        return 0


def _plan_root(policy: Policy, index: Index, now: datetime.datetime) -> Step:
    root = index.newest(ROOT)
    if root is None:
        return Step(NEW, "there is none yet")
    if root.name != policy.name:
        return Step(NEW, f"name: the CA here is called {root.name!r}, not {policy.name!r}")
    if root.key_type != policy.key_type:
        return Step(NEW, f"key_type: the CA here has {root.key_type} keys, not {policy.key_type}")
    if root.subtrees != policy.scope.subtrees().texts():
        return Step(RENEW, "the domain or the networks changed")
    if root.not_after - now < datetime.timedelta(days=policy.issuing_days) + SAFETY:
        return Step(RENEW, f"it ends on {root.not_after:%Y-%m-%d}")
    return Step()


def _plan_issuing(policy: Policy, index: Index, root: Step, now: datetime.datetime) -> Step:
    issuing = index.newest(ISSUING)
    if issuing is None:
        return Step(NEW, "there is none yet")
    if root.action == NEW:
        return Step(NEW, "the root is new")
    if issuing.revoked:
        return Step(NEW, "the present one is revoked")
    if issuing.subtrees != policy.scope.subtrees().texts():
        return Step(RENEW, "the domain or the networks changed")
    if issuing.crl_url != policy.crl_url(ROOT):
        return Step(RENEW, "the address of the CRL changed")
    if issuing.not_after - now < datetime.timedelta(days=policy.leaf_days) + SAFETY:
        return Step(RENEW, f"it ends on {issuing.not_after:%Y-%m-%d}")
    return Step()


def _plan_leaves(
    policy: Policy,
    requests: Iterable[Request],
    banned: frozenset[str],
    index: Index,
    issuing: Step,
    now: datetime.datetime,
) -> tuple[tuple[tuple[Request, str], ...], tuple[tuple[str, str], ...], list[str]]:
    """Decide each request: (to be issued, refused, faults)."""
    revoked_keys = {entry.key for entry in index.entries if entry.kind == LEAF and entry.revoked}
    issuer = None if issuing.action == NEW else index.newest(ISSUING)
    issue: list[tuple[Request, str]] = []
    refused: list[tuple[str, str]] = []
    faults: list[str] = []
    for request in requests:
        current = index.newest(LEAF, request.name)
        why = _leaf_reason(policy, request, current, issuer, now)
        hindrance = ""
        if request.name in banned:
            hindrance = "its name is revoked: take it off revoked, and give the host a new key"
        elif why and request.key in revoked_keys and not request.accept_revoked_key:
            hindrance = "its key is that of a revoked certificate: give the host a new key, or set accept_revoked_key"
        if hindrance and current is None:
            faults.append(f"{request.path} ({request.name}): {hindrance}")
        elif hindrance:
            refused.append((request.name, hindrance))
        elif why:
            issue.append((request, why))
    return tuple(issue), tuple(refused), faults


def _leaf_reason(policy: Policy, request: Request, current: Entry | None, issuer: Entry | None, now: datetime.datetime) -> str:
    """Why a request needs a certificate now, or nothing."""
    if current is None:
        return "first certificate"
    if current.revoked:
        return f"{serial_text(current.serial)} is revoked"
    if current.key != request.key:
        return "the key changed"
    if (current.dns, current.addresses) != (request.names.dns, request.names.address_texts()):
        return "the names changed"
    if issuer is None or current.issuer != issuer.key:
        return "the issuing CA changed"
    if current.crl_url != policy.crl_url(ISSUING):
        return "the address of the CRL changed"
    if (current.not_after - now) * 3 <= current.not_after - current.not_before:
        return f"it ends on {current.not_after:%Y-%m-%d}"
    return ""


def listed(index: Index, kind: str, issuer: str) -> tuple[Entry, ...]:
    """The certificates that the next CRL of an issuer holds.

    An expired one stays until it was on one CRL that was made after its end (RFC 5280 section 3.3).
    """
    last = index.crls.get(kind)
    since = last.this_update if last else datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)
    return tuple(e for e in index.entries if e.revoked and e.issuer == issuer and e.not_after >= since)


def _crl_reason(policy: Policy, kind: str, step: Step, index: Index, now: datetime.datetime) -> str:
    """Why the CRL of a CA must be made now, or nothing."""
    authority, crl = index.newest(kind), index.crls.get(kind)
    if step.action == NEW or authority is None or crl is None or crl.issuer != authority.key:
        return "there is none yet"
    if {entry.serial for entry in listed(index, kind, authority.key)} - set(crl.serials):
        return "a certificate was revoked"
    life = min(crl.next_update - crl.this_update, datetime.timedelta(days=policy.crl_days))
    if now >= crl.this_update + life / 3:
        return f"the present one ends on {crl.next_update:%Y-%m-%d}"
    return ""

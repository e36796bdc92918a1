# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Callable

from .certificate import Signer, make_authority, make_crl, make_leaf
from .index import ISSUING, ROOT, Entry, Index
from .key import PrivateKey, PublicKey, make_key
from .plan import KEEP, NEW, Plan, Step, listed
from .policy import Policy


@dataclass(frozen=True)
class Outcome:
    """What the CA has become, and the private keys it uses now, by key id (new ones are not on disk yet)."""

    index: Index
    keys: Mapping[str, PrivateKey]


def carry_out(
    plan: Plan,
    policy: Policy,
    index: Index,
    keys: Mapping[str, PrivateKey],
    public_keys: Mapping[str, PublicKey],
    now: datetime.datetime,
    draw: Callable[[], int],
) -> Outcome:
    """Do in memory what a plan says.

    C(keys): the CA's private keys by key id. C(public_keys): those of the requests. C(draw) gives random serials.
    """
    index = index.with_revoked(plan.revoke, now)
    root, index = _step(ROOT, plan.root, policy, index, keys, None, now, draw)
    issuing, index = _step(ISSUING, plan.issuing, policy, index, keys, root, now, draw)
    for request, _reason in plan.issue:
        serial = _fresh(draw, index)
        public_key = public_keys[request.key]
        index = index.with_entry(make_leaf(policy, request.name, request.names, public_key, issuing, serial, now))
    signers = {ROOT: root, ISSUING: issuing}
    for kind, _reason in plan.crls:
        revoked = listed(index, kind, signers[kind].entry.key)
        index = index.with_crl(kind, make_crl(policy, signers[kind], revoked, index.crls.get(kind), now))
    return Outcome(index, {signer.entry.key: signer.key for signer in signers.values()})


def _step(
    kind: str,
    step: Step,
    policy: Policy,
    index: Index,
    keys: Mapping[str, PrivateKey],
    signer: Signer | None,
    now: datetime.datetime,
    draw: Callable[[], int],
) -> tuple[Signer, Index]:
    present = index.newest(kind)
    if step.action == KEEP and present is not None:
        return Signer(present, keys[present.key]), index
    if step.action == NEW or present is None:
        key, generation = make_key(policy.key_type), present.generation + 1 if present else 1
    else:
        key, generation = keys[present.key], present.generation
    entry: Entry = make_authority(kind, policy, generation, key, signer, _fresh(draw, index), now)
    return Signer(entry, key), index.with_entry(entry)


def _fresh(draw: Callable[[], int], index: Index) -> int:
    """A serial that this CA has never used."""
    while True:
        serial = draw()
        if serial not in index.serials():
            return serial

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring what is served to what the settings ask for: at the first order, at renewals, with own files, after a killed run."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import doorway, records, zone_access
from .daemons import active, reload
from .memory import Memory, keep, recall
from .order import Workshop, origin_matches
from .pair import Pair, examine
from .refusal import CHECK, RELOAD, SETTINGS, Refusal
from .settings import Settings
from .tree import Tree

DAY = 86400.0
#: By which name the operator knows what L(examine) looks at.
ORIGINALS = {"certificate": "site_public_certificate.certificate", "key": "site_public_certificate.key"}


@dataclass
class Outcome:
    """What was done, or would be (C(predicted)); C(problems) is not empty when something is not as it should be."""

    predicted: bool = False
    actions: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    code: int = 0
    served: str = ""


@dataclass(frozen=True)
class Wish:
    """How a run is meant: C(check) only predicts, C(timer) waits after failures, C(force) orders what is not due."""

    now: datetime.datetime
    check: bool = False
    timer: bool = False
    force: bool = False


class Keeping:
    """One run over one tree."""

    def __init__(self, settings: Settings, wish: Wish, lock: int = -1) -> None:
        self.settings = settings
        self.wish = wish
        self.tree = Tree(settings.tree, settings.group)
        self.workshop = Workshop(settings, lock)
        self.outcome = Outcome(predicted=wish.check)
        self.memory = recall(settings.state)

    def run(self, given: Mapping[str, Any], way: str = "") -> Outcome:
        """Do what is due and tell the daemons; I(given) has what the role brings, I(way) is V(seed) or the method."""
        try:
            if not self.wish.check:
                self.tree.sweep()
                if self.tree.heal():
                    self.outcome.actions.append(
                        "what was served was not whole; the local CA's certificate is served in its place"
                    )
            WAYS[way or self.settings.method](self, given)
        except Refusal as refusal:
            self.outcome.problems += refusal.problems
            self.outcome.code = refusal.code
        self._tell()
        self.outcome.served = self.tree.served()
        return self.outcome

    # the methods

    def acme(self, _given: Mapping[str, Any]) -> None:
        """Serve the newest certificate of this account; order one when it is due."""
        best = self._best()
        if best is None or self.wish.force or self.wish.now >= best[1].renew_after:
            if self.wish.check:
                self._do(f"would order a certificate for {self.settings.name} at {self.settings.directory}: {self._reason(best)}")
                return
            best = self._order(best)
        self._serve(best[0])
        if not self.wish.check:
            self.tree.prune("acme")

    def files(self, given: Mapping[str, Any]) -> None:
        """Serve the operator's own; between runs of the role there is only their end to watch."""
        if "chain" not in given:
            self._watch()
            return
        pair = own(given, self.settings.name, self.wish.now)
        target = f"files/{pair.digest}"
        if not self._holds("files", pair):
            self._do(f"{self._would('install')} the certificate for {self.settings.name} that is valid until {_day(pair)}")
            if not self.wish.check:
                self.tree.install("files", pair)
        self._serve(target)
        if not self.wish.check:
            self.tree.prune("files")

    def seed(self, given: Mapping[str, Any]) -> None:
        """Have the local CA's certificate for the name at hand, and serve it when there is nothing else."""
        if self.wish.check and not (given.get("chain") and Path(given["key_path"]).exists()):
            self._do("would install the local CA's certificate when it has signed it")
            return
        pair = seed(given, self.settings.name, self.wish.now)
        target = f"seeds/{pair.digest}"
        if self.tree.served("seed") != target or not self._holds("seeds", pair):
            self._do(f"{self._would('install')} the local CA's certificate for {self.settings.name}")
            if not self.wish.check:
                self.tree.point(self.tree.install("seeds", pair), "seed")
        if not self.wish.check:
            self.tree.prune("seeds")
        if not self.tree.served():
            self._serve("seed")

    def local_ca(self, _given: Mapping[str, Any]) -> None:
        """Serve what the local CA has signed; the role keeps it up to date."""
        self._serve("seed")

    # their parts

    def _best(self) -> tuple[str, Pair] | None:
        """The latest valid pair of this account for these names; not the longest, for authorities shorten their lives."""
        for target in self.tree.all("acme"):
            try:
                chain, key, origin = self.tree.read(target)
            except OSError:
                continue
            pair, _problems = examine(chain, key, self.settings.name, self.wish.now)
            if pair and origin_matches(origin, self.settings) and self._holds("acme", pair):
                return target, pair
        return None

    def _holds(self, kind: str, pair: Pair) -> bool:
        try:
            return self.tree.holds(kind, pair)
        except Refusal:
            if self.wish.check:  # the group comes with packages that are not there yet
                return False
            raise

    def _reason(self, best: tuple[str, Pair] | None) -> str:
        if best is None:
            return "there is none from there that is valid"
        return "it was asked for" if self.wish.force else f"the present one expires on {_day(best[1])}"

    def _order(self, best: tuple[str, Pair] | None) -> tuple[str, Pair]:
        """Check, order, install; what fails is written down, and the timer comes back later."""
        moment = self.wish.now.timestamp()
        pair = self.workshop.leftover(self.wish.now)
        words = "taken up from an earlier run that was cut short"
        if pair is None or self.wish.now >= pair.renew_after or self.wish.force:
            words = f"ordered at {self.settings.directory}: {self._reason(best)}"
            if self.wish.timer and self.memory.waiting(moment):
                raise Refusal(self.memory.code, self.memory.lines())
            try:
                self._servers()
                pair = self.workshop.order(self.wish.now)
            except Refusal as refusal:
                lifetime = (best[1].not_after - best[1].not_before).total_seconds() if best else 90 * DAY
                self._remember(self.memory.failed(refusal, moment, lifetime))
                raise
        target = self.tree.install("acme", pair, self.settings.origin)
        self.workshop.clear()
        self._remember(self.memory.succeeded())
        self._do(f"a certificate for {self.settings.name}, valid until {_day(pair)}: {words}")
        return target, pair

    def _servers(self) -> None:
        """Look before every order, and remember whom lego may ask."""
        try:
            self.workshop.servers = tuple(self._look())
        except Refusal as refusal:
            raise Refusal(refusal.code, ["nothing was ordered:", *refusal.problems]) from None

    def _look(self) -> list[records.Server]:
        """Would the certificate authority find this server? Returns the zone's name servers; raises Refusal when it would not."""
        settings = self.settings
        servers = records.authoritative(settings.name, settings.zone, settings.authoritative)
        problems = records.address_problems(settings.name, settings.address, records.ask(servers, settings.name, "A"))
        if not problems and settings.challenge == "http-01":
            further = sorted({value for answer in records.ask(servers, settings.name, "AAAA") for value in answer.values})
            problems = doorway.problems(settings.name, [settings.address, *further], settings.webroot)
        elif not problems:
            problems = zone_access.problems(settings, servers)
        if problems:
            raise Refusal(CHECK, problems)
        return servers

    def _watch(self) -> None:
        """The end of the operator's own certificate, told in time."""
        served = self.tree.served()
        if not served.startswith("files/"):
            return
        chain, key, _origin = self.tree.read(served)
        pair, problems = examine(chain, key, self.settings.name, self.wish.now)
        if pair and self.wish.now >= pair.renew_after:
            problems = [f"certificate: expires on {_day(pair)}; get a new one and run the playbook"]
        if problems:
            raise Refusal(CHECK, by_their_names(problems))

    def _serve(self, target: str) -> None:
        if self.tree.served() == target:
            return
        if not self.wish.check:
            if not all((self.tree.root / target / name).is_file() for name in ("chain.pem", "key.pem")):
                raise Refusal(SETTINGS, [f"{self.tree.root}/{target} is not whole; run the role's entry point seed first"])
            self.tree.point(target)
        self._do(f"{self._would('serve')} {target}")

    def _tell(self) -> None:
        """Reload the daemons unless they have been told of just this pair; a run that was killed before is made good for."""
        served = self.tree.served()
        try:
            told = f"{served} {self.tree.digest(served)}" if served else ""
        except OSError:
            return
        if not told or told == self.memory.told:
            return
        if self.wish.check:
            self.outcome.actions += [f"would reload {unit}" for unit in active(self.settings.units)]
            return
        done, problems = reload(self.settings.units)
        self.outcome.actions += [f"reloaded {unit}" for unit in done]
        if problems:
            self.outcome.problems += problems
            self.outcome.code = self.outcome.code or RELOAD
        else:
            self._remember(replace(self.memory, told=told))

    def _remember(self, memory: Memory) -> None:
        self.memory = memory
        keep(self.settings.state, memory)

    def _would(self, verb: str) -> str:
        return f"would {verb}" if self.wish.check else f"{verb}{'d' if verb.endswith('e') else 'ed'}"

    def _do(self, action: str) -> None:
        self.outcome.actions.append(action)


WAYS = {"acme": Keeping.acme, "files": Keeping.files, "local_ca": Keeping.local_ca, "seed": Keeping.seed}


def own(given: Mapping[str, Any], name: str, now: datetime.datetime) -> Pair:
    """The operator's own pair; raises Refusal with all that is wrong with it, by the names the operator knows."""
    missing = [
        f"{part}: is required with the method files"
        for part, key in (("certificate", "chain"), ("key", "key"))
        if not given.get(key)
    ]
    if missing:
        raise Refusal(SETTINGS, by_their_names(missing))
    pair, problems = examine(str(given["chain"]).encode(), str(given["key"]).encode(), name, now)
    if pair is None:
        raise Refusal(SETTINGS, by_their_names(problems))
    return pair


def seed(given: Mapping[str, Any], name: str, now: datetime.datetime) -> Pair:
    """The local CA's pair, its key from a file of this host; raises Refusal."""
    try:
        key = Path(given["key_path"]).read_bytes()
    except OSError as error:
        raise Refusal(SETTINGS, [f"public_certificate_seed_key_path: {given['key_path']}: {error.strerror}"]) from None
    pair, problems = examine(str(given["chain"]).encode(), key, name, now)
    if pair is None:
        parts = {"certificate": "public_certificate_seed_chain", "key": "public_certificate_seed_key_path"}
        raise Refusal(SETTINGS, by_their_names(problems, parts))
    return pair


def by_their_names(problems: list[str], known: Mapping[str, str] | None = None) -> list[str]:
    parts = (problem.partition(":") for problem in problems)
    return [f"{(known or ORIGINALS)[head]}:{rest}" for head, _colon, rest in parts]


def _day(pair: Pair) -> str:
    return f"{pair.not_after:%Y-%m-%d %H:%M} UTC"

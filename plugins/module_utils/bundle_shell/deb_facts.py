# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of the debs in a cache: read once, kept by sum."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.bundle import deb_facts
from ansible_collections.onprem.chat.plugins.module_utils.bundle.control import Package
from ansible_collections.onprem.chat.plugins.module_utils.bundle.deb_facts import DebFacts
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError

from .deb import read_papers
from .files import write

# So many debs are read again at most after a build that was killed.
_BATCH = 100


def read_facts(package: Package, pool: Path) -> DebFacts:
    """Facts out of the deb itself."""
    papers = read_papers(pool / package.sha256, package.name, deb_facts.paper_names(package).values())
    return deb_facts.gather_facts(package, papers.files, papers.links)


def all_facts(packages: Iterable[Package], cache: Path, keep: bool) -> tuple[dict[str, DebFacts], int]:
    """Facts by sum, and how many debs were read for it, on all processors: almost all of the time goes into decompressing.

    What is known already comes from the cache; keep writes what is new into it.
    """
    store = cache / "deb-facts.json"
    wanted = {package.sha256: package for package in packages}
    known = _load(store)
    missing = [package for digest, package in wanted.items() if digest not in known]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {pool.submit(read_facts, package, cache / "pool"): package for package in missing}
        try:
            for count, job in enumerate(as_completed(jobs), 1):
                known[jobs[job].sha256] = job.result()
                if keep and (count % _BATCH == 0 or count == len(jobs)):
                    _save(store, known)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return {digest: known[digest] for digest in wanted}, len(missing)


def _load(store: Path) -> dict[str, DebFacts]:
    """What earlier builds found; nothing when that was another format or is damaged, as it can be read again."""
    try:
        data = json.loads(store.read_text(encoding="utf-8"))
        if data["format"] == deb_facts.FORMAT:
            return {digest: deb_facts.load_facts(facts) for digest, facts in data["facts"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, BundleError):
        return {}
    return {}


def _save(store: Path, known: Mapping[str, DebFacts]) -> None:
    facts = {digest: deb_facts.dump_facts(known[digest]) for digest in sorted(known)}
    write(store, json.dumps({"format": deb_facts.FORMAT, "facts": facts}, separators=(",", ":")) + "\n")

#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bundle consists of."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bundle_sbom
short_description: Write down what a bundle consists of, under which licences, and which holes it closes
version_added: 0.1.0
description:
  - Writes the bill of materials of a bundle (CycloneDX 1.6), a table of licences, and the CVEs that Debian's changelogs name
    between the newest bundle in O(dest) that consists of something else and this one.
  - Licences of Debian packages are those of their machine-readable copyright files, those of wheels, npm packages and collections
    are the ones that they give themselves, those of the operator's files the ones in C(operator.yml).
      Everything else is V(unknown), with the common licences that its text mentions.
  - Which holes are still open cannot be known here. The files say V(unknown) for that, and a scanner can be given the bill
    of materials on a connected machine.
  - Each deb is read once, on all processors. What was found is kept in O(cache).
author:
  - The onprem.chat maintainers (@onprem)
options:
  cache:
    description: The cache that M(onprem.chat.bundle_debian) filled.
    type: path
    required: true
  suites:
    description: Suites of the bundle, as collected with M(onprem.chat.bundle_debian).
    type: list
    elements: str
    required: true
  architectures:
    description: The hosts' architectures in Debian's words, as collected with M(onprem.chat.bundle_debian).
    type: list
    elements: str
    default: [amd64]
  files:
    description: What else is in the bundle, path there to path on this machine, as for M(onprem.chat.bundle_seal).
    type: dict
    required: true
  dest:
    description: Folder of the bundles. The newest one there that consists of something else is what the changelogs are compared with.
    type: path
    required: true
attributes:
  check_mode:
    support: full
    description: Tells whether a file would change. Debs that were never read are read, and forgotten.
  diff_mode:
    support: none
    description: The files are too long to be shown.
  idempotent:
    support: full
    description: The same debs, files and bundles give the same bytes, also when the newest bundle is just this one.
"""

EXAMPLES = r"""
- name: Write down what is in the bundle
  onprem.chat.bundle_sbom:
    cache: .cache/bundle
    suites: [bookworm, trixie]
    files:
      verify.sh: files/verify.sh
      web/converse.js-14.0.0.tgz: .cache/bundle/web/converse.js-14.0.0.tgz
    dest: bundles
"""

RETURN = r"""
files:
  description: What goes into the bundle as evidence, path there to path here, for M(onprem.chat.bundle_seal).
  returned: success
  type: dict
  sample: {"sbom/bundle.cdx.json": /root/.cache/onprem-chat/bundle/sbom/bundle.cdx.json}
summary:
  description: One line for people.
  returned: success
  type: str
  sample: "870 components, licences of 21 unknown; CVEs fixed since 2026112101 by the changelogs: 14, open ones: unknown"
components:
  description: Number of components.
  returned: success, but not in check mode when parts are still to come
  type: int
licences_unknown:
  description: Number of components of which no licence is known.
  returned: success, but not in check mode when parts are still to come
  type: int
cves_fixed:
  description: Number of CVEs that are named. Nothing when there was no bundle to compare with.
  returned: success, but not in check mode when parts are still to come
  type: int
base:
  description: Serial of the bundle that was compared with. Nothing when there was none.
  returned: success, but not in check mode when parts are still to come
  type: int
debs_read:
  description: Number of debs that were not known from an earlier run.
  returned: success, but not in check mode when parts are still to come
  type: int
"""

from collections.abc import Iterator
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.onprem.chat.plugins.module_utils.bundle import repository, sbom
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_root import root_name
from ansible_collections.onprem.chat.plugins.module_utils.bundle.control import Package, parse_index
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.evidence import (
    PLACES,
    Base,
    Part,
    compute_components,
    compute_evidence,
)
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import NAME as MANIFEST
from ansible_collections.onprem.chat.plugins.module_utils.bundle.operator_files import UNKNOWN, parse_promises
from ansible_collections.onprem.chat.plugins.module_utils.bundle.parts import OPERATOR_LIST
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.archives import component_of
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.cache import only_build
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.deb_facts import all_facts
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import write


def read_index(path: Path) -> tuple[Package, ...]:
    """The packages of an index."""
    return tuple(parse_index(path.read_text(encoding="utf-8")))


def operator_licences(path: Path) -> dict[str, str]:
    """Licences by file name, out of the list that bundle_operator wrote."""
    promises = parse_promises(yaml_load(path.read_text(encoding="utf-8")))
    return {promise.name: promise.licence for promise in promises if promise.licence != UNKNOWN}


class Gatherer:
    """One call of the module."""

    def __init__(self, module: AnsibleModule) -> None:
        self.keep, self.params = not module.check_mode, module.params
        self.cache = Path(self.params["cache"]).absolute()
        self.files = {place: self.cache / place for place in PLACES}
        suites, architectures = sorted(self.params["suites"]), sorted(self.params["architectures"])
        self.parts = [(suite, name) for suite in suites for name in architectures]

    def index(self, suite: str, architecture: str) -> Path:
        """The index of what was collected."""
        return self.cache / "apt" / root_name(suite, architecture) / "Packages"

    def base(self, own: str) -> Base | None:
        """The newest finished bundle that does not consist of just the same (own, its bill of materials)."""
        found = {path.name.partition("-")[2]: path for path in Path(self.params["dest"]).absolute().glob("bundle-*")}
        whole = {int(name): path for name, path in found.items() if name.isdigit() and (path / MANIFEST).is_file()}
        for serial, folder in sorted(whole.items(), reverse=True):
            if not (folder / sbom.NAME).is_file() or (folder / sbom.NAME).read_text(encoding="utf-8") != own:
                return Base(serial, dict(self.before(folder)))
        return None

    def before(self, folder: Path) -> Iterator[tuple[str, tuple[Package, ...]]]:
        """What a bundle has of our parts."""
        for suite, architecture in self.parts:
            path = folder / "debian/dists" / suite / repository.index_folder(architecture) / "Packages"
            if path.is_file():
                yield Part(suite, architecture, ()).title, read_index(path)

    def part(self, suite: str, architecture: str) -> Part:
        """What is collected of a suite and architecture."""
        index = self.index(suite, architecture)
        if not index.is_file():
            raise BundleError(f"{suite} {architecture}: was not collected into {self.cache}; run bundle_debian for it first")
        return Part(suite, architecture, read_index(index))

    def nothing_yet(self) -> bool:
        """In check mode the parts may be still to come."""
        indexes = [self.index(suite, architecture) for suite, architecture in self.parts]
        if not all(path.is_file() for path in [*indexes, *map(Path, self.params["files"].values())]):
            return True
        return not all((self.cache / "pool" / package.sha256).is_file() for path in indexes for package in read_index(path))

    def gather(self) -> dict:
        """Write what changed; the result of the module."""
        result = {"files": {place: str(path) for place, path in self.files.items()}}
        if not self.keep and self.nothing_yet():
            return {"changed": True, "summary": "not everything is collected yet", **result}
        parts = [self.part(suite, architecture) for suite, architecture in self.parts]
        facts, debs_read = all_facts([package for part in parts for package in part.packages], self.cache, self.keep)
        given = {place: Path(path) for place, path in sorted(self.params["files"].items())}
        licences = operator_licences(given[OPERATOR_LIST]) if OPERATOR_LIST in given else {}
        found = [component_of(place, path, licences) for place, path in given.items()]
        components = compute_components(parts, facts, [component for component in found if component])
        evidence = compute_evidence(components, parts, facts, self.base(sbom.render_sbom(components)))
        changed = [place for place, text in evidence.texts.items() if self.put(self.files[place], text)]
        numbers = {name: getattr(evidence, name) for name in ("components", "licences_unknown", "cves_fixed", "base", "summary")}
        return {"changed": bool(changed), "debs_read": debs_read, **numbers, **result}

    def put(self, path: Path, text: str) -> bool:
        """Write a file unless it is there already or this is check mode; tells whether it had to be."""
        if self.keep:
            return write(path, text)
        return not path.is_file() or path.read_text(encoding="utf-8") != text


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "cache": {"type": "path", "required": True},
            "suites": {"type": "list", "elements": "str", "required": True},
            "architectures": {"type": "list", "elements": "str", "default": ["amd64"]},
            "files": {"type": "dict", "required": True},
            "dest": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        with only_build(Path(module.params["cache"]).absolute()):
            result = Gatherer(module).gather()
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()

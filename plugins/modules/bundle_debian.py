#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages for a bundle."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bundle_debian
short_description: Collect Debian packages with everything they need for one suite
version_added: 0.1.0
description:
  - Solves a list of packages against an empty machine of the wanted suite, adds the packages that are bound to the solution by
    an exact version and that a server may already have, and downloads what is not in the cache yet.
  - Works in an isolated apt root below O(cache). The machine's own package lists, sources and settings are left alone and need
    not be of the same release. Only the way to fetch (proxies, credentials) is taken from the machine's apt configuration.
    Needs no root.
  - Every package is held against the sum in Debian's signed index, by apt on download and by this module on every run.
author:
  - The onprem.chat maintainers (@onprem)
requirements:
  - apt, gpgv, debian-archive-keyring
  - dose-debcheck (package dose-distcheck) unless O(debcheck=false)
options:
  suite:
    description: The Debian release to collect for.
    type: str
    required: true
    choices: [bookworm, trixie]
  packages:
    description: Names of the packages that hosts will install.
    type: list
    elements: str
    required: true
  cache:
    description: Folder that keeps indexes and downloads from run to run.
    type: path
    required: true
  architecture:
    description: The hosts' architecture in Debian's words.
    type: str
    default: amd64
  backports:
    description: Packages, as names or patterns of C(apt_preferences), that come from the suite's backports. Nothing else does.
    type: list
    elements: str
    default: []
  pockets:
    description: Parts of the suite that packages come from. V(release) alone gives an older state, as it was at the last point release.
    type: list
    elements: str
    choices: [release, updates, security]
    default: [release, updates, security]
  archive_mirror:
    description: URI of the Debian archive. Empty takes the one that this machine's apt uses.
    type: str
    default: ""
  security_mirror:
    description: URI of Debian's security updates. Empty takes the one that this machine's apt uses.
    type: str
    default: ""
  keyring:
    description: The keys that Debian's indexes must be signed with.
    type: path
    default: /usr/share/keyrings/debian-archive-keyring.gpg
  debcheck:
    description: Prove with C(dose-debcheck) that every package of the solution is installable from the solution alone.
    type: bool
    default: true
attributes:
  check_mode:
    support: partial
    description: Tells whether packages would be downloaded and downloads none.
    details: Indexes are refreshed in the cache, since nothing can be said without them.
  diff_mode:
    support: none
    description: There is no earlier state to compare with.
  idempotent:
    support: full
    description: Changed only when packages were downloaded or the solution differs from the last one.
seealso:
  - module: onprem.chat.bundle_seal
"""

EXAMPLES = r"""
- name: Collect the packages for Debian 12
  onprem.chat.bundle_debian:
    suite: bookworm
    packages: [chrony, ejabberd, nginx-light]
    backports: [ejabberd, erlang-*]
    cache: .cache/bundle
"""

RETURN = r"""
index:
  description: The index of what was collected, as it goes into the bundle.
  returned: success
  type: str
packages:
  description: Number of packages, siblings included.
  returned: success
  type: int
siblings:
  description: Number of packages that travel only because they are bound to the solution by an exact version.
  returned: when the packages had to be worked out anew
  type: int
size:
  description: Bytes of all packages together.
  returned: success
  type: int
downloaded:
  description: Number of packages that the cache did not have.
  returned: success
  type: int
current:
  description: Whether there was nothing to do but to look, so that another call would be in vain.
  returned: success
  type: bool
download_size:
  description: Bytes of the packages that the cache did not have.
  returned: success
  type: int
"""

import os
import shutil
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.bundle import lockstep
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_root import (
    POCKETS,
    AptRoot,
    parse_mirrors,
    root_name,
    wanted_names,
)
from ansible_collections.onprem.chat.plugins.module_utils.bundle.control import Package, parse_index, pinning
from ansible_collections.onprem.chat.plugins.module_utils.bundle.descriptor import content_digest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.repository import render_packages
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.apt import Apt
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.cache import fetching, only_build, require_room
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import sha256, write


def apt_root(module: AnsibleModule) -> AptRoot:
    """The isolated root of this suite, with the machine's mirrors."""
    params = module.params
    code, targets, _err = module.run_command(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"]
    )
    mirrors = parse_mirrors(targets if code == 0 else "", params["archive_mirror"], params["security_mirror"])
    if not os.access(params["keyring"], os.R_OK):
        raise BundleError(f"offline_bundle_keyring: {params['keyring']} is not there; install debian-archive-keyring")
    return AptRoot(
        path=str(Path(params["cache"]).absolute() / "apt" / root_name(params["suite"], params["architecture"])),
        suite=params["suite"],
        architecture=params["architecture"],
        mirrors=mirrors,
        keyring=params["keyring"],
        backports=tuple(params["backports"]),
        pockets=tuple(params["pockets"]),
    )


def solution(apt: Apt, packages: list[str]) -> tuple[list[Package], list[Package]]:
    """The closure of the packages, and its siblings."""
    solved = apt.solve(wanted_names(packages))
    everything = apt.index()
    pairs = {(step.name, step.after or "") for step in solved.installs}
    closure = {package.name: package for package in parse_index(everything, pairs)}
    lost = sorted(name for name, _version in pairs if name not in closure)
    if lost:
        raise BundleError(f"the indexes hold no {', '.join(lost)} that apt chose; run again")
    return [closure[name] for name in sorted(closure)], lockstep.siblings(closure, pinning(everything, closure))


def fetch(apt: Apt, packages: list[Package], pool: Path) -> None:
    """Download what the pool lacks or has damaged; packages lie there under their sums."""
    missing = {p.sha256: p for p in packages if not is_whole(pool / p.sha256, p)}
    require_room(pool, sum(p.size for p in missing.values()))

    def take(path: Path) -> None:
        digest = sha256(path)
        if digest in missing:
            path.chmod(0o644)
            path.replace(pool / digest)

    with fetching(pool, take) as folder:
        wanted = [p for p in missing.values() if not is_whole(pool / p.sha256, p)]
        names = [p.name if p.architecture == "all" else f"{p.name}:{p.architecture}" for p in wanted]
        apt.download([f"{name}={p.version}" for name, p in zip(names, wanted)], folder)
    failed = [p.name for p in missing.values() if not is_whole(pool / p.sha256, p)]
    if failed:
        raise BundleError(f"{', '.join(failed)}: not what Debian's index promises; run again, or look at the proxy in between")


def is_whole(path: Path, package: Package) -> bool:
    """Whether a file of the pool is this package, to the last bit."""
    return path.is_file() and path.stat().st_size == package.size and sha256(path) == package.sha256


def prove(module: AnsibleModule, index: str) -> None:
    """Let dose-debcheck say whether every package of the closure can be installed from it."""
    if not shutil.which("dose-debcheck"):
        raise BundleError("dose-debcheck is not installed; install dose-distcheck, or set offline_bundle_debcheck to false")
    with tempfile.NamedTemporaryFile("w", suffix="-Packages") as stream:
        stream.write(index)
        stream.flush()
        code, out, err = module.run_command(
            ["dose-debcheck", "--failures", "--explain", f"--deb-native-arch={module.params['architecture']}", stream.name]
        )
    if code:
        reasons = " ".join((out or err).split())[:600]
        raise BundleError(f"the packages for {module.params['suite']} cannot all be installed from the bundle alone: {reasons}")


def collect(module: AnsibleModule) -> dict:
    """Solve, prove, download; the result of the module."""
    wanted = "\n".join(wanted_names(module.params["packages"])) + "\n"
    root = apt_root(module)
    apt = Apt(module.run_command, root)
    apt.prepare()
    apt.update()
    kept, reason = Path(root.path) / "Packages", Path(root.path) / "solved-for"
    # The same question to the same indexes has the same answer, and asking takes most of the time.
    question = content_digest(
        {
            "packages": sorted(module.params["packages"]),
            "indexes": apt.state(),
            "rules": lockstep.RULES,
            "pins": root.preferences(),
            "proven": module.params["debcheck"],
        }
    )
    extra: int | None = None
    requested = Path(root.path) / "requested"
    before = kept.read_text(encoding="utf-8") if kept.is_file() else ""
    known = bool(before) and requested.is_file() and reason.is_file() and reason.read_text() == question
    if known:
        index = before
    else:
        closure, travelling = solution(apt, module.params["packages"])
        if module.params["debcheck"]:
            prove(module, render_packages(root.suite, closure))
        index, extra = render_packages(root.suite, closure + travelling), len(travelling)
    packages = parse_index(index)
    result = {"index": str(kept), "packages": len(packages), "size": sum(p.size for p in packages)}
    pool = Path(module.params["cache"]).absolute() / "pool"
    lacking = [package.size for package in packages if not is_whole(pool / package.sha256, package)]
    result.update(current=known and not lacking, downloaded=len(lacking), download_size=sum(lacking))
    if not module.check_mode:
        if lacking:
            fetch(apt, packages, pool)
        write(kept, index)
        write(reason, question)
        write(requested, wanted)
    if extra is not None:
        result["siblings"] = extra
    return {"changed": before != index or bool(result["downloaded"]), **result}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "suite": {"type": "str", "required": True, "choices": ["bookworm", "trixie"]},
            "packages": {"type": "list", "elements": "str", "required": True},
            "cache": {"type": "path", "required": True},
            "architecture": {"type": "str", "default": "amd64"},
            "backports": {"type": "list", "elements": "str", "default": []},
            "pockets": {"type": "list", "elements": "str", "choices": list(POCKETS), "default": list(POCKETS)},
            "archive_mirror": {"type": "str", "default": ""},
            "security_mirror": {"type": "str", "default": ""},
            "keyring": {"type": "path", "default": "/usr/share/keyrings/debian-archive-keyring.gpg", "no_log": False},
            "debcheck": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    try:
        with only_build(Path(module.params["cache"]).absolute()):
            result = collect(module)
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()

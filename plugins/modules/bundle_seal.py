#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle out of its parts."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bundle_seal
short_description: Put a bundle together and sign it
version_added: 0.1.0
description:
  - Writes O(dest)V(/bundle-SERIAL) with an apt repository for each suite, what the other collectors found, C(BUNDLE.json)
    and, last, the manifest and its signatures. Points O(dest)V(/latest) at it.
  - When the newest bundle in O(dest) is whole and holds just what a new one would hold, it is kept and nothing changes.
  - The same inputs, O(epoch) and O(serial) give the same bytes.
author:
  - The onprem.chat maintainers (@onprem)
options:
  dest:
    description: Folder of the bundles.
    type: path
    required: true
  cache:
    description: The cache that M(onprem.chat.bundle_debian) filled.
    type: path
    required: true
  suites:
    description: Suites to put in, as collected with M(onprem.chat.bundle_debian).
    type: list
    elements: str
    required: true
  architectures:
    description: The hosts' architectures in Debian's words, as collected with M(onprem.chat.bundle_debian).
    type: list
    elements: str
    default: [amd64]
  files:
    description:
      - What else is in the bundle, path there to path on this machine. A change of it makes a new bundle.
      - V(verify.sh) has to be among them. Scripts at the top (V(*.sh)) can be run, everything else is for reading.
    type: dict
    required: true
  evidence:
    description:
      - What is told about the content (where it is from, what it consists of), path there to path on this machine.
      - The manifest covers it too, but a change of it alone makes no new bundle.
    type: dict
    default: {}
  key:
    description: The operator's SSH private key, as made by M(onprem.chat.bundle_keys), with its V(.pgp) and V(.apt) beside it.
    type: path
    required: true
  removal_allowlist:
    description: Packages that may be removed from a host when the bundle's are installed.
    type: list
    elements: str
    default: []
  epoch:
    description: The time that the bundle says it was made at, in seconds since 1970. Not given, it is now.
    type: int
  serial:
    description: The serial, V(YYYYMMDDNN). Not given, it is the next one of the epoch's day, above all in O(dest).
    type: str
attributes:
  check_mode:
    support: full
    description: Tells whether a bundle would be made.
  diff_mode:
    support: none
    description: A bundle is far too large to be shown.
  idempotent:
    support: full
    description: Unchanged inputs leave the newest bundle as it is.
"""

EXAMPLES = r"""
- name: Put the bundle together
  onprem.chat.bundle_seal:
    dest: bundles
    cache: .cache/bundle
    suites: [bookworm, trixie]
    files:
      verify.sh: files/verify.sh
      web/converse.js-14.0.0.tgz: .cache/bundle/web/converse.js-14.0.0.tgz
    key: "{{ ansible_facts.env.HOME }}/.config/onprem-chat/bundle-key"
"""

RETURN = r"""
bundle:
  description: The bundle's folder.
  returned: success
  type: str
serial:
  description: Its serial.
  returned: success
  type: int
bytes:
  description: Size of all its files together.
  returned: success, but not in check mode when a bundle would be made
  type: int
files:
  description: Number of its files.
  returned: success, but not in check mode when a bundle would be made
  type: int
"""

import errno
import lzma
import shutil
import time
from contextlib import suppress
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.bundle import descriptor as about
from ansible_collections.onprem.chat.plugins.module_utils.bundle import manifest, parts, repository
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_root import RELEASES, root_name
from ansible_collections.onprem.chat.plugins.module_utils.bundle.control import parse_index
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.serial import next_serial, parse_serial
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.cache import only_build, require_room
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import place, sha256, sync_tree, write
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.openpgp import BORN, OpenPgp
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.verify import check_bundle

APT_KEY = "keys/apt.asc"


class Index:
    """What was collected for one suite and architecture."""

    def __init__(self, cache: Path, suite: str, architecture: str) -> None:
        folder = cache / "apt" / root_name(suite, architecture)
        if suite not in RELEASES or not (folder / "Packages").is_file():
            raise BundleError(f"{suite}: was not collected into {cache} for {architecture}; run bundle_debian for it first")
        self.text = (folder / "Packages").read_text(encoding="utf-8")
        self.packages = parse_index(self.text)
        self.requested = (folder / "requested").read_text(encoding="utf-8").split()

    def part(self) -> about.ArchitecturePart:
        """Its line in BUNDLE.json."""
        size, installed = sum(p.size for p in self.packages), sum(p.installed_size for p in self.packages)
        return about.ArchitecturePart(tuple(self.requested), len(self.packages), size, installed)


class Sealer:
    """One call of the module."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.dest = Path(self.params["dest"]).absolute()
        self.cache = Path(self.params["cache"]).absolute()
        self.key = Path(self.params["key"])
        parts.check_parts(self.params["files"], self.params["evidence"])
        self.files = {path: Path(self.params["files"][path]) for path in sorted(self.params["files"])}
        self.evidence = {path: Path(self.params["evidence"][path]) for path in sorted(self.params["evidence"])}
        suites, architectures = sorted(self.params["suites"]), sorted(self.params["architectures"])
        self.indexes = {suite: {name: Index(self.cache, suite, name) for name in architectures} for suite in suites}
        with OpenPgp(module.run_command) as gpg:
            gpg.load(Path(f"{self.key}.apt").read_text())
            self.apt_public, self.apt_fingerprint = gpg.public(), gpg.fingerprint()

    def content(self) -> str:
        """One sum over everything that would be in the bundle, evidence apart."""
        held = [(suite, name, index) for suite, names in self.indexes.items() for name, index in names.items()]
        return about.content_digest(
            {
                "format": about.FORMAT,
                "suites": {f"{suite} {name}": {p.file_name: p.sha256 for p in index.packages} for suite, name, index in held},
                "requested": {f"{suite} {name}": index.requested for suite, name, index in held},
                "files": {name: sha256(path) for name, path in self.files.items()},
                "removals": sorted(self.params["removal_allowlist"]),
                "keys": [self.apt_fingerprint, Path(f"{self.key}.signers").read_text()],
            }
        )

    def bundles(self) -> dict[int, Path]:
        """The finished bundles in the destination, by serial."""
        found = {}
        for path in self.dest.glob("bundle-*"):
            number = path.name.partition("-")[2]
            if path.is_dir() and (path / manifest.NAME).is_file() and number.isdigit():
                found[int(number)] = path
        return found

    def is_current(self, path: Path, content: str) -> bool:
        """Whether a bundle is whole and holds just this content."""
        try:
            if about.parse_descriptor((path / about.NAME).read_text()).content != content:
                return False
        except (BundleError, OSError):
            return False
        verifier, signers = self.files[parts.VERIFIER].read_text(), Path(f"{self.key}.signers").read_text()
        try:
            check_bundle(self.module.run_command, path, verifier, signers)
        except (BundleError, OSError):
            return False
        return True

    def build(self, folder: Path, descriptor: about.Descriptor) -> None:
        """Everything but the manifest, into an empty folder."""
        for suite, indexes in self.indexes.items():
            debs = {repository.pool_path(suite, p): p.sha256 for index in indexes.values() for p in index.packages}
            for path, digest in debs.items():
                place(self.cache / "pool" / digest, folder / "debian" / path)
            self._dists(folder / "debian/dists" / suite, suite, descriptor.epoch)
        for name, path in {**self.files, **self.evidence}.items():
            place(path, folder / name, parts.mode(name))
        write(folder / APT_KEY, self.apt_public)
        write(folder / about.NAME, about.render_descriptor(descriptor))

    def _dists(self, folder: Path, suite: str, epoch: int) -> None:
        indexes = {}
        for name, index in self.indexes[suite].items():
            plain = f"{repository.index_folder(name)}/Packages"
            indexes.update({plain: index.text.encode(), f"{plain}.xz": lzma.compress(index.text.encode())})
        for path, data in indexes.items():
            write(folder / path, data)
            write(folder / repository.by_hash(path, data), data)
        release = repository.render_release(suite, self.indexes[suite], epoch, indexes)
        with OpenPgp(self.module.run_command) as gpg:
            gpg.load(Path(f"{self.key}.apt").read_text())
            write(folder / "InRelease", gpg.clear_sign(release, epoch))

    def describe(self, serial: int, epoch: int, content: str) -> about.Descriptor:
        """BUNDLE.json of the bundle to be made."""
        suites = {
            suite: about.SuitePart(RELEASES[suite], {name: index.part() for name, index in indexes.items()})
            for suite, indexes in self.indexes.items()
        }
        operator = [(name, self.files[f"operator/{name}"]) for name in parts.below("operator", self.files)]
        return about.Descriptor(
            serial,
            epoch,
            content,
            suites,
            self.apt_fingerprint,
            web={name: sha256(self.files[f"web/{name}"]) for name in parts.below("web", self.files)},
            removal_allowlist=tuple(sorted(self.params["removal_allowlist"])),
            base_serial=max((known for known in self.bundles() if known < serial), default=None),
            python=parts.python_versions(self.files),
            collections=tuple(parts.below("collections", self.files)),
            operator=tuple(
                about.OperatorFile(name, path.stat().st_size, sha256(path))
                for name, path in operator
                if f"operator/{name}" != parts.OPERATOR_LIST
            ),
        )

    def sign(self, folder: Path, epoch: int) -> None:
        """The manifest and its signatures, last of all."""
        sums = {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}
        text = manifest.render_manifest(sums)
        write(folder / manifest.NAME, text)
        command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.key), "-n", manifest.NAMESPACE]
        code, out, err = self.module.run_command(command, data=text, binary_data=True)
        if code:
            raise BundleError(f"{self.key}: could not sign ({err.strip()}); a key with a passphrase has to be in the ssh agent")
        write(folder / manifest.SIGNATURES[0], out)
        with OpenPgp(self.module.run_command) as gpg:
            gpg.load(Path(f"{self.key}.pgp").read_text())
            write(folder / manifest.SIGNATURES[1], gpg.detach_sign(text, epoch))

    def seal(self) -> dict:
        """Keep the newest bundle or make a new one; the result of the module."""
        known = self.bundles()
        newest = max(known, default=None)
        content = self.content()
        if newest is not None and self.is_current(known[newest], content):
            return {"changed": self._point(known[newest]), **self._facts(newest, known[newest])}
        epoch = self.params["epoch"] if self.params["epoch"] is not None else self._now(known.get(newest or 0))
        serial = parse_serial(self.params["serial"]) if self.params["serial"] else next_serial(newest, epoch)
        final = self.dest / f"bundle-{serial}"
        if self.module.check_mode:
            return {"changed": True, "bundle": str(final), "serial": serial}
        if final.exists():
            raise BundleError(f"{final}: is there already with other content; choose a higher serial")
        self.dest.mkdir(parents=True, exist_ok=True)
        folder = self.dest / ".building"
        shutil.rmtree(folder, ignore_errors=True)  # of a build that was killed
        require_room(self.dest, self._size())
        try:
            self.build(folder, self.describe(serial, epoch, content))
            self.sign(folder, epoch)
            sync_tree(folder)
            folder.replace(final)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise BundleError(f"{self.dest}: the disk is full; make room, then run again") from error
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._point(final)
        return {"changed": True, **self._facts(serial, final)}

    def _size(self) -> int:
        debs = {p.sha256: p.size for indexes in self.indexes.values() for index in indexes.values() for p in index.packages}
        return sum(debs.values()) + sum(path.stat().st_size for path in [*self.files.values(), *self.evidence.values()])

    @staticmethod
    def _now(newest: Path | None) -> int:
        """The time, unless the clock is wrong for certain: hosts take it for the time that the bundle was made at."""
        now, least = int(time.time()), BORN
        with suppress(BundleError, OSError):
            if newest is not None:
                least = about.parse_descriptor((newest / about.NAME).read_text()).epoch
        if now < least:
            said = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
            raise BundleError(
                f"this machine's clock says {said}, before {newest.name if newest else 'keys'} was made; set the clock"
            )
        return now

    def _point(self, bundle: Path) -> bool:
        link = self.dest / "latest"
        if link.is_symlink() and link.readlink() == Path(bundle.name):
            return False
        if not self.module.check_mode:
            temporary = self.dest / ".latest"
            temporary.unlink(missing_ok=True)
            try:
                temporary.symlink_to(bundle.name)
            except PermissionError:
                return False  # a stick's file system may know no links; the highest serial counts there
            temporary.replace(link)
        return True

    @staticmethod
    def _facts(serial: int, path: Path) -> dict:
        sizes = [entry.stat().st_size for entry in path.rglob("*") if entry.is_file()]
        return {"bundle": str(path), "serial": serial, "bytes": sum(sizes), "files": len(sizes)}


def nothing_yet(params: dict) -> bool:
    """In check mode the parts may be still to come."""
    needed = [Path(f"{params['key']}.apt"), *(Path(path) for path in [*params["files"].values(), *params["evidence"].values()])]
    roots = [root_name(suite, name) for suite in params["suites"] for name in params["architectures"]]
    needed += [Path(params["cache"]) / "apt" / root / "Packages" for root in roots]
    return not all(path.is_file() for path in needed)


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "dest": {"type": "path", "required": True},
            "cache": {"type": "path", "required": True},
            "suites": {"type": "list", "elements": "str", "required": True},
            "architectures": {"type": "list", "elements": "str", "default": ["amd64"]},
            "files": {"type": "dict", "required": True},
            "evidence": {"type": "dict", "default": {}},
            "key": {"type": "path", "required": True, "no_log": False},
            "removal_allowlist": {"type": "list", "elements": "str", "default": []},
            "epoch": {"type": "int"},
            "serial": {"type": "str"},
        },
        supports_check_mode=True,
    )
    try:
        if module.check_mode and nothing_yet(module.params):
            module.exit_json(changed=True, bundle=module.params["dest"], serial=0)
        with only_build(Path(module.params["cache"]).absolute()):
            result = Sealer(module).seal()
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()

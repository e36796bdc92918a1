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
  - Writes O(dest)V(/bundle-SERIAL) with an apt repository for each suite, the web client, C(BUNDLE.json), C(verify.sh) and,
    last, the manifest and its signatures. Points O(dest)V(/latest) at it.
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
  architecture:
    description: The hosts' architecture in Debian's words.
    type: str
    default: amd64
  web:
    description: Archives for C(web/).
    type: list
    elements: path
    default: []
  verifier:
    description: The C(verify.sh) to put in.
    type: path
    required: true
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
    web: [.cache/bundle/web/converse.js-14.0.0.tgz]
    verifier: files/verify.sh
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

import lzma
import shutil
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.bundle import descriptor as about
from ansible_collections.onprem.chat.plugins.module_utils.bundle import manifest, repository
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_root import RELEASES
from ansible_collections.onprem.chat.plugins.module_utils.bundle.control import Package, parse_index
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.serial import next_serial, parse_serial
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import place, sha256, sync_tree, write
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.openpgp import OpenPgp

APT_KEY = "keys/apt.asc"


class Sealer:
    """One call of the module."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.dest = Path(self.params["dest"]).absolute()
        self.cache = Path(self.params["cache"]).absolute()
        self.key = Path(self.params["key"])
        self.web = {Path(path).name: Path(path) for path in self.params["web"]}
        self.indexes = {suite: self._index(suite) for suite in sorted(self.params["suites"])}
        self.requested = {suite: (self.cache / "apt" / suite / "requested").read_text().split() for suite in self.indexes}
        with OpenPgp(module.run_command) as gpg:
            gpg.load(Path(f"{self.key}.apt").read_text())
            self.apt_public, self.apt_fingerprint = gpg.public(), gpg.fingerprint()

    def _index(self, suite: str) -> tuple[str, list[Package]]:
        path = self.cache / "apt" / suite / "Packages"
        if suite not in RELEASES or not path.is_file():
            raise BundleError(f"{suite}: was not collected into {self.cache}; run bundle_debian for it first")
        text = path.read_text(encoding="utf-8")
        return text, parse_index(text)

    def content(self) -> str:
        """One sum over everything that would be in the bundle."""
        return about.content_digest(
            {
                "format": about.FORMAT,
                "suites": {suite: {p.file_name: p.sha256 for p in packages} for suite, (_text, packages) in self.indexes.items()},
                "requested": self.requested,
                "web": {name: sha256(path) for name, path in self.web.items()},
                "verifier": sha256(Path(self.params["verifier"])),
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
        command = ["sh", self.params["verifier"], "--signers", f"{self.key}.signers", str(path)]
        return self.module.run_command(command)[0] == 0

    def build(self, folder: Path, serial: int, epoch: int, content: str) -> None:
        """Everything but the manifest, into an empty folder."""
        for suite, (text, packages) in self.indexes.items():
            for package in packages:
                place(self.cache / "pool" / package.sha256, folder / "debian" / repository.pool_path(suite, package))
            self._dists(folder / "debian/dists" / suite, suite, text, epoch)
        for name, path in self.web.items():
            place(path, folder / "web" / name)
        write(folder / APT_KEY, self.apt_public)
        place(Path(self.params["verifier"]), folder / "verify.sh", 0o755)
        write(folder / about.NAME, about.render_descriptor(self._descriptor(folder, serial, epoch, content)))

    def _dists(self, folder: Path, suite: str, text: str, epoch: int) -> None:
        plain = f"{repository.index_folder(self.params['architecture'])}/Packages"
        indexes = {plain: text.encode(), f"{plain}.xz": lzma.compress(text.encode())}
        for path, data in indexes.items():
            write(folder / path, data)
            write(folder / repository.by_hash(path, data), data)
        release = repository.render_release(suite, self.params["architecture"], epoch, indexes)
        with OpenPgp(self.module.run_command) as gpg:
            gpg.load(Path(f"{self.key}.apt").read_text())
            write(folder / "InRelease", gpg.clear_sign(release, epoch))

    def _descriptor(self, folder: Path, serial: int, epoch: int, content: str) -> about.Descriptor:
        suites = {
            suite: about.SuitePart(
                RELEASES[suite],
                self.params["architecture"],
                tuple(self.requested[suite]),
                len(packages),
                sum(p.size for p in packages),
                sum(p.installed_size for p in packages),
            )
            for suite, (_text, packages) in self.indexes.items()
        }
        web = {name: sha256(folder / "web" / name) for name in sorted(self.web)}
        return about.Descriptor(
            serial, epoch, content, suites, self.apt_fingerprint, web, tuple(sorted(self.params["removal_allowlist"]))
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
        epoch = self.params["epoch"] if self.params["epoch"] is not None else int(time.time())
        serial = parse_serial(self.params["serial"]) if self.params["serial"] else next_serial(newest, epoch)
        final = self.dest / f"bundle-{serial}"
        if self.module.check_mode:
            return {"changed": True, "bundle": str(final), "serial": serial}
        if final.exists():
            raise BundleError(f"{final}: is there already with other content; choose a higher serial")
        self.dest.mkdir(parents=True, exist_ok=True)
        folder = self.dest / ".building"
        shutil.rmtree(folder, ignore_errors=True)
        self.build(folder, serial, epoch, content)
        self.sign(folder, epoch)
        sync_tree(folder)
        folder.replace(final)
        self._point(final)
        return {"changed": True, **self._facts(serial, final)}

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
    parts = [Path(f"{params['key']}.apt"), *(Path(path) for path in params["web"])]
    parts += [Path(params["cache"]) / "apt" / suite / "Packages" for suite in params["suites"]]
    return not all(path.is_file() for path in parts)


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "dest": {"type": "path", "required": True},
            "cache": {"type": "path", "required": True},
            "suites": {"type": "list", "elements": "str", "required": True},
            "architecture": {"type": "str", "default": "amd64"},
            "web": {"type": "list", "elements": "path", "default": []},
            "verifier": {"type": "path", "required": True},
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
        module.exit_json(**Sealer(module).seal())
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()

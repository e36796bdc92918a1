#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle onto a stick."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bundle_carry
short_description: Write a bundle onto a stick and read it back
version_added: 0.1.0
description:
  - Writes a bundle into O(dest), the whole or what changed since a O(receipt), and reads everything back from the stick. The
    manifest comes last, so a stick that was pulled too early is no bundle, and the next run writes what it lacks.
  - A whole bundle is the folder C(bundle-SERIAL), usable as it is. What is cut, shared among sticks or a delta is
    C(part-SERIAL), which C(rejoin.sh) makes a bundle of in the gap.
author:
  - The onprem.chat maintainers (@onprem)
requirements:
  - par2, when O(parity) is wanted
options:
  bundle:
    description: The bundle's folder, or the folder of bundles, whose newest is taken.
    type: path
    required: true
  dest:
    description: Where the stick is mounted. Only the bundle's own folder there is touched.
    type: path
    required: true
  verifier:
    description: The C(verify.sh) that checks the bundle before it is carried; never the bundle's own.
    type: path
    required: true
  signers:
    description: The C(.signers) file that the gap has pinned.
    type: path
    required: true
  receipt:
    description: The C(SHA256SUMS) of a complete copy in the gap. Files that it names by their sum are not carried again.
    type: path
  piece:
    description: Bytes of the largest file that the stick takes; larger ones are cut. The default is the limit of FAT32.
    type: int
    default: 4294967295
  capacity:
    description: Bytes of one stick, when one alone cannot take everything. Not given, there is one stick.
    type: int
  stick:
    description: Which of the sticks this is, from 1.
    type: int
    default: 1
  parity:
    description: Percent of the bytes to add as parity, with which C(rejoin.sh --repair) mends damage.
    type: int
    default: 0
attributes:
  check_mode:
    support: full
    description: Tells what would be written, and judges what is on the stick by its sizes alone.
  diff_mode:
    support: none
    description: A bundle is far too large to be shown.
  idempotent:
    support: full
    description: A stick that holds everything is read and left as it is.
"""

EXAMPLES = r"""
- name: Carry what the gap lacks
  onprem.chat.bundle_carry:
    bundle: bundles
    dest: /media/stick
    verifier: roles/offline_bundle/files/verify.sh
    signers: "{{ ansible_facts.env.HOME }}/.config/onprem-chat/bundle-key.signers"
    receipt: receipts/SHA256SUMS
    parity: 10
"""

RETURN = r"""
folder:
  description: The folder on the stick.
  returned: success
  type: str
serial:
  description: The bundle's serial.
  returned: success
  type: int
base_serial:
  description: The serial of the bundle that a delta builds on, when it lies beside this one; else 0.
  returned: success
  type: int
stick:
  description: Which of the sticks this is.
  returned: success
  type: int
sticks:
  description: How many there are.
  returned: success
  type: int
files:
  description: Number of files of the bundle on this stick, pieces counted.
  returned: success
  type: int
bytes:
  description: Their size.
  returned: success
  type: int
written:
  description: Bytes of the bundle that this run wrote (in check mode, would write).
  returned: success
  type: int
"""

import hashlib
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.bundle import descriptor as about
from ansible_collections.onprem.chat.plugins.module_utils.bundle import manifest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.carriage import LARGEST, Base, Carriage, Limits, load_sticks
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.stick import Stick
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.verify import check_bundle


def newest(folder: Path) -> Path:
    """A bundle's folder as it is; of a folder of bundles the one of the highest serial."""
    if (folder / manifest.NAME).is_file():
        return folder.resolve()
    found = [path for path in folder.glob("bundle-*") if path.name[7:].isdigit() and (path / manifest.NAME).is_file()]
    if not found:
        raise BundleError(f"{folder}: holds no bundle; build one with playbooks/bundle.yml")
    return max(found, key=lambda path: int(path.name[7:])).resolve()


def read_receipt(path: Path, bundle: Path) -> tuple[manifest.Manifest, Base]:
    """The receipt, and which bundle it is of when that one is still beside ours."""
    text = path.read_bytes()
    try:
        known = manifest.parse_manifest(text.decode("utf-8"))
    except ValueError as error:
        raise BundleError(f"{path}: is no receipt, which is the SHA256SUMS of a bundle in the gap ({error})") from error
    serial = None
    for other in sorted(bundle.parent.glob(f"bundle-*/{manifest.NAME}")):
        if other.read_bytes() == text:
            serial = int(other.parent.name[7:]) if other.parent.name[7:].isdigit() else None
    return known, Base(hashlib.sha256(text).hexdigest(), serial)


def share(module: AnsibleModule, bundle: Path, limits: Limits) -> Carriage:
    """All sticks of this carriage, after the bundle has proved to be whole and of a pinned signer."""
    params = module.params
    texts = Path(params["verifier"]).read_text(), Path(params["signers"]).read_text()
    whole = check_bundle(module.run_command, bundle, *texts)
    sizes = {path: (bundle / path).stat().st_size for path in whole.sums}
    sizes.update({name: (bundle / name).stat().st_size for name in manifest.SIGNATURES if (bundle / name).is_file()})
    sizes[manifest.NAME] = (bundle / manifest.NAME).stat().st_size
    delta = read_receipt(Path(params["receipt"]), bundle) if params["receipt"] else None
    serial = about.parse_descriptor((bundle / about.NAME).read_text()).serial
    return load_sticks(serial, whole, sizes, limits, delta)


def carry(module: AnsibleModule) -> dict:
    """Write one stick; the result of the module."""
    params = module.params
    bundle, dest = newest(Path(params["bundle"])), Path(params["dest"])
    limits = Limits(params["piece"], params["capacity"], params["parity"])
    if not dest.is_dir():
        raise BundleError(f"{dest}: is not there; mount the stick")
    if dest.resolve() == bundle.parent:
        raise BundleError(f"{dest}: is where the bundle is already; name the stick")
    carriage = share(module, bundle, limits)
    if not 1 <= params["stick"] <= len(carriage.sticks):
        raise BundleError(f"stick: there is no number {params['stick']}, this needs {len(carriage.sticks)}")
    stick = Stick(bundle, dest, carriage, params["stick"])
    lacking = stick.lacks(quick=module.check_mode)
    changed = bool(lacking or stick.strangers()) or not stick.is_announced() or not stick.has_parity(limits.parity)
    if changed:
        stick.check_room(lacking, limits)
        if not module.check_mode:
            stick.write(module.run_command, lacking, limits)
    return {
        "changed": changed,
        "folder": str(stick.folder),
        "serial": carriage.serial,
        "base_serial": (carriage.base and carriage.base.serial) or 0,
        "stick": params["stick"],
        "sticks": len(carriage.sticks),
        "files": len(stick.loads),
        "bytes": sum(load.size for load in stick.loads),
        "written": sum(load.size for load in lacking),
    }


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "bundle": {"type": "path", "required": True},
            "dest": {"type": "path", "required": True},
            "verifier": {"type": "path", "required": True},
            "signers": {"type": "path", "required": True},
            "receipt": {"type": "path"},
            "piece": {"type": "int", "default": LARGEST},
            "capacity": {"type": "int"},
            "stick": {"type": "int", "default": 1},
            "parity": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**carry(module))
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()

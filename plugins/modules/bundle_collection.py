#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections for a bundle."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bundle_collection
short_description: Make the archives of collections for the control node in the gap
version_added: 0.1.0
description:
  - Packs a collection's own folder, a checkout with C(galaxy.yml) or an installed collection, as C(ansible-galaxy collection build)
    would, but with the same bytes for the same files.
  - Takes further collections as archives, after a look at what they are.
author:
  - The onprem.chat maintainers (@onprem)
options:
  path:
    description: The collection's folder.
    type: path
    required: true
  leave_out:
    description: Names and patterns of files and folders that stay behind, beside those of C(galaxy.yml).
    type: list
    elements: str
    default: []
  archives:
    description: Further collections, archives as C(ansible-galaxy collection download) leaves them.
    type: list
    elements: path
    default: []
  cache:
    description: Folder that keeps what was made from run to run.
    type: path
    required: true
attributes:
  check_mode:
    support: full
    description: Tells whether an archive would be made.
  diff_mode:
    support: none
    description: There is no earlier state to compare with.
  idempotent:
    support: full
    description: Unchanged files give the same archive.
seealso:
  - module: onprem.chat.bundle_seal
"""

EXAMPLES = r"""
- name: Pack this collection and another one
  onprem.chat.bundle_collection:
    path: /usr/share/ansible/collections/ansible_collections/onprem/chat
    leave_out: [tests]
    archives: [downloads/community-general-12.0.0.tar.gz]
    cache: .cache/bundle
"""

RETURN = r"""
files:
  description: What goes into the bundle, path there to path here, for M(onprem.chat.bundle_seal).
  returned: success
  type: dict
  sample: {"collections/onprem-chat-0.1.0.tar.gz": /root/.cache/onprem-chat/bundle/collections/onprem-chat-0.1.0.tar.gz}
"""

import json
import os
import tarfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.onprem.chat.plugins.module_utils.bundle import collection
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.cache import only_build
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import write


def read_info(top: Path) -> tuple[dict[str, Any], list[str]]:
    """What galaxy.yml or, of an installed collection, MANIFEST.json says of it, and the patterns that stay behind."""
    if (top / "galaxy.yml").is_file():
        galaxy = yaml_load((top / "galaxy.yml").read_text(encoding="utf-8"))
        return galaxy, list(galaxy.get("build_ignore") or [])
    if (top / collection.MANIFEST).is_file():
        return json.loads((top / collection.MANIFEST).read_text(encoding="utf-8"))["collection_info"], []
    raise BundleError(f"{top}: is no collection, it has neither galaxy.yml nor {collection.MANIFEST}")


def read_members(top: Path, patterns: list[str]) -> dict[str, collection.Member]:
    """The files that belong to the collection, by path; folders that hold none are not there."""
    members = {}
    for directory, folders, names in os.walk(top):
        where = Path(directory).relative_to(top)
        folders[:] = [name for name in folders if not collection.left_out((where / name).as_posix(), patterns)]
        for name in names:
            path = top / where / name
            relative = (where / name).as_posix()
            if path.is_symlink():
                raise BundleError(f"{relative}: is a link; the collection has plain files only")
            if not collection.left_out(relative, patterns):
                members[relative] = collection.Member(path.read_bytes(), bool(path.stat().st_mode & 0o100))
    return members


def archive_name(path: Path) -> str:
    """The name that an archive has by its own manifest; raises BundleError when it is none of a collection."""
    try:
        with tarfile.open(path) as tar:
            stream = tar.extractfile(collection.MANIFEST)
            if stream is None:
                raise KeyError(collection.MANIFEST)
            return collection.file_name(json.loads(stream.read())["collection_info"])
    except (OSError, EOFError, KeyError, TypeError, ValueError, tarfile.TarError) as error:
        raise BundleError(f"offline_bundle_collections: {path}: is no collection's archive ({error})") from error


def collect(module: AnsibleModule) -> dict:
    """Pack and look; the result of the module."""
    top, folder = Path(module.params["path"]).resolve(), Path(module.params["cache"]).absolute() / "collections"
    info, patterns = read_info(top)
    members = read_members(top, patterns + module.params["leave_out"])
    name = collection.file_name(info)
    content = collection.archive(*collection.render_manifest(info, members), members)
    path = folder / name
    changed = not path.is_file() or path.read_bytes() != content
    files = {f"collections/{name}": str(path)}
    for given in module.params["archives"]:
        place = f"collections/{archive_name(Path(given))}"
        if place in files:
            raise BundleError(f"offline_bundle_collections: {given}: {place} comes from {files[place]} already; take one away")
        files[place] = str(Path(given).absolute())
    if changed and not module.check_mode:
        write(path, content)
    return {"changed": changed, "files": files}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "leave_out": {"type": "list", "elements": "str", "default": []},
            "archives": {"type": "list", "elements": "path", "default": []},
            "cache": {"type": "path", "required": True},
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

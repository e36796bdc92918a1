# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control node's side of chat_package: find the package, hold it against its sum, send it to a host that lacks it."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

from ansible import constants as C
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.action.offline_packages import newest
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import sha256
from ansible_collections.onprem.chat.plugins.module_utils.package.model import DEB, DIRECTORY
from ansible_collections.onprem.chat.plugins.module_utils.package.sums import directory_sum

MODULE = "onprem.chat.chat_package"


class ActionModule(ActionBase):
    """onprem.chat.chat_package"""

    TRANSFERS_FILES = True
    _supports_check_mode = True
    _supports_async = False
    _requires_connection = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        given = {key: value for key, value in self._task.args.items() if key != "path"}
        missing = [key for key in ("kind", "source", "sha256", "unit") if not given.get(key)]
        if missing:
            raise AnsibleActionFail(f"missing required arguments: {', '.join(missing)}")
        source = self._found(str(given["source"]), str(given.get("bundle") or ""))
        if source is not None:
            checked(source, given)
        told = self._execute_module(module_name=MODULE, module_args=given, task_vars=task_vars)
        if told.get("failed") or not told.get("changed"):
            return {**result, **told}
        if source is None:
            raise AnsibleActionFail(absent(given))
        if self._task.check_mode:
            return {**result, **told}
        return {**result, **self._send(source, given, task_vars)}

    def _found(self, source, bundle):
        """The package on the control node; None when it is nowhere."""
        if Path(source).is_absolute():
            return Path(source) if Path(source).exists() else None
        if bundle:
            inside = newest(Path(self._loader.path_dwim(bundle)).resolve()) / "operator" / source
            if inside.exists():
                return inside
        try:
            return Path(self._find_needle("files", source))
        except AnsibleError:
            return None

    def _send(self, source, given, task_vars):
        """Carry it over and install it; a directory goes as one archive."""
        folder = self._make_tmp_path()
        target = self._connection._shell.join_path(folder, "package.deb" if given["kind"] == DEB else "package.tar")
        with tempfile.TemporaryDirectory(dir=C.DEFAULT_LOCAL_TMP) as local:
            parcel = packed(source, Path(local) / "package.tar") if source.is_dir() else source
            self._transfer_file(str(parcel), target)
        self._fixup_perms2([folder, target])
        try:
            return self._execute_module(module_name=MODULE, module_args={**given, "path": target}, task_vars=task_vars)
        finally:
            self._remove_tmp_path(folder)


def absent(given) -> str:
    """What to say when there is no package."""
    where = (
        f"neither in operator/ of the bundle {given['bundle']} nor beside the playbook" if given.get("bundle") else "not there"
    )
    return (
        f"the package {given['source']} is {where} on the control node; put it into the folder that offline_bundle_operator names"
        " and build a bundle, or give an absolute path"
    )


def checked(source: Path, given) -> None:
    """Hold a package against what was said of it, before anything is sent."""
    directory = given["kind"] == DIRECTORY
    if directory != source.is_dir():
        raise AnsibleActionFail(f"{source}: is {'no' if directory else 'a'} directory, and kind is {given['kind']}")
    found = directory_sum(files(source)) if directory else sha256(source)
    if found != given["sha256"]:
        raise AnsibleActionFail(f"{source}: its sha256 is {found} and not {given['sha256']}; nothing was changed")


def files(top: Path) -> dict[str, str]:
    """The sums of all files of a directory by their paths; raises for what a sum cannot hold."""
    found = {}
    for path in sorted(top.rglob("*")):
        name = str(path.relative_to(top))
        if path.is_symlink() or not (path.is_file() or path.is_dir()) or "\n" in name or "\\" in name:
            raise AnsibleActionFail(f"{path}: is a link, or has a name that cannot be summed up; bring the package as an archive")
        if path.is_file():
            found[name] = sha256(path)
    return found


def packed(top: Path, archive: Path) -> Path:
    """A directory as one archive; whose files they were does not matter."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        return member

    with tarfile.open(archive, "w") as tar:
        tar.add(top, arcname=".", filter=plain)
    return archive

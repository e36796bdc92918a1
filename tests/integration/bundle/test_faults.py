# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A build that cannot go on says why in one line and leaves nothing half done: full disk, killed, wrong clock, unknown suite."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.cache import only_build
from ansible_collections.onprem.chat.plugins.modules import bundle_seal

from .conftest import EPOCH, SERIAL, module, run


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 60 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m", "none", place], check=False).returncode:
        pytest.skip("needs root and may mount")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_disk_that_is_too_small_is_found_before_anything_is_written(seal, small_disk):
    (small_disk / "ballast").write_bytes(b"x" * 30_000_000)
    result, fine = seal(small_disk / "bundles", epoch=EPOCH)
    assert not fine and "make room, then run again" in result["msg"] and "\n" not in result["msg"], result
    assert names(small_disk / "bundles") == []


@pytest.fixture
def sealer(key, cache, files, tmp_path):
    """The seal's own class, for what cannot be done to a module from outside."""

    def make(**options):
        settings = {"cache": str(cache), "suites": ["trixie"], "architectures": ["amd64"], "files": files, "evidence": {}}
        settings.update(key=str(key), removal_allowlist=[], dest=str(tmp_path), epoch=EPOCH, serial=SERIAL, **options)
        return bundle_seal.Sealer(SimpleNamespace(params=settings, run_command=run, check_mode=False))

    return make


def test_a_disk_that_fills_up_on_the_way(sealer, tmp_path, monkeypatch):
    """Something else takes the room while the seal writes: the error is as clear, and the half bundle goes."""

    def full(path, content, mode=0o644):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(bundle_seal, "write", full)
    with pytest.raises(BundleError, match="the disk is full; make room, then run again"):
        sealer().seal()
    assert names(tmp_path) == []


def test_a_killed_build_leaves_nothing_that_the_next_one_minds(sealer, seal, cache, tmp_path, monkeypatch):
    """Killed before its last step, with the cache held: no bundle, no lock, and the next build makes what was wanted."""
    monkeypatch.setattr(bundle_seal, "sync_tree", lambda _folder: os.kill(os.getpid(), signal.SIGKILL))
    child = os.fork()
    if child == 0:
        with only_build(cache):
            sealer().seal()
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert names(tmp_path) == [".building"] and (tmp_path / ".building/SHA256SUMS").exists()
    result, fine = seal(tmp_path, epoch=EPOCH, serial=SERIAL)
    assert fine and names(tmp_path) == [f"bundle-{SERIAL}", "latest"], result


def test_a_clock_before_the_last_bundle(seal, tmp_path):
    first, fine = seal(tmp_path, epoch=int(time.time()) + 86400)
    assert fine, first
    result, fine = seal(tmp_path, removal_allowlist=[])
    assert not fine and "set the clock" in result["msg"] and Path(first["bundle"]).name in result["msg"], result
    assert len(list(tmp_path.glob("bundle-*"))) == 1


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"suite": "sid"}, "value of suite must be one of: bookworm, trixie"),
        ({"pockets": ["updates"]}, "offline_bundle_pockets: release has to be among them"),
        ({"packages": []}, "offline_bundle_packages: the list is empty"),
        ({"keyring": "/none"}, "offline_bundle_keyring: /none is not there"),
    ],
)
def test_what_cannot_be_collected(tmp_path, options, word):
    if not shutil.which("apt-get"):
        pytest.skip("needs apt")
    mirrors = {"archive_mirror": "file:/none", "security_mirror": "file:/none"}
    settings = {"suite": "trixie", "packages": ["chrony"], "cache": str(tmp_path), **mirrors}
    result, fine = module("bundle_debian", **{**settings, **options})
    assert not fine and word in result["msg"] and "\n" not in result["msg"], result

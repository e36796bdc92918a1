# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's copy is right at every instant: what arrives is taken in by its sum, and never from where it should not be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import SIGNATURES, parse_manifest
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host_apt import space_problem
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host_copy import HostCopy, Trust, require_files

from .conftest import VERIFIER, run

SERIAL = 2026112101
ALPHA = "debian/pool/trixie/alpha_1.0~trixie_all.deb"
BETA = "debian/pool/trixie/beta_1.0~trixie_all.deb"


@pytest.fixture
def manifest(sealed):
    return parse_manifest((sealed / "SHA256SUMS").read_text())


@pytest.fixture
def copy(key, tmp_path):
    return HostCopy(tmp_path / "root", SERIAL, Trust(run, VERIFIER.read_text(), Path(f"{key}.signers").read_text()))


def send(sealed, copy, paths, name="incoming-1"):
    """Put files where the control node would stream them to."""
    for path in paths:
        target = copy.root / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sealed / path, target)
    return copy.root / name


@pytest.fixture
def started(sealed, copy, manifest):
    """A copy of the base, without a package."""
    copy.start(send(sealed, copy, [*manifest.base(), "SHA256SUMS", *SIGNATURES]))
    return copy


def test_a_copy_begins_without_packages(started):
    assert (started.path / "web/client-1.0.tgz").is_file()
    assert not (started.path / "debian/pool").exists()
    started.verify()
    assert list(started.root.glob("incoming-*")) == []
    assert started.path.stat().st_mode & 0o777 == 0o755


def test_a_base_that_is_not_as_signed_becomes_no_copy(sealed, copy, manifest):
    incoming = send(sealed, copy, [*manifest.base(), "SHA256SUMS", *SIGNATURES])
    (incoming / "web/client-1.0.tgz").write_text("x")
    with pytest.raises(BundleError, match="was altered"):
        copy.start(incoming)
    assert not copy.path.exists()


def test_only_what_is_signed_is_taken_in(sealed, started, manifest):
    incoming = send(sealed, started, [ALPHA, BETA])
    (incoming / BETA).write_text("x")
    (incoming / "evil").write_text("x")
    (incoming / "SHA256SUMS").write_text("x")
    assert started.adopt(manifest, incoming) == [BETA]
    assert (started.path / ALPHA).is_file() and not (started.path / BETA).exists()
    started.verify()
    require_files(started.path, [ALPHA])
    with pytest.raises(BundleError, match="beta"):
        require_files(started.path, [ALPHA, BETA])


def test_a_link_that_arrives_is_refused(sealed, started, manifest):
    incoming = send(sealed, started, [ALPHA])
    (incoming / "link").symlink_to("/etc/passwd")
    with pytest.raises(BundleError, match="link"):
        started.adopt(manifest, incoming)


def test_leftovers_of_killed_runs_are_used_or_dropped(sealed, started, manifest):
    send(sealed, started, [ALPHA], "incoming-old")
    half = send(sealed, started, [BETA], "incoming-older") / BETA
    half.write_bytes(half.read_bytes()[:100])
    started.clear(manifest)
    assert (started.path / ALPHA).is_file() and not (started.path / BETA).exists()
    assert list(started.root.glob("incoming-*")) == []
    send(sealed, started, [BETA])
    started.clear(None)
    assert list(started.root.glob("incoming-*")) == []


def test_an_older_copy_gives_what_is_the_same_unless_it_was_altered(sealed, started, manifest, copy):
    started.adopt(manifest, send(sealed, started, [ALPHA, BETA]))
    (started.path / BETA).write_text("x")
    newer = HostCopy(copy.root, SERIAL + 1, copy.trust)
    newer.path.mkdir()
    assert newer.reuse(manifest, [ALPHA, BETA]) == [BETA]
    assert (newer.path / ALPHA).samefile(started.path / ALPHA)


def test_the_link_moves_and_the_oldest_copies_go(started, copy):
    for serial in (SERIAL - 2, SERIAL - 1):
        (copy.path.parent / str(serial)).mkdir()
    assert started.use(keep=2) is True
    assert started.use(keep=2) is False
    assert started.in_use() == SERIAL
    assert sorted(path.name for path in copy.path.parent.iterdir()) == [str(SERIAL - 1), str(SERIAL)]
    assert HostCopy(copy.root, SERIAL - 1, copy.trust).use(keep=1) is True
    assert [path.name for path in copy.path.parent.iterdir()] == [str(SERIAL - 1)]


def test_a_copy_that_was_altered_on_the_host_is_found(started):
    (started.path / "web/client-1.0.tgz").write_text("x")
    with pytest.raises(BundleError, match="client-1"):
        started.verify()


def test_room_is_counted_by_file_system(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    assert space_problem({str(tmp_path): 1}) is None
    assert space_problem({str(tmp_path): free // 2, str(tmp_path / "not/yet/there"): free // 4}) is None
    problem = space_problem({str(tmp_path): free * 2 // 3, str(tmp_path / "not/yet/there"): free * 2 // 3})
    assert problem is not None and "make room" in problem and "not/yet/there" in problem

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collectors on this machine, without a network: what they give to the seal, and how they stop."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.cache import fetching, only_build, require_room

from .conftest import ROOT, module


def pack(cache, path=ROOT, **options):
    result, fine = module("bundle_collection", path=str(path), cache=str(cache), **options)
    assert fine, result
    return result


def small(folder):
    """A tiny collection's checkout."""
    (folder / "meta").mkdir(parents=True)
    (folder / "meta/runtime.yml").write_text("---\nrequires_ansible: '>=2.15.0'\n")
    (folder / "README.md").write_text("read me\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "galaxy.yml").write_text(
        "namespace: example\nname: small\nversion: 1.2.3\nreadme: README.md\nauthors: [x]\nbuild_ignore: [scratch]\n"
    )
    return folder


def test_the_collection_is_what_ansible_galaxy_builds_and_installs(tmp_path):
    """The same files as the official tool's, always the same bytes, and it can be installed and verified."""
    first = Path(next(iter(pack(tmp_path / "one")["files"].values())))
    subprocess.run(["ansible-galaxy", "collection", "build", "--output-path", tmp_path, ROOT], check=True, capture_output=True)
    with tarfile.open(first) as ours, tarfile.open(tmp_path / first.name) as theirs:
        wanted = {entry.name for entry in theirs if entry.isfile()}
        assert {entry.name for entry in ours if entry.isfile()} == wanted
    os.utime(ROOT / "README.md")
    assert Path(next(iter(pack(tmp_path / "two")["files"].values()))).read_bytes() == first.read_bytes()
    assert pack(tmp_path / "one")["changed"] is False
    place = tmp_path / "installed"
    alone = {
        "cwd": tmp_path,
        "env": {**os.environ, "ANSIBLE_CONFIG": str(place / "none.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(place)},
    }
    for command in (["install", "--offline", "-p", place, first], ["verify", "--offline", "-p", place, "onprem.chat"]):
        subprocess.run(["ansible-galaxy", "collection", *command], check=True, capture_output=True, **alone)
    again = pack(tmp_path / "three", place / "ansible_collections/onprem/chat")["files"]
    with tarfile.open(next(iter(again.values()))) as ours:
        assert {entry.name for entry in ours if entry.isfile()} == wanted, "an installed one packs the same"


def test_further_collections(tmp_path):
    own = small(tmp_path / "own")
    (own / "scratch").write_text("x")
    made = pack(tmp_path / "cache", own)["files"]
    assert list(made) == ["collections/example-small-1.2.3.tar.gz"]
    with tarfile.open(next(iter(made.values()))) as tar:
        assert tar.getmember("run.sh").mode == 0o755 and "scratch" not in tar.getnames()
    given = shutil.copy(next(iter(made.values())), tmp_path / "any-name.tar.gz")
    both = pack(tmp_path / "cache", leave_out=["tests"], archives=[str(given)])["files"]
    assert both["collections/example-small-1.2.3.tar.gz"] == str(given)
    for archives, word in (
        ([str(given)] * 2, "take one away"),
        ([str(own / "run.sh")], "no collection's archive"),
        (["/none"], "/none"),
    ):
        result, fine = module("bundle_collection", path=str(ROOT), cache=str(tmp_path / "cache"), archives=archives)
        assert not fine and word in result["msg"], result


@pytest.fixture
def lock(tmp_path):
    """A lock file with a wheel of nothing, in a folder that pip can take it from."""
    wheel = tmp_path / "index/nothing-1.0-py3-none-any.whl"
    wheel.parent.mkdir()

    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nothing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: nothing\nVersion: 1.0\n")
        archive.writestr("nothing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("nothing-1.0.dist-info/RECORD", "")
    path = tmp_path / "lock-3.11.txt"
    path.write_text(f"nothing==1.0 \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    return path


def wheels(lock, cache, monkeypatch, *arguments):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    settings = {"PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(lock.parent / "index")}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return module("bundle_python", *arguments, locks=[str(lock)], cache=str(cache), architectures=["amd64", "arm64"])


def test_wheels_are_fetched_once(lock, tmp_path, monkeypatch):
    foretold, _fine = wheels(lock, tmp_path / "cache", monkeypatch, "--check")
    assert foretold["changed"] and foretold["files"] == {"python/lock-3.11.txt": str(lock)}
    first, fine = wheels(lock, tmp_path / "cache", monkeypatch)
    assert fine and (first["downloaded"], first["wheels"]) == (1, 1), first
    wheel = Path(first["files"]["python/wheels/nothing-1.0-py3-none-any.whl"])
    shutil.rmtree(lock.parent / "index")
    again, fine = wheels(lock, tmp_path / "cache", monkeypatch)
    assert fine and not again["changed"] and again["files"] == first["files"]
    wheel.write_text("damaged")
    broken, fine = wheels(lock, tmp_path / "cache", monkeypatch)
    assert not fine and "lock-3.11.txt: pip could not fetch it" in broken["msg"], broken
    assert not list(wheel.parent.glob(".fetch-*"))


def test_a_wheel_that_is_not_what_the_lock_file_says(lock, tmp_path, monkeypatch):
    (lock.parent / "index/nothing-1.0-py3-none-any.whl").write_bytes(b"PK")
    result, fine = wheels(lock, tmp_path / "cache", monkeypatch)
    assert not fine and "pip could not fetch it" in result["msg"], result
    assert not list((tmp_path / "cache/wheels").glob("*.whl"))


def operator(folder, cache, *arguments):
    return module("bundle_operator", *arguments, path=str(folder), cache=str(cache))


def test_operator_files(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "client.msi").write_bytes(b"installer")
    first, fine = operator(folder, tmp_path / "cache")
    assert fine and first["size"] == 9, first
    assert first["files"]["operator/client.msi"] == str(folder / "client.msi")
    listed = Path(first["files"]["operator/operator.yml"])
    assert 'licence: "unknown"' in listed.read_text()
    assert operator(folder, tmp_path / "cache")[0]["changed"] is False
    shutil.copy(listed, folder / "operator.yml")
    assert operator(folder, tmp_path / "cache")[0]["changed"] is False
    (folder / "client.msi").write_bytes(b"Installer")
    (folder / "more").write_text("x")
    result, fine = operator(folder, tmp_path / "cache")
    assert not fine and "client.msi: its sha256 is" in result["msg"] and "more: is in the folder and not in" in result["msg"]
    (folder / "client.msi").unlink()
    assert "client.msi: is in operator.yml and not in the folder" in operator(folder, tmp_path / "cache")[0]["msg"]


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (lambda f: (f / "link").symlink_to("/etc/passwd"), "link is no plain file"),
        (lambda f: (f / "a b").write_text("x"), "a b"),
        (lambda f: (f / "operator.yml").write_text("files: ["), "cannot be read as YAML"),
        (lambda f: (f / "operator.yml").write_text("x"), "needs 'files'"),
        (lambda f: f.rmdir(), "is no folder"),
    ],
)
def test_operator_folders_that_cannot_travel(tmp_path, harm, word):
    (tmp_path / "own").mkdir()
    harm(tmp_path / "own")
    result, fine = operator(tmp_path / "own", tmp_path / "cache")
    assert not fine and word in result["msg"] and "\n" not in result["msg"], result


def test_one_build_at_a_time(tmp_path):
    with only_build(tmp_path), pytest.raises(BundleError, match="another build is at work"), only_build(tmp_path):
        pass
    with only_build(tmp_path):
        pass


def test_what_a_killed_fetch_left_is_used_and_goes(tmp_path):
    left = tmp_path / ".fetch-old/deeper"
    left.mkdir(parents=True)
    (left / "whole").write_text("x")
    taken = []
    with pytest.raises(OSError), fetching(tmp_path, lambda path: taken.append(path.name)) as place:
        assert taken == ["whole"]
        (place / "new").write_text("y")
        raise OSError
    assert taken == ["whole", "new"] and not list(tmp_path.glob(".fetch-*"))


def test_room(tmp_path):
    require_room(tmp_path / "not/yet", 1)
    with pytest.raises(BundleError, match=r"MB free and \d+ MB are needed; make room"):
        require_room(tmp_path / "not/yet", shutil.disk_usage(tmp_path).free + 1)

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small bundle of two tiny packages, made with the real modules and real keys: seconds, no network, no root."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from .archive import Archive

ROOT = Path(__file__).parents[3]
VERIFIER = ROOT / "roles/offline_bundle/files/verify.sh"
EPOCH = 1795219200
SERIAL = "2026112101"


def run(command, data=None, binary_data=True, **_ignored):
    """What AnsibleModule.run_command does, as far as it is needed here."""
    done = subprocess.run(command, input=(data or "").encode(), capture_output=True, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def module(name, *arguments, **options):
    """Call a module of the collection on this machine; its result."""
    command = ["ansible", "localhost", "-i", "localhost,", "-c", "local", "-m", f"onprem.chat.{name}", *arguments]
    done = subprocess.run(
        [*command, "-e", "ansible_python_interpreter={{ ansible_playbook_python }}", "-a", json.dumps(options)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANSIBLE_LOAD_CALLBACK_PLUGINS": "0"},
    )
    head, _arrow, body = done.stdout.partition(" => ")
    assert body, done.stdout + done.stderr
    return yaml.safe_load(body), "FAILED" not in head


def package(folder, name, version):
    """A tiny package as dpkg-deb makes it, and its index stanza."""
    tree = folder / f"{name}-tree"
    (tree / "DEBIAN").mkdir(parents=True)
    control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: x <x@example.com>\nDescription: {name}\n"
    (tree / "DEBIAN/control").write_text(control)
    path = folder / f"{name}.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, path], check=True, capture_output=True)
    content = path.read_bytes()
    return content, control + f"Filename: x\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n"


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    """The operator's keys."""
    path = tmp_path_factory.mktemp("keys") / "bundle-key"
    result, fine = module("bundle_keys", path=str(path))
    assert fine and result["changed"], result
    return path


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """A cache as bundle_debian leaves it."""
    folder = tmp_path_factory.mktemp("cache")
    (folder / "pool").mkdir()
    for suite in ("bookworm", "trixie"):
        stanzas = []
        for name in ("alpha", "beta"):
            content, stanza = package(tmp_path_factory.mktemp("debs"), name, f"1.0~{suite}")
            (folder / "pool" / hashlib.sha256(content).hexdigest()).write_bytes(content)
            stanzas.append(stanza.replace("Filename: x", f"Filename: pool/{suite}/{name}_1.0~{suite}_all.deb"))
        (folder / "apt" / suite).mkdir(parents=True)
        (folder / "apt" / suite / "Packages").write_text("\n".join(stanzas))
        (folder / "apt" / suite / "requested").write_text("alpha\n")
    (folder / "web").mkdir()
    (folder / "web/client-1.0.tgz").write_bytes(b"not really an archive" * 100)
    return folder


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    """Stands for Debian."""
    return Archive(tmp_path_factory.mktemp("archive"), EPOCH, run)


@pytest.fixture(scope="session")
def evidence(cache, archive, tmp_path_factory):
    """What bundle_provenance brought."""
    found = {}
    for suite in ("bookworm", "trixie"):
        index = (cache / "apt" / suite / "Packages").read_text()
        for path, here in archive.publish(tmp_path_factory.mktemp("pocket"), suite, index).items():
            found[f"provenance/debian/{suite}/amd64/{suite}/{path}"] = str(here)
    return found


@pytest.fixture(scope="session")
def files(cache):
    """What the other collectors brought, as bundle_seal takes it."""
    return {"verify.sh": str(VERIFIER), "web/client-1.0.tgz": str(cache / "web/client-1.0.tgz")}


@pytest.fixture(scope="session")
def seal(key, cache, files, evidence):
    """Call bundle_seal for a destination."""

    def call(dest, *arguments, **options):
        settings = {"cache": str(cache), "suites": ["bookworm", "trixie"], "files": files, "evidence": evidence}
        settings.update(key=str(key), removal_allowlist=["systemd-timesyncd"], dest=str(dest))
        return module("bundle_seal", *arguments, **{**settings, **options})

    return call


@pytest.fixture(scope="session")
def sealed(seal, tmp_path_factory):
    """A bundle that nobody touches."""
    result, fine = seal(tmp_path_factory.mktemp("bundles"), epoch=EPOCH, serial=SERIAL)
    assert fine and result["changed"], result
    return Path(result["bundle"])


@pytest.fixture
def bundle(sealed, tmp_path):
    """A copy of it to do harm to."""
    return Path(shutil.copytree(sealed, tmp_path / "bundle"))

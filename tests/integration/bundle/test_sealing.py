# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bundles are the same bytes for the same inputs, new only when something is new, and readable by apt."""

from __future__ import annotations

import filecmp
import subprocess
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.action.offline_packages import newest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.descriptor import parse_descriptor
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import place, write

from .conftest import EPOCH, SERIAL, VERIFIER, module


def test_two_builds_are_the_same_to_the_last_bit(sealed, seal, tmp_path):
    result, fine = seal(tmp_path / "again", epoch=EPOCH, serial=SERIAL)
    assert fine, result
    other = Path(result["bundle"])
    names = [path.relative_to(sealed) for path in sealed.rglob("*") if path.is_file()]
    assert len(names) == result["files"] == 25
    assert filecmp.cmpfiles(sealed, other, names, shallow=False) == (names, [], [])
    assert [
        path for path in other.rglob("*") if path.relative_to(other) not in [*names, *(n for m in names for n in m.parents)]
    ] == []


def test_unchanged_inputs_keep_the_bundle_and_new_ones_make_the_next(seal, tmp_path):
    first, _fine = seal(tmp_path, epoch=EPOCH)
    assert (first["serial"], first["changed"]) == (2026112101, True)
    again, _fine = seal(tmp_path, epoch=EPOCH + 86400)
    assert (again["serial"], again["changed"]) == (2026112101, False)
    foretold, _fine = seal(tmp_path, "--check", epoch=EPOCH, removal_allowlist=[])
    assert (foretold["serial"], foretold["changed"]) == (2026112102, True)
    assert not Path(foretold["bundle"]).exists()
    other, _fine = seal(tmp_path, epoch=EPOCH, removal_allowlist=[])
    assert (other["serial"], other["changed"]) == (2026112102, True)
    assert (tmp_path / "latest").resolve() == Path(other["bundle"])


def test_a_stick_without_links_offers_the_highest_serial(seal, tmp_path):
    assert newest(tmp_path) == tmp_path
    for serial in ("2026112199", "2026112101"):
        seal(tmp_path, epoch=EPOCH, serial=serial, removal_allowlist=[serial])
    assert newest(tmp_path).name == "bundle-2026112101", "the link is to what was built last"
    (tmp_path / "latest").unlink()
    assert newest(tmp_path).name == "bundle-2026112199"
    assert newest(tmp_path / "bundle-2026112101").name == "bundle-2026112101"


def test_modes_matter_only_for_secrets(tmp_path, monkeypatch):
    def refuse(*_arguments):
        raise PermissionError

    monkeypatch.setattr("os.fchmod", refuse)
    assert write(tmp_path / "open", "x")
    place(tmp_path / "open", tmp_path / "copy")
    with pytest.raises(PermissionError):
        write(tmp_path / "secret", "x", 0o600)
    assert not (tmp_path / "secret").exists()


def test_a_damaged_bundle_is_not_kept(seal, tmp_path):
    first, _fine = seal(tmp_path, epoch=EPOCH)
    (Path(first["bundle"]) / "web/client-1.0.tgz").write_text("x")
    again, _fine = seal(tmp_path, epoch=EPOCH)
    assert (again["serial"], again["changed"]) == (2026112102, True)


def test_evidence_comes_along_and_makes_no_new_bundle(seal, files, tmp_path):
    told = tmp_path / "told"
    told.write_text("one")
    options = {"epoch": EPOCH, "evidence": {"sbom/told.txt": str(told)}}
    first, _fine = seal(tmp_path / "b", **options)
    assert (Path(first["bundle"]) / "sbom/told.txt").read_text() == "one"
    assert "  sbom/told.txt\n" in (Path(first["bundle"]) / "SHA256SUMS").read_text()
    told.write_text("two")
    again, _fine = seal(tmp_path / "b", **options)
    assert (again["serial"], again["changed"]) == (2026112101, False)
    other, _fine = seal(tmp_path / "b", **options, files={**files, "python/lock-3.11.txt": str(told)})
    assert (other["serial"], other["changed"]) == (2026112102, True)
    about = parse_descriptor((Path(other["bundle"]) / "BUNDLE.json").read_text())
    assert (about.base_serial, about.python) == (2026112101, ("3.11",))


def test_what_collectors_must_not_bring(seal, files, tmp_path):
    wrong = {"debian/pool/x.deb": str(VERIFIER), "BUNDLE.json": str(VERIFIER), "../x": str(VERIFIER)}
    result, fine = seal(tmp_path, files={**wrong, "a": str(VERIFIER)}, evidence={"a": str(VERIFIER)})
    assert not fine
    for word in (
        "debian/pool/x.deb: is made by the seal",
        "BUNDLE.json: is made",
        "../x: a file of this name",
        "a: is given as",
        "verify.sh",
    ):
        assert word in result["msg"]


def test_two_architectures_share_what_is_for_all(seal, cache, tmp_path):
    (cache / "apt/trixie-arm64").mkdir()
    for name in ("Packages", "requested"):
        (cache / "apt/trixie-arm64" / name).write_text((cache / "apt/trixie" / name).read_text())
    result, fine = seal(tmp_path, suites=["trixie"], architectures=["amd64", "arm64"])
    assert fine, result
    bundle = Path(result["bundle"])
    assert "\nArchitectures: amd64 arm64\n" in (bundle / "debian/dists/trixie/InRelease").read_text()
    assert (bundle / "debian/dists/trixie/main/binary-arm64/Packages").is_file()
    assert len(list((bundle / "debian/pool/trixie").iterdir())) == 2
    assert parse_descriptor((bundle / "BUNDLE.json").read_text()).suite_for("trixie", "arm64") == "trixie"


def test_a_serial_is_never_given_twice(sealed, seal):
    result, fine = seal(sealed.parent, epoch=EPOCH, serial=SERIAL, removal_allowlist=["x"])
    assert not fine and "choose a higher serial" in result["msg"]


def test_check_mode_before_anything_is_there(seal, tmp_path):
    result, fine = seal(tmp_path, "--check", cache=str(tmp_path / "none"))
    assert fine and result["changed"], result


def test_a_suite_that_was_not_collected(seal, cache, tmp_path):
    result, fine = seal(tmp_path, suites=["bookworm", "trixie", "sid"])
    assert not fine and "sid: was not collected" in result["msg"]


def test_keys_are_made_once(key):
    before = {path.name: path.read_bytes() for path in key.parent.iterdir()}
    result, fine = module("bundle_keys", path=str(key))
    assert fine and not result["changed"] and result["created"] == []
    assert {path.name: path.read_bytes() for path in key.parent.iterdir()} == before
    for name in ("bundle-key", "bundle-key.pgp", "bundle-key.apt"):
        assert (key.parent / name).stat().st_mode & 0o077 == 0


def test_apt_reads_it(sealed, tmp_path):
    """apt of this machine takes the repository by its own key and offers just what is in it."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "status").write_text("")
    (tmp_path / "list").write_text(f"deb [arch=amd64 signed-by={sealed}/keys/apt.asc] file:{sealed}/debian bookworm main\n")
    settings = {
        "Dir::Etc::sourcelist": "list",
        "Dir::State::lists": "lists",
        "Dir::State::status": "status",
        "Dir::Cache": "cache",
    }
    options = [f"-o{key}={tmp_path / value}" for key, value in settings.items()]
    options += [
        "-oDir::Etc::sourceparts=/dev/null",
        "-oDebug::NoLocking=1",
        "-oAPT::Sandbox::User=root",
        "-oAPT::Architecture=amd64",
    ]
    subprocess.run(["apt-get", "update", "-oAPT::Update::Error-Mode=any", *options], check=True, capture_output=True)
    said = subprocess.run(["apt-get", "install", "-s", *options, "alpha"], check=True, capture_output=True, text=True).stdout
    assert "Inst alpha (1.0~bookworm onprem.chat:bookworm [all])" in said

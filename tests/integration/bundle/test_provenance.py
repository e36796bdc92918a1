# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector takes just the parts of an archive that packages came from, as published. The real apt, no network."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell import provenance

from .archive import PLACE
from .conftest import module, package, run

HELPER = Path("/usr/lib/apt/apt-helper")
pytestmark = pytest.mark.skipif(not HELPER.exists(), reason="no apt on this machine")


@pytest.fixture
def mirror(archive, tmp_path):
    """A mirror with a package in the release, one of security's, and updates that nobody needs."""
    folder = tmp_path / "mirror"
    (folder / "pool").mkdir(parents=True)
    for pocket, names in {"trixie": ["alpha", "gamma"], "trixie-security": ["beta"], "trixie-updates": ["delta"]}.items():
        stanzas = []
        for name in names:
            content, stanza = package(tmp_path, name, "1.0")
            (folder / f"pool/{name}_1.0_all.deb").write_bytes(content)
            stanzas.append(stanza.replace("Filename: x", f"Filename: pool/{name}_1.0_all.deb"))
        archive.publish(folder / "dists" / pocket, pocket, "\n".join(stanzas))
    return folder


@pytest.fixture
def collect(mirror, archive, tmp_path):
    """Run both collectors; the second one's result."""

    def call(*packages):
        places = {"archive_mirror": f"file:{mirror}", "security_mirror": f"file:{mirror}"}
        where = {"cache": str(tmp_path / "cache"), "keyring": str(archive.keyring), "debcheck": False}
        result, fine = module("bundle_debian", suite="trixie", packages=packages, **places, **where)
        assert fine, result
        return module("bundle_provenance", cache=str(tmp_path / "cache"), suites=["trixie"])

    return call


def test_only_the_pockets_that_packages_came_from(collect, mirror, archive, monkeypatch, tmp_path):
    result, fine = collect("alpha", "beta")
    assert fine and result["changed"] and result["downloaded"] == 2, result
    top = "provenance/debian/trixie/amd64"
    assert sorted(result["files"]) == [
        f"{top}/{name}/{path}" for name in ("trixie-security", "trixie") for path in ("InRelease", PLACE)
    ]
    for path, here in result["files"].items():
        assert Path(here).read_bytes() == (mirror / "dists" / path.removeprefix(f"{top}/")).read_bytes(), "as published"
        (tmp_path / "bundle" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(here, tmp_path / "bundle" / path)
    monkeypatch.setattr(provenance, "KEYRINGS", (archive.keyring,))
    sums = {path.name: path for path in (tmp_path / "cache/pool").iterdir()}
    assert len(sums) == 2 and provenance.check(run, tmp_path / "bundle", "trixie", sums) == []


def test_it_is_fetched_once_and_goes_when_nobody_needs_it(collect, tmp_path):
    collect("alpha", "beta")
    again, fine = collect("alpha", "beta")
    assert fine and not again["changed"] and again["downloaded"] == 0
    for path in (tmp_path / "cache/provenance").iterdir():
        path.write_bytes(b"damaged")
    healed, _fine = collect("alpha", "beta")
    assert healed.get("downloaded") == 2, healed
    less, _fine = collect("alpha")
    assert len(less["files"]) == 2 and len(list((tmp_path / "cache/provenance").iterdir())) == 1


def test_check_mode_fetches_nothing(collect, tmp_path):
    collect("alpha")
    shutil.rmtree(tmp_path / "cache/provenance")
    result, fine = module("bundle_provenance", "--check", cache=str(tmp_path / "cache"), suites=["trixie"])
    assert fine and result["changed"] and not (tmp_path / "cache/provenance").exists()


def test_a_mirror_that_changed_in_between(collect, mirror, tmp_path):
    collect("alpha")
    shutil.rmtree(tmp_path / "cache/provenance")
    (mirror / "dists/trixie" / PLACE).write_text("the next day's")
    result, fine = module("bundle_provenance", cache=str(tmp_path / "cache"), suites=["trixie"])
    assert not fine and "run again" in result["msg"] and "dists/trixie/main" in result["msg"]


def test_a_suite_that_was_not_collected(tmp_path):
    result, fine = module("bundle_provenance", cache=str(tmp_path), suites=["trixie"])
    assert not fine and "trixie: was not collected" in result["msg"]

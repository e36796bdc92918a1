# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bundle says it consists of: read from real packages, held against the official schema, the same every time."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import zipfile
from importlib.resources import files as resources
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.licence_names import SPDX, spdx_id
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from .conftest import ROOT, VERIFIER, module

GOLDEN = sorted((ROOT / "tests/unit/golden/bundle_evidence").glob("*/bundle.cdx.json"))
IDENTIFIERS = json.loads((resources("cyclonedx.schema") / "_res/spdx.SNAPSHOT.schema.json").read_text(encoding="utf-8"))["enum"]
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: Expat
"""
CHANGELOG = """chat (1.0-2) trixie; urgency=low

  * Fix CVE-2026-12345.

chat (1.0-1) trixie; urgency=low

  * First.
"""


def problem(text):
    """What the official schema of CycloneDX 1.6 says against a document."""
    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)


def deb(folder, name, papers, links=(), compression="xz", version="1.0-2"):
    """A small package with these papers, and its index stanza."""
    tree = folder / name
    (tree / "DEBIAN").mkdir(parents=True)
    control = (
        f"Package: {name}\nSource: chat\nVersion: {version}\nArchitecture: all\nMaintainer: x <x@example.com>\nDescription: x\n"
    )
    (tree / "DEBIAN/control").write_text(control)
    for path, content in {f"usr/lib/{'long' * 30}/{name}": b"x" * 5000, **papers}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)
    for path, target in dict(links).items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).symlink_to(target)
    command = ["dpkg-deb", f"-Z{compression}", "--build", "--root-owner-group", tree, folder / f"{name}.deb"]
    subprocess.run(command, check=True, capture_output=True)
    content = (folder / f"{name}.deb").read_bytes()
    return content, f"{control}Filename: x\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n"


def archive(path, name, content):
    """A tarball of one file."""
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return str(path)


@pytest.fixture
def parts(tmp_path):
    """A cache as bundle_debian leaves it, with papers of every kind, and the other archives."""
    cache, doc = tmp_path / "cache", "usr/share/doc"
    papers = {f"{doc}/chat/copyright": COPYRIGHT.encode(), f"{doc}/chat/changelog.Debian.gz": gzip.compress(CHANGELOG.encode())}
    made = [
        deb(tmp_path, "chat", papers),
        deb(tmp_path, "chat-doc", {}, {f"{doc}/chat-doc": "chat"}, "gzip"),
        deb(
            tmp_path,
            "chat-extra",
            {f"{doc}/chat-extra/copyright": b"free"},
            {f"{doc}/chat-extra/changelog.Debian.gz": "../chat/x"},
            "none",
        ),
        deb(tmp_path, "chat-bare", {}),
    ]
    (cache / "pool").mkdir(parents=True)
    for content, _stanza in made:
        (cache / "pool" / hashlib.sha256(content).hexdigest()).write_bytes(content)
    (cache / "apt/trixie").mkdir(parents=True)
    (cache / "apt/trixie/Packages").write_text("\n".join(stanza for _content, stanza in made))
    wheel = tmp_path / "x.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("some_wheel-1.0.dist-info/METADATA", "Name: some_wheel\nVersion: 1.0\nLicense: MIT\n")
    (tmp_path / "setup.exe").write_bytes(b"x")
    (tmp_path / "operator.yml").write_text("files:\n  - name: setup.exe\n    licence: as bought\n")
    return {
        "cache": str(cache),
        "suites": ["trixie"],
        "dest": str(tmp_path / "bundles"),
        "files": {
            "verify.sh": str(VERIFIER),
            "python/wheels/some_wheel-1.0-py3-none-any.whl": str(wheel),
            "web/client-1.0.tgz": archive(
                tmp_path / "w", "package/package.json", b'{"name":"client","version":"1.0","license":"ISC"}'
            ),
            "collections/a-b-1.0.tar.gz": archive(
                tmp_path / "c",
                "MANIFEST.json",
                b'{"collection_info":{"namespace":"a","name":"b","version":"1.0","license":["GPL-2.0-only"]}}',
            ),
            "operator/operator.yml": str(tmp_path / "operator.yml"),
            "operator/setup.exe": str(tmp_path / "setup.exe"),
        },
    }


def gather(parts, *arguments, **options):
    """What the module makes of it: result, and texts by file name."""
    result, fine = module("bundle_sbom", *arguments, **{**parts, **options})
    assert fine, result
    texts = {Path(path).name: Path(path) for path in result["files"].values()}
    return result, {name: path.read_text(encoding="utf-8") for name, path in texts.items() if path.exists()}


def test_real_packages(parts):
    """Papers in the package, in another one and nowhere; what was read once is kept."""
    foretold, texts = gather(parts, "--check")
    assert foretold["changed"] and texts == {} and not Path(parts["cache"], "deb-facts.json").exists()
    result, texts = gather(parts)
    assert (result["changed"], result["debs_read"], result["components"], result["base"]) == (True, 4, 8, None)
    assert problem(texts["bundle.cdx.json"]) is None
    rows = {row["name"]: (row["licences"], row["known from"]) for row in csv.DictReader(io.StringIO(texts["licences.csv"]))}
    assert rows == {
        "chat": ("Expat", "DEP-5"),
        "chat-doc": ("Expat", "DEP-5"),
        "chat-extra": ("unknown", "not machine-readable"),
        "chat-bare": ("unknown", "none"),
        "some_wheel": ("MIT", "wheel"),
        "client": ("ISC", "package.json"),
        "a.b": ("GPL-2.0-only", "MANIFEST.json"),
        "setup.exe": ("as bought", "operator.yml"),
    }
    assert "fixed: unknown" in texts["cve-fixed.txt"]
    again, same = gather(parts)
    assert (again["changed"], again["debs_read"], same) == (False, 0, texts)


def test_what_was_fixed_since_the_newest_bundle(parts):
    for serial, version in (("2026112001", "1.0-2"), ("2026112101", "1.0-1")):
        folder = Path(parts["dest"], f"bundle-{serial}")
        index = folder / "debian/dists/trixie/main/binary-amd64/Packages"
        index.parent.mkdir(parents=True)
        index.write_text(Path(parts["cache"], "apt/trixie/Packages").read_text().replace("1.0-2", version))
        (folder / "SHA256SUMS").write_text("")
    Path(parts["dest"], "bundle-2026112201").mkdir()
    result, texts = gather(parts)
    assert (result["base"], result["cves_fixed"]) == (2026112101, 1), "the newest that was finished"
    assert "trixie amd64 chat 1.0-1 1.0-2: CVE-2026-12345\n" in texts["cve-fixed.txt"]
    own = Path(parts["dest"], "bundle-2026112102")
    (own / "sbom").mkdir(parents=True)
    (own / "sbom/bundle.cdx.json").write_text(texts["bundle.cdx.json"])
    (own / "SHA256SUMS").write_text("")
    assert gather(parts)[0] == {**result, "changed": False, "debs_read": 0}, "a bundle is not compared with itself"


@pytest.mark.parametrize("kept", ["", "{}", '{"format":0,"facts":{}}', '{"format":1,"facts":{"x":{}}}', '{"format":1,"fac'])
def test_a_cache_that_cannot_be_used_is_made_again(parts, kept):
    Path(parts["cache"], "deb-facts.json").write_text(kept)
    assert gather(parts)[0]["debs_read"] == 4


def test_damage_is_one_line_that_names_the_file(parts):
    pool = sorted(Path(parts["cache"], "pool").iterdir())
    whole = pool[0].read_bytes()
    for content in (b"", b"x" * 500, whole[:-300]):
        pool[0].write_bytes(content)
        result, fine = module("bundle_sbom", **parts)
        assert not fine and str(pool[0]) in result["msg"] and "\n" not in result["msg"], result
    pool[0].write_bytes(whole)
    Path(parts["files"]["web/client-1.0.tgz"]).write_bytes(b"x")
    result, fine = module("bundle_sbom", **parts)
    assert not fine and "no npm archive" in result["msg"], result
    result, fine = module("bundle_sbom", **{**parts, "suites": ["bookworm"]})
    assert not fine and "bookworm amd64: was not collected" in result["msg"], result


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parent.name)
def test_golden_cases_fit_the_schema_and_their_package_urls_are_well_formed(path):
    text = path.read_text(encoding="utf-8")
    assert problem(text) is None
    for component in json.loads(text)["components"]:
        if "purl" in component:
            assert PackageURL.from_string(component["purl"]).to_string() == component["purl"]


def test_the_checker_would_notice():
    """The tests above can fail."""
    text = GOLDEN[0].read_text(encoding="utf-8")
    for change in (
        ('"MPL-2.0"', '"MPL-99"'),
        ('"SHA-256"', '"SHA-255"'),
        ('"type": "file"', '"type": "thing"'),
        ('"name"', '"nome"'),
    ):
        assert change[0] in text
        assert problem(text.replace(*change)), change


def test_every_identifier_is_one_of_spdx():
    versions = [
        f"{name}-{version}{later}"
        for name in ("AGPL", "GPL", "LGPL", "GFDL")
        for version in ("1", "2", "2.1", "3", "1.1", "1.2", "1.3")
        for later in ("", "+")
    ]
    found = {*SPDX.values(), *(known for name in versions if (known := spdx_id(name)))}
    assert found - set(IDENTIFIERS) == set()

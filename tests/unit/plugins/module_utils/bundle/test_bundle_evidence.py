# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bill of materials, licences and fixed CVEs, against golden cases and tables."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.bundle.archive_metadata import parse_collection, parse_npm, parse_wheel
from ansible_collections.onprem.chat.plugins.module_utils.bundle.changelog import parse_changelog
from ansible_collections.onprem.chat.plugins.module_utils.bundle.component import Component
from ansible_collections.onprem.chat.plugins.module_utils.bundle.control import parse_index
from ansible_collections.onprem.chat.plugins.module_utils.bundle.copyright import Licences, parse_copyright
from ansible_collections.onprem.chat.plugins.module_utils.bundle.deb_facts import (
    DebFacts,
    changelog_of,
    dump_facts,
    gather_facts,
    licences_of,
    load_facts,
    paper_names,
)
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.evidence import Base, Part, compute_components, compute_evidence
from ansible_collections.onprem.chat.plugins.module_utils.bundle.licence_names import is_expression, spdx_id

CASES = sorted((Path(__file__).parents[3] / "golden" / "bundle_evidence").iterdir())
PAPERS = ("copyright", "changelog", "folder")
DEP5 = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
READERS = {"wheels": parse_wheel, "npm": parse_npm, "collections": parse_collection}
KINDS = {"wheels": "wheel", "npm": "npm", "collections": "collection"}


def index(packages):
    """Packages as an index names them; the sums follow from the order."""
    stanzas = []
    for number, fields in enumerate(packages, 1):
        lines = [f"{key}: {value}" for key, value in fields.items() if key not in PAPERS]
        stanzas.append("\n".join([*lines, f"SHA256: {number:064x}", "Size: 1"]))
    return tuple(parse_index("\n\n".join(stanzas)))


def facts_of(package, fields):
    """Facts of a package with these papers."""
    names = paper_names(package)
    files = {names["copyright"]: fields["copyright"].encode()} if "copyright" in fields else {}
    if "changelog" in fields:
        files[names["changelog"]] = gzip.compress(fields["changelog"].encode())
    return gather_facts(package, files, {"": f"usr/share/doc/{fields['folder']}"} if "folder" in fields else {})


def other_components(raw):
    """Components of the archives and of the operator's files."""
    for key, kind in KINDS.items():
        for path, description in raw.get(key, {}).items():
            found = READERS[key](description if key == "wheels" else json.dumps(description))
            yield Component(path, kind, found.name, found.version, "c" * 64, found.licences)
    for path, licence in raw.get("operator", {}).items():
        known = Licences((licence,), "operator.yml") if licence else Licences()
        yield Component(path, "operator", path.partition("/")[2], "", "d" * 64, known)


def made(raw, shuffle=None):
    """The evidence that a case's intent gives."""
    packages, base = index(raw["packages"]), raw.get("base")
    facts = {package.sha256: facts_of(package, fields) for package, fields in zip(packages, raw["packages"])}
    facts = {digest: load_facts(json.loads(json.dumps(dump_facts(fact)))) for digest, fact in facts.items()}
    others = list(other_components(raw))
    if shuffle:
        packages = tuple(shuffle.sample(packages, len(packages)))
        shuffle.shuffle(others)
    parts = [Part("trixie", "amd64", packages), *(Part(*title.split(), ()) for title in raw.get("parts_not_in_base", ()))]
    before = Base(base["serial"], {"trixie amd64": index(base["packages"])}) if base else None
    return compute_evidence(compute_components(parts, facts, others), parts, facts, before)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_case(case):
    """A case gives exactly these files, whatever the order of what goes in."""
    raw = yaml.safe_load((case / "intent.yml").read_text(encoding="utf-8"))
    found = made(raw)
    files = {Path(path).name: text for path, text in found.texts.items()}
    assert {**files, "summary.txt": f"{found.summary}\n"} == {
        path.name: path.read_text(encoding="utf-8") for path in case.iterdir() if path.name != "intent.yml"
    }
    assert made(raw, random.Random(5)) == found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"{DEP5}Files: *\nLicense: Expat\n", ("Expat",)),
        (f"{DEP5}files: *\nlicense:   Expat  \n\nFiles: x\nLicense: Expat\n", ("Expat",)),
        (DEP5.replace("\n\n", "\nLicense: MIT\n"), ("MIT",)),
        (f"{DEP5}License: Zlib\n text\n", ("Zlib",)),
        (f"{DEP5}Files: *\nLicense:\n any text\n", ("unknown",)),
        (f"{DEP5}Files: *\n\n\t\nFiles: x\nLicense: GPL-2+ or Artistic\n", ("GPL-2+ or Artistic", "unknown")),
        (DEP5, ()),
        ("", ()),
        ("Files: *\nLicense: Expat\n", ()),
        ("A letter.\n\nFormat: copyright-format/1.0\nLicense: Expat\n", ()),
    ],
)
def test_licences_of_copyright_files(text, names):
    assert parse_copyright(text).names == names


def test_what_only_people_can_read_is_unknown_with_a_hint():
    found = parse_copyright("see /usr/share/common-licenses/LGPL-2.1, or `/usr/share/common-licenses/GPL-2'.")
    assert found == Licences((), "not machine-readable", ("GPL-2", "LGPL-2.1"))


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Expat", "MIT"),
        ("GPL-2+", "GPL-2.0-or-later"),
        ("gpl-3", "GPL-3.0-only"),
        ("GPL-2.0-or-later", "GPL-2.0-or-later"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("LGPL-2", "LGPL-2.0-only"),
        ("GFDL-1.3+", "GFDL-1.3-or-later"),
        ("GPL-4", None),
        ("GPL", None),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("BSD-3-clause-Regents", None),
        ("GPL-2+ with OpenSSL exception", None),
        ("public-domain", None),
    ],
)
def test_spdx_identifiers_where_there_is_no_doubt(name, known):
    assert spdx_id(name) == known


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("Apache-2.0 OR BSD-3-Clause", True),
        ("MIT AND PSF-2.0 AND ISC", True),
        ("MIT", False),
        ("MIT or Apache-2.0", False),
        ("MIT OR Something", False),
        ("MIT AND", False),
        ("(MIT OR ISC", False),
        ("", False),
    ],
)
def test_spdx_expressions(text, fine):
    assert is_expression(text) is fine


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ("License: MIT\nClassifier: License :: OSI Approved :: BSD License\n", ("MIT",)),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\nClassifier: Topic :: X\n", ("MIT License",)),
        ("Classifier: License :: OSI Approved\n", ()),
        (f"License: {'a whole text ' * 20}\n", ()),
        ("", ()),
    ],
)
def test_licences_of_wheels(fields, names):
    assert (
        parse_wheel(f"Metadata-Version: 2.1\nName: x\nVersion: 1\n{fields}\nLicense: in the description\n").licences.names
        == names
    )


@pytest.mark.parametrize(
    ("parse", "text"), [(parse_wheel, "Name: x\n"), (parse_npm, "{"), (parse_npm, "[]"), (parse_collection, "{}")]
)
def test_archives_that_do_not_say_what_they_are(parse, text):
    with pytest.raises(BundleError, match="its description"):
        parse(text)


@pytest.mark.parametrize(
    ("component", "purl"),
    [
        (Component("p", "npm", "@example/client", "1.0", ""), "pkg:npm/%40example/client@1.0"),
        (Component("p", "wheel", "Jinja_X", "3.1+local", ""), "pkg:pypi/jinja-x@3.1%2Blocal"),
        (Component("p", "collection", "onprem.chat", "0.1.0", ""), "pkg:generic/onprem.chat@0.1.0"),
        (Component("p", "operator", "setup.exe", "", ""), ""),
        (
            Component(
                "p", "deb", "g++", "4:1~a-1", "", suite="trixie", architecture="amd64", source="g++", source_version="4:1~a-1"
            ),
            "pkg:deb/debian/g%2B%2B@4:1~a-1?arch=amd64&distro=trixie",
        ),
    ],
)
def test_package_urls(component, purl):
    assert component.purl() == purl


def test_changelogs_without_entries_and_with_odd_versions():
    assert parse_changelog("Release notes\n\n1.0: first\n") is None
    found = parse_changelog(
        "a (2~rc1-1) x; urgency=low\n\n  * CVE-2026-12345\n\na (1:1-1) y z; urgency=low\n\n  * CVE_2020-1234 x\n"
    )
    assert found.cves == {"2~rc1-1": ("CVE-2026-12345",), "1:1-1": ("CVE-2020-1234",)}
    assert found.oldest == "1:1-1"


def test_papers_of_another_package():
    """Links lead on, never in circles, and to nothing where nothing is."""
    log = parse_changelog("a (1-1) x; urgency=low\n")
    known = {
        "a": DebFacts(Licences(("MIT",), "DEP-5"), log),
        "b": DebFacts(None, None, {"": "a"}),
        "c": DebFacts(Licences(("ISC",), "DEP-5"), None, {"changelog": "b"}),
        "round": DebFacts(None, None, {"": "about"}),
        "about": DebFacts(None, None, {"": "round"}),
    }
    assert [licences_of(name, known).names for name in (*known, "not there")] == [("MIT",), ("MIT",), ("ISC",), (), (), ()]
    assert [changelog_of(name, known) for name in (*known, "not there")] == [log, log, log, None, None, None]


def test_a_damaged_changelog_is_unknown():
    package = index([{"Package": "x", "Version": "1-1", "Architecture": "all"}])[0]
    for content in (b"no gzip", gzip.compress(b"x" * 100)[:-20]):
        assert gather_facts(package, {"changelog.Debian.gz": content}, {}).changelog is None


@pytest.mark.parametrize("licences", [1, ["x"]])
@pytest.mark.parametrize("data", [{}, {"changelog": None, "links": {}}, {"changelog": [1, 2], "links": {}}])
def test_facts_that_are_none(data, licences):
    with pytest.raises(BundleError, match="facts"):
        load_facts({"licences": licences, **data})

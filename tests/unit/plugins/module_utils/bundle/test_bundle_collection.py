# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collection's archive: what belongs to it, and always the same bytes."""

from __future__ import annotations

import io
import json
import tarfile

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.collection import (
    Member,
    archive,
    file_name,
    left_out,
    render_manifest,
)
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError

GALAXY = {"namespace": "a", "name": "b", "version": "1.0.0", "authors": ["x"], "readme": "README.md", "build_ignore": ["lab"]}
MEMBERS = {"README.md": Member(b"read"), "roles/x/files/run.sh": Member(b"#!/bin/sh\n", executable=True)}


@pytest.mark.parametrize(
    ("path", "out"),
    [
        ("roles", False),
        ("lab", True),
        ("roles/lab", True),
        ("inventories/lab_nat", True),
        ("galaxy.yml", True),
        ("x/y.pyc", True),
        ("x/__pycache__", True),
        (".git", True),
        ("labs", False),
    ],
)
def test_what_stays_behind(path, out):
    assert left_out(path, ["lab", "inventories/lab*"]) is out


def test_same_files_same_bytes_whatever_their_order():
    one = archive(*render_manifest(GALAXY, MEMBERS), MEMBERS)
    turned = dict(reversed(MEMBERS.items()))
    assert archive(*render_manifest(GALAXY, turned), turned) == one
    with tarfile.open(fileobj=io.BytesIO(one)) as tar:
        entries = tar.getmembers()
    assert {(entry.mtime, entry.uid, entry.gid, entry.uname) for entry in entries} == {(0, 0, 0, "")}
    assert [entry.name for entry in entries] == [
        *("FILES.json", "MANIFEST.json", "README.md"),
        *("roles", "roles/x", "roles/x/files", "roles/x/files/run.sh"),
    ]
    assert {entry.name: entry.mode for entry in entries}["roles/x/files/run.sh"] == 0o755


def test_the_manifest_names_every_file():
    manifest, files = render_manifest(GALAXY, MEMBERS)
    assert json.loads(manifest)["collection_info"]["license_file"] is None
    assert [row["name"] for row in json.loads(files)["files"]] == [".", "roles", "roles/x", "roles/x/files", *MEMBERS]


@pytest.mark.parametrize("wrong", [{"namespace": "../x"}, {"name": ""}, {"version": "one"}, {"version": None}])
def test_a_name_that_leads_elsewhere(wrong):
    assert file_name(GALAXY) == "a-b-1.0.0.tar.gz"
    with pytest.raises(BundleError):
        file_name({**GALAXY, **wrong})

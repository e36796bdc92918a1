# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest: what is signed is what is there, and nothing else."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import Manifest, parse_manifest, render_manifest

A, B = "a" * 64, "b" * 64
SUMS = {"web/x.tgz": A, "debian/pool/trixie/x_1~2+b1_all.deb": B}


def test_round_trip_is_sorted():
    text = render_manifest(SUMS)
    assert text == f"{B}  debian/pool/trixie/x_1~2+b1_all.deb\n{A}  web/x.tgz\n"
    assert parse_manifest(text).sums == SUMS


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a//b", "./a", "a/./b", "a b", "a\\b", "a\nb", "-"[:0], "a/.."])
def test_a_path_that_could_leave_is_refused(path):
    with pytest.raises(BundleError):
        render_manifest({path: A})
    with pytest.raises(BundleError):
        parse_manifest(f"{A}  {path}\n")


@pytest.mark.parametrize("text", ["", "x", f"{A} web/x\n", f"{A.upper()}  web/x\n", f"{A}  web/x\n{B}  web/x\n"])
def test_damage_is_told_with_its_line(text):
    with pytest.raises(BundleError, match="SHA256SUMS"):
        parse_manifest(text)


def test_all_damage_is_told_at_once():
    with pytest.raises(BundleError) as caught:
        parse_manifest(f"x\n{A}  a\ny\n")
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("present", "copy", "word"),
    [
        ([*SUMS, "SHA256SUMS", "SHA256SUMS.sshsig", "SHA256SUMS.asc", "parity/a.par2"], False, None),
        ([*SUMS, "web/evil"], False, "web/evil is not in"),
        ([*SUMS, "web/evil"], True, "web/evil is not in"),
        (["web/x.tgz"], False, "debian/pool/trixie/x_1~2\\+b1_all.deb is missing"),
        (["web/x.tgz"], True, None),
    ],
)
def test_what_is_there(present, copy, word):
    problem = Manifest(SUMS).problem(present, copy)
    if word is None:
        assert problem is None
    else:
        assert problem.startswith(word.replace("\\", ""))


def test_packages_are_no_part_of_every_hosts_base():
    assert Manifest(SUMS).base() == {"web/x.tgz": A}

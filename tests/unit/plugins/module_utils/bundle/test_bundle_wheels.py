# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lock files: what is in them, what answers them, and that the committed ones fit requirements.txt."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle import wheels
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError

A, B = "a" * 64, "b" * 64
LOCK = f"# a comment\nalpha==1.0 \\\n    --hash=sha256:{A} \\\n    --hash=sha256:{B}\nbeta==2.0 --hash=sha256:{B}  # via alpha\n"
ROOT = Path(__file__).parents[5]
LOCKS = sorted((ROOT / "roles/offline_bundle/files/python").glob("lock-*.txt"))


def test_a_lock_file():
    alpha, beta = wheels.parse_lock("lock-3.11.txt", LOCK)
    assert (alpha.name, alpha.version, alpha.sums) == ("alpha", "1.0", {A, B})
    assert wheels.missing((alpha, beta), {"x.whl": A}) == ["beta"]
    assert wheels.missing((alpha, beta), {"x.whl": B}) == []


@pytest.mark.parametrize(
    "text",
    ["", "alpha", "alpha>=1 --hash=sha256:" + A, "alpha==1", "-r other.txt", "--index-url x", f"alpha==1 ; x --hash=sha256:{A}"],
)
def test_what_no_lock_file_may_hold(text):
    with pytest.raises(BundleError, match=r"lock-3\.11\.txt: .*tools/lock-python"):
        wheels.parse_lock("lock-3.11.txt", text)


def test_names_and_platforms():
    assert wheels.lock_version("lock-3.13.txt") == "3.13"
    for name in ("lock.txt", "lock-2.7.txt", "lock-3.11.txt.new"):
        with pytest.raises(BundleError, match="named lock-3"):
            wheels.lock_version(name)
    assert wheels.platforms("arm64")[0] == "manylinux_2_36_aarch64"
    with pytest.raises(BundleError, match="riscv64"):
        wheels.platforms("riscv64")


def test_a_choice_counts_for_its_lock_file_alone():
    text = wheels.render_record("one", {"b.whl": B, "a.whl": A})
    assert wheels.parse_record(text, "one") == {"a.whl": A, "b.whl": B}
    for other in (text.replace("one", "two"), "", "[]", '{"lock": "one"}', '{"lock": "one", "wheels": 1}'):
        assert wheels.parse_record(other, "one") == {}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_the_committed_ones_hold_what_is_required(path):
    pinned = {pin.name for pin in wheels.parse_lock(path.name, path.read_text())}
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = {line.split(";")[0].split(">")[0].strip() for line in lines if line and not line.startswith("#")}
    assert wanted <= pinned


def test_there_is_one_for_every_python_of_debian():
    assert [wheels.lock_version(path.name) for path in LOCKS] == ["3.11", "3.12", "3.13"]

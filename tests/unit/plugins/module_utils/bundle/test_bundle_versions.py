# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's version order, held against dpkg itself where there is one."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.versions import compare

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

# Rising, with what people get wrong: ~ before the end, letters before other signs, numbers as numbers, epochs above all.
RISING = [
    "0~~",
    "0~~a",
    "0~",
    "0",
    "0a",
    "0.1~bpo12+1",
    "0.1",
    "0.1-1",
    "0.1-1+b1",
    "0.1-1+deb12u2",
    "0.1-1+deb12u10",
    "0.9",
    "0.10",
    "1:0.1",
]
PART = st.from_regex(r"[0-9][0-9a-zA-Z.+~]{0,12}", fullmatch=True)


@pytest.mark.parametrize(("low", "high"), list(zip(RISING, RISING[1:])))
def test_rises(low, high):
    assert compare(low, high) == -1
    assert compare(high, low) == 1
    assert compare(low, low) == 0


@pytest.mark.parametrize(("one", "other"), [("1.0", "0:1.0"), ("1.00", "1.0"), ("1.0-0", "1.0")])
def test_equal_in_other_words(one, other):
    assert compare(one, other) == 0


@pytest.mark.skipif(not shutil.which("dpkg"), reason="needs dpkg to compare with")
@hypothesis.settings(max_examples=60)
@hypothesis.given(PART, PART, st.sampled_from(["", "-1", "-1+b2", "-2~bpo1"]), st.sampled_from(["", "-1", "-1+b2", "-2~bpo1"]))
def test_agrees_with_dpkg(one, other, revision, other_revision):
    left, right = one + revision, other + other_revision
    said = {
        word: subprocess.run(["dpkg", "--compare-versions", left, word, right], check=False).returncode == 0
        for word in ("lt", "eq")
    }
    assert compare(left, right) == (-1 if said["lt"] else 0 if said["eq"] else 1)

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes onto which stick: every byte once, no stick too full, the same sticks every time."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.carriage import (
    LARGEST,
    Base,
    Limits,
    cut,
    load_sticks,
    parity_blocks,
)
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import Manifest
from hypothesis import given
from hypothesis import strategies as st

SERIAL = 2026112102
MB = 1000000
SUMS = {"BUNDLE.json": "1" * 64, "rejoin.sh": "2" * 64, "web/a": "3" * 64, "web/b": "4" * 64, "operator/c": "5" * 64}
SIZES = {"BUNDLE.json": 2000, "rejoin.sh": 9000, "web/a": 5 * MB, "web/b": 3 * MB, "operator/c": 5 << 30, "SHA256SUMS": 90000}


def paths(carriage):
    return [[load.path for load in stick] for stick in carriage.sticks]


def test_a_whole_bundle_on_one_stick_is_a_bundle_as_it_is():
    sums = {path: digest for path, digest in SUMS.items() if path != "operator/c"}
    carriage = load_sticks(SERIAL, Manifest(sums), SIZES, Limits())
    assert paths(carriage) == [["BUNDLE.json", "rejoin.sh", "web/a", "web/b"]]
    assert (carriage.folder, carriage.note(1)) == ("bundle-2026112102", None)


def test_what_fat_cannot_hold_is_cut():
    carriage = load_sticks(SERIAL, Manifest(SUMS), SIZES, Limits())
    assert [path for path in paths(carriage)[0] if "operator" in path] == [
        "operator/c.piece-001-of-002",
        "operator/c.piece-002-of-002",
    ]
    assert (carriage.folder, carriage.note(1)) == ("part-2026112102", "onprem-chat carrier 1\nserial 2026112102\nstick 1 of 1\n")


def test_a_delta_is_what_the_receipt_does_not_name_by_its_sum():
    receipt = Manifest({"elsewhere/a": SUMS["web/a"], "web/b": "9" * 64, "operator/c": SUMS["operator/c"], "rejoin.sh": "2" * 64})
    carriage = load_sticks(SERIAL, Manifest(SUMS), SIZES, Limits(), (receipt, Base("b" * 64, 2026112101)))
    assert paths(carriage) == [["BUNDLE.json", "rejoin.sh", "web/b"]]
    assert carriage.folder == "part-2026112102"
    assert carriage.note(1) == f"onprem-chat carrier 1\nserial 2026112102\nstick 1 of 1\nbase {'b' * 64} 2026112101\n"


def test_nothing_new_is_a_delta_too():
    carriage = load_sticks(SERIAL, Manifest(SUMS), SIZES, Limits(), (Manifest(SUMS), Base("b" * 64)))
    assert paths(carriage) == [["BUNDLE.json", "rejoin.sh"]]
    assert carriage.note(1).endswith(f"base {'b' * 64} unknown\n")


def test_several_sticks_all_say_what_they_are():
    carriage = load_sticks(SERIAL, Manifest(SUMS), SIZES, Limits(capacity=2000 * MB))
    assert len(carriage.sticks) == 3
    assert all(stick[0].path == "BUNDLE.json" and stick[1].path == "rejoin.sh" for stick in carriage.sticks)
    assert [carriage.note(number).splitlines()[2] for number in (1, 2, 3)] == ["stick 1 of 3", "stick 2 of 3", "stick 3 of 3"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"piece": 0}, ["piece: 0"]),
        ({"piece": LARGEST + 1, "parity": 101}, ["piece: 4294967296", "parity: 101"]),
        ({"capacity": 0}, ["capacity: 0"]),
        ({"parity": -1}, ["parity: -1"]),
    ],
)
def test_wishes_that_cannot_be_are_told_at_once(options, words):
    with pytest.raises(BundleError) as caught:
        Limits(**options)
    assert len(caught.value.problems) == len(words)
    assert all(problem.startswith(word) for problem, word in zip(caught.value.problems, words))


def test_a_stick_that_holds_nothing_is_refused():
    with pytest.raises(BundleError, match="capacity: a stick of 1000000 bytes"):
        load_sticks(SERIAL, Manifest(SUMS), SIZES, Limits(capacity=MB))


def test_too_many_pieces_are_refused():
    with pytest.raises(BundleError, match="larger pieces"):
        cut("web/a", 1000, 1)


@given(
    sizes=st.lists(st.integers(0, 50 * MB), max_size=30),
    capacity=st.none() | st.integers(4 * MB, 40 * MB),
    piece=st.integers(MB, 20 * MB),
    parity=st.integers(0, 100),
)
def test_every_byte_once_and_no_stick_too_full(sizes, capacity, piece, parity):
    files = {f"web/{number}": size for number, size in enumerate(sizes)}
    manifest = Manifest({"BUNDLE.json": "0" * 64, **{path: f"{number:064x}" for number, path in enumerate(files, 1)}})
    limits = Limits(piece, capacity, parity)
    known = {**files, "BUNDLE.json": 2000, "SHA256SUMS": 9000}
    carriage = load_sticks(SERIAL, manifest, known, limits)
    assert carriage == load_sticks(SERIAL, manifest, dict(reversed(list(known.items()))), limits)
    loads = [load for stick in carriage.sticks for load in stick if load.source in files]
    for path, size in files.items():
        mine = sorted((load for load in loads if load.source == path), key=lambda load: load.path)
        assert sum(load.size for load in mine) == size
        assert [load.offset for load in mine] == [sum(each.size for each in mine[:index]) for index in range(len(mine))]
        assert all(load.size <= piece for load in mine)
    for stick in carriage.sticks if capacity else ():
        taken = [load.size for load in stick] + [known["SHA256SUMS"]]
        block, count = parity_blocks(taken, parity) if parity else (0, 0)
        # every file takes whole clusters; par2 tells of every block and file in each of its packets again
        told = (count.bit_length() + 1) * sum(300 + 20 * (size // block + 1) for size in taken) if parity else 0
        assert sum(-(-size // 32768) * 32768 for size in taken) + block * count + told <= capacity


@given(sizes=st.lists(st.integers(0, 1 << 40), min_size=1), percent=st.integers(1, 100))
def test_parity_is_as_much_as_was_asked_for(sizes, percent):
    block, count = parity_blocks(sizes, percent)
    assert block % 4096 == 0 and count >= 1
    assert block * count >= sum(sizes) * percent // 100
    assert block * (count - 2) <= sum(sizes) * percent / 100

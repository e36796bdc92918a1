# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signed texts are taken apart to the byte, indexes are searched in pieces, and only a suite's own pockets count."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.provenance import (
    Release,
    choose,
    find_sums,
    folder,
    parse_release,
    pockets,
    release_problem,
    split_clear_signed,
)
from hypothesis import given
from hypothesis import strategies as st

SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\nabc=\n-----END PGP SIGNATURE-----\n"
HEAD = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"
SUMS = {letter: letter * 64 for letter in "abcdef"}
INDEX = "\n\n".join(f"Package: {name}\nSHA256: {digest}\nSize: 1" for name, digest in SUMS.items()).encode() + b"\n"


def test_a_signed_text_is_taken_apart():
    signed = split_clear_signed(f"{HEAD}Origin: Debian\n- -----dashes\n\nlast\n{SIGNATURE}")
    assert signed.text == "Origin: Debian\n-----dashes\n\nlast"
    assert signed.signature == SIGNATURE


@pytest.mark.parametrize(
    "content",
    [
        "",
        "x\n",
        f"before\n{HEAD}text\n{SIGNATURE}",
        f"{HEAD}text\n{SIGNATURE}behind\n",
        f"{HEAD}text\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\nSHA256:\n sum 1 path\n\ntext\n" + SIGNATURE,
    ],
)
def test_anything_around_it_is_refused(content):
    with pytest.raises(BundleError):
        split_clear_signed(content)


def test_a_release_names_files_by_sha256_alone():
    text = f"Codename: trixie\nMD5Sum:\n {'0' * 32} 5 main/a\nSHA256:\n {SUMS['a']}  50060337 main/a\n {SUMS['b']} 1 main/b"
    assert parse_release(text) == Release("trixie", {"main/a": SUMS["a"], "main/b": SUMS["b"]})
    assert parse_release("") == Release("", {})


@pytest.mark.parametrize(
    ("codename", "pocket", "fine"),
    [
        ("trixie", "trixie", True),
        ("trixie-security", "trixie-security", True),
        ("trixie-backports", "trixie", False),
        ("sid", "trixie", False),
        ("sid", "sid", False),
        ("bookworm", "bookworm", False),
        ("trixie-proposed-updates", "trixie-proposed-updates", False),
        ("", "", False),
    ],
)
def test_only_the_suites_own_pockets_count(codename, pocket, fine):
    assert (release_problem(Release(codename, {}), "trixie", pocket) is None) == fine


@given(cuts=st.lists(st.integers(0, len(INDEX)), max_size=6), wanted=st.sets(st.sampled_from([*SUMS.values(), "0" * 64])))
def test_sums_are_found_wherever_a_piece_ends(cuts, wanted):
    places = [0, *sorted(cuts), len(INDEX)]
    pieces = [INDEX[start:end] for start, end in zip(places, places[1:])]
    assert find_sums(wanted, pieces) == wanted & set(SUMS.values())


def test_only_a_whole_field_is_a_sum():
    digest = SUMS["a"]
    other = f"Description: x\n SHA256: {digest}\nX-SHA256: {digest}\nSHA256: {digest}0\nSHA256: {digest[:-1]}\n".encode()
    assert find_sums({digest}, [other]) == set()
    assert find_sums({digest}, [f"SHA256: {digest}\n".encode()]) == {digest}


def test_no_more_is_read_than_needed():
    def pieces():
        yield INDEX
        raise AssertionError("read on")

    assert find_sums({SUMS["a"]}, pieces()) == {SUMS["a"]}


def test_only_needed_pockets_are_chosen():
    offers = [("main", [b"SHA256: " + SUMS["a"].encode() + b"\n"]), ("none", [b""]), ("more", [INDEX])]
    assert choose({SUMS["a"]: "alpha", SUMS["b"]: "beta"}, offers) == ["main", "more"]
    assert choose({SUMS["a"]: "alpha"}, offers) == ["main"]
    with pytest.raises(BundleError, match="zeta"):
        choose({"0" * 64: "zeta"}, offers)


def test_places():
    assert folder("trixie", "arm64") == "provenance/debian/trixie/arm64"
    assert pockets("bookworm") == ("bookworm", "bookworm-security", "bookworm-updates", "bookworm-backports")

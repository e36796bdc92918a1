# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found wrong with a certificate and a key, and from when on a certificate is due."""

from __future__ import annotations

import datetime

import pytest
from public_certificate.pair import covers, examine, issued

NAME = "chat.example.com"


@pytest.fixture(scope="module", params=["ec", "rsa", "ed25519"])
def chain(request, make):
    root = make("root", authority=True, kind=request.param)
    inner = make("inner", issuer=root, authority=True, kind=request.param)
    return make("leaf", [NAME], issuer=inner, kind=request.param), inner, root


def test_a_good_chain_with_the_line_ends_of_anywhere(chain, now):
    leaf, inner, root = chain
    pair, problems = examine(
        leaf.pem + b"\n# issuer\n" + inner.pem.replace(b"\n", b"\r\n") + root.pem.rstrip(), leaf.key_pem(), NAME, now
    )
    assert problems == []
    assert pair.chain == leaf.pem + inner.pem + root.pem and pair.names == [NAME]
    assert len(pair.digest) == 16
    assert not issued(leaf.certificate, root.certificate) and issued(leaf.certificate, inner.certificate)


def test_everything_that_can_be_wrong_is_said_at_once(chain, make, now):
    leaf, inner, root = chain
    other = make("other", ["www.example.com"], days=(-9, -1))
    impostor = make("inner", authority=True)
    cases = [
        (b"", b"", ["certificate: holds no certificate", "key: holds no private key"]),
        (leaf.pem, other.key_pem(), ["key: is not the key of the certificate"]),
        (leaf.pem, leaf.key_pem(b"secret"), ["key: is encrypted"]),
        (
            inner.pem + leaf.pem,
            leaf.key_pem(),
            ["that of an authority", "is not the issuer of the one before", "the key is that of number 2"],
        ),
        (
            leaf.pem + root.pem,
            leaf.key_pem(),
            ["number 2 in it (CN=root) is not the issuer of the one before it, which is CN=inner"],
        ),
        (leaf.pem + impostor.pem, leaf.key_pem(), ["number 2 in it (CN=inner) is not the issuer"]),
        (other.pem, other.key_pem(), [f"is not for {NAME}; it names www.example.com", "has expired on 2026-01-30 12:00 UTC"]),
        (make("leaf", [NAME], days=(1, 2)).pem, b"x", ["is valid from 2026-02-01 12:00 UTC only", "key: holds no private key"]),
        (leaf.pem.replace(b"MII", b"AAA", 1), leaf.key_pem(), ["certificate: number 1 in it cannot be read"]),
    ]
    for given, key, expected in cases:
        pair, problems = examine(given, key, NAME, now)
        assert pair is None and len(problems) == len(expected), (expected, problems)
        assert all(words in problem for words, problem in zip(expected, problems)), (expected, problems)


def test_an_issuer_that_has_expired(make, now):
    inner = make("inner", authority=True, days=(-9, -1))
    leaf = make("leaf", [NAME], issuer=inner)
    assert examine(leaf.pem + inner.pem, leaf.key_pem(), NAME, now)[1] == ["certificate: number 2 in it (CN=inner) has expired"]


@pytest.mark.parametrize(("days", "due"), [((0, 90), 60), ((0, 6), 4), ((-100, 297), 164.667)])
def test_due_when_a_third_is_left(make, now, days, due):
    leaf = make("leaf", [NAME], days=days)
    pair, _problems = examine(leaf.pem, leaf.key_pem(), NAME, now)
    assert abs((pair.renew_after - now) / datetime.timedelta(days=1) - due) < 0.01


def test_a_certificate_of_this_very_moment_is_valid(make, now):
    leaf = make("leaf", [NAME], days=(1 / 1440, 6))
    assert examine(leaf.pem, leaf.key_pem(), NAME, now)[1] == []


@pytest.mark.parametrize(
    ("known", "covered"),
    [
        ([NAME], True),
        (["*.example.com"], True),
        (["*.com"], False),
        (["example.com"], False),
        (["*.chat.example.com"], False),
        ([], False),
    ],
)
def test_stars_stand_for_one_label(known, covered):
    assert covers(known, NAME) is covered

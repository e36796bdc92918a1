# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a token is worth, and that it makes one account, whatever is lost on the way."""

from __future__ import annotations

import pytest

TOKEN = "A" * 43
GOOD = {"token": TOKEN, "password": "long enough"}


def state(desk, what="accept", **given):
    return desk.answer(what, {**GOOD, **given})["state"]


def test_from_a_look_to_an_account_and_never_again(desk, ejabberd, invited):
    invited()
    assert desk.answer("look", {"token": TOKEN}) == {
        "state": "open",
        "name": "carol",
        "address": "carol@chat.example.lan",
        "display_name": "Carol",
        "expires": 1_800_086_400,
        "shortest": 8,
        "longest": 200,
    }
    assert desk.answer("accept", GOOD) == {"state": "made", "address": "carol@chat.example.lan"}
    assert ejabberd.accounts == {"carol": "long enough"}
    ejabberd.accounts.clear()
    assert state(desk, password="another one") == "used"
    assert desk.answer("look", GOOD) == {"state": "used"}, "who it was for is not told any more"
    assert ejabberd.accounts == {}


@pytest.mark.parametrize(
    "token", ["", "A" * 42, "A" * 44, "B" * 43, "A" * 42 + "\n", "A" * 42 + "%", "A" * 43 + "ä", None, 7, ["A" * 43]]
)
def test_what_is_no_token(desk, invited, token):
    invited()
    assert desk.answer("accept", {"token": token, "password": "long enough"}) == {"state": "unknown"}


@pytest.mark.parametrize("what", ["", "revoke", "LOOK", "manage"])
def test_other_words_are_not_known(desk, invited, what):
    invited()
    assert desk.answer(what, GOOD) == {"state": "unknown"}


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short12",
        "x" * 201,
        " leading space",
        "trailing space ",
        "tab\tin it",
        "a\0null in it",
        None,
        12345678,
        ["long enough"],
    ],
)
def test_passwords_that_do_not_do(desk, ejabberd, invited, password):
    """The invitation stays good."""
    invited()
    assert state(desk, password=password) == "weak"
    assert ejabberd.accounts == {}
    assert state(desk) == "made"


def test_a_password_that_is_only_the_name(desk, invited):
    invited("carolina")
    assert state(desk, password="CAROLINA") == "weak"


def test_not_a_second_after_its_time(desk, clock, invited):
    invited()
    clock.now += 86399
    assert state(desk, "look") == "open"
    clock.now += 1
    assert state(desk) == "expired"


def test_not_after_it_was_taken_back(desk, store, clock, invited):
    invited()
    store.revoke(["carol"], clock.now)
    assert state(desk) == "revoked"


def test_a_new_one_makes_the_old_one_worthless(desk, invited):
    invited()
    invited(token="B" * 43)
    assert state(desk) == "revoked"
    assert state(desk, token="B" * 43) == "made"


def test_who_has_an_account_gets_no_second_password(desk, ejabberd, invited):
    invited()
    ejabberd.accounts["carol"] = "her own"
    assert state(desk) == "used"
    assert ejabberd.accounts == {"carol": "her own"}


@pytest.mark.parametrize(("lost", "then"), [("before", "made"), ("after", "used"), ("refused", "made")])
def test_an_answer_that_was_lost(desk, ejabberd, invited, lost, then):
    invited()
    ejabberd.trouble = lost
    assert state(desk) == ("weak" if lost == "refused" else "later")
    ejabberd.trouble = ""
    assert state(desk, password="the second try") == then
    assert ejabberd.accounts == {"carol": "the second try" if then == "made" else "long enough"}


def test_nothing_is_decided_while_nobody_can_say_what_became_of_a_try(desk, store, ejabberd, invited):
    invited()
    ejabberd.trouble = "after"
    assert state(desk) == "later"
    ejabberd.trouble = "down"
    assert state(desk) == "later" and state(desk, "look") == "later"
    assert [row.state for row in store.rows()] == ["claimed"]
    ejabberd.trouble = ""
    desk.recover()
    assert [row.state for row in store.rows()] == ["used"]


def test_it_is_on_the_disk_before_the_account_is_made(desk, store, ejabberd, invited):
    invited()
    seen = []
    make = ejabberd.register
    ejabberd.register = lambda *given: (seen.append([row.state for row in store.rows()]), make(*given))[1]
    assert state(desk) == "made"
    assert seen == [["claimed"]]


def test_taken_back_in_the_very_moment(desk, store, clock, ejabberd, invited):
    """The account was made already, but what the administrator said stands."""
    invited()
    make = ejabberd.register
    ejabberd.register = lambda *given: (store.revoke(["carol"], clock.now), make(*given))[1]
    assert state(desk) == "made"
    assert state(desk) == "revoked"

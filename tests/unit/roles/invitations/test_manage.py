# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The administrator's side: who is invited, who is not any more, and what is told of it."""

from __future__ import annotations

import pytest
from onprem_invitations.manage import manage
from onprem_invitations.store import REMEMBERED

NOW = 1_800_000_000
ASKED = {"people": ["carol", "dave"], "revoke": [], "add": [], "days": 7, "check": False}
NEW = {"name": "carol", "display_name": "Carol", "digest": "0" * 64}


def told(store, ejabberd, now=NOW, **asked):
    answer = manage({**ASKED, **asked}, store, ejabberd, now)
    return answer["changes"], {row["name"]: row["state"] for row in answer["invitations"]}


def test_invited_until_a_week_from_now(store, ejabberd):
    assert told(store, ejabberd, add=[NEW]) == (["carol: invited"], {"carol": "open", "dave": "none"})
    (row,) = store.rows()
    assert (row.digest, row.expires) == ("0" * 64, NOW + 7 * 86400)
    assert told(store, ejabberd) == ([], {"carol": "open", "dave": "none"})
    assert told(store, ejabberd, NOW + 7 * 86400) == ([], {"carol": "expired", "dave": "none"})


def test_taken_back(store, ejabberd, invited):
    invited()
    assert told(store, ejabberd, revoke=["carol", "dave"]) == (
        ["carol: invitation revoked"],
        {"carol": "revoked", "dave": "none"},
    )
    assert told(store, ejabberd, revoke=["carol"]) == ([], {"carol": "revoked", "dave": "none"})


def test_who_is_not_named_any_more_is_not_invited_any_more(store, ejabberd, invited):
    invited()
    assert told(store, ejabberd, people=["dave"])[0] == ["carol: invitation revoked"]


def test_check_mode_only_tells(store, ejabberd, invited):
    invited()
    changes, states = told(store, ejabberd, people=["dave"], add=[{**NEW, "name": "dave"}], check=True)
    assert changes == ["carol: invitation revoked", "dave: invited"]
    assert states == {"carol": "open", "dave": "none"}


@pytest.mark.parametrize("row", [{**NEW, "name": "mallory"}, {**NEW, "digest": "0" * 63}, {**NEW, "digest": "A" * 43}])
def test_what_cannot_be_added(store, ejabberd, row):
    with pytest.raises(ValueError, match="is not among those"):
        told(store, ejabberd, add=[row])
    assert store.rows() == []


def test_no_link_for_an_account_that_is_there(store, ejabberd):
    ejabberd.accounts["carol"] = "her own"
    with pytest.raises(ValueError, match="carol: there is an account already"):
        told(store, ejabberd, add=[NEW])
    answer = manage(ASKED, store, ejabberd, NOW)
    assert [row["account"] for row in answer["invitations"]] == [True, False]


def test_a_try_that_goes_on_is_left_alone(store, ejabberd, invited):
    """The service may be making the account at this moment."""
    invited()
    digest = store.rows()[0].digest
    assert store.claim(digest, NOW)
    assert told(store, ejabberd)[1] == {"carol": "claimed", "dave": "none"}
    assert store.settle(digest, True, NOW)
    assert not store.claim(digest, NOW)


def test_what_has_been_over_for_a_month_is_forgotten(store, ejabberd, invited):
    invited()
    told(store, ejabberd, NOW + 86400 + REMEMBERED)
    assert len(store.rows()) == 1
    told(store, ejabberd, NOW + 86400 + REMEMBERED + 1)
    assert store.rows() == []

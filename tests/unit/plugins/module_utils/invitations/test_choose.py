# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom to invite now, and in which words the rest is refused."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.invitations.choose import InvitationError, choose, over, table


def row(name, state, account=False):
    return {"name": name, "state": state, "account": account, "expires": 1_800_000_000}


KNOWN = [row("ann", "none"), row("ben", "open"), row("cat", "used", True), row("dan", "expired"), row("eve", "claimed")]
PEOPLE = ["ann", "ben", "cat", "dan", "eve"]


@pytest.mark.parametrize(
    ("asked", "names"), [([], ["ann", "dan"]), (["ben"], ["ben"]), (["dan", "ann", "dan"], ["ann", "dan"]), (["eve"], ["eve"])]
)
def test_who_gets_a_link(asked, names):
    assert choose(KNOWN, PEOPLE, asked) == names


def test_who_does_not():
    with pytest.raises(InvitationError) as refused:
        choose(KNOWN, PEOPLE, ["cat", "mallory"])
    assert [line.split(";")[0] for line in refused.value.errors] == [
        "mallory: is not among those who may be invited",
        "cat: has an account already, and an invitation makes a new one only",
    ]


def test_sheets_that_are_of_no_use():
    assert over(KNOWN) == ["ann", "cat", "dan"]


def test_the_table():
    assert table(KNOWN, ["/a/ann.html"]) == [
        "ann  not invited yet",
        "ben  invited until 2027-01-15 08:00 UTC",
        "cat  has an account",
        "dan  invitation over since 2027-01-15 08:00 UTC",
        "eve  is making the account at this moment, or the making was cut off; the next click goes on",
        "sheet: /a/ann.html",
    ]
    assert table([]) == ["nobody has invite: true in site_users"]

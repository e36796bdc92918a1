# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes against a primary of the test's own: others who change the zone meanwhile, and answers that get lost."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.dns.name import Name
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.error import PublicDnsError
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.model import Intent, Reading, RecordSet
from ansible_collections.onprem.chat.plugins.module_utils.public_dns_shell.publish import apply
from ansible_collections.onprem.chat.plugins.module_utils.public_dns_shell.talk import Silence

CHAT = RecordSet("records[0]", Name.parse("chat.example.com"), "A", 300, ("203.0.113.10",))
OTHER, WANTED, NONE = Reading(("203.0.113.9",), 300), Reading(CHAT.values, 300), Reading()


class Primary:
    """Says in turn what it is told to, and counts the changes."""

    server = "ns1.example.com (192.0.2.53)"
    intent = Intent(Name.parse("example.com"), (CHAT,))

    def __init__(self, readings, codes):
        self.readings, self.codes, self.sent = list(readings), list(codes), 0

    def read(self, record, name=""):
        return NONE if name else self.readings.pop(0)

    def change(self, update, what):
        assert what == "A chat.example.com"
        self.sent += 1
        code = self.codes.pop(0)
        if code == "silence":
            raise Silence("does not answer")
        return code


@pytest.mark.parametrize(
    ("readings", "codes", "changed"),
    [
        ([WANTED], [], False),
        ([NONE], ["NOERROR"], True),
        ([OTHER], ["NOERROR"], True),
        ([NONE, OTHER], ["YXRRSET", "NOERROR"], True),
        ([NONE, WANTED], ["YXRRSET"], False),  # somebody else made it
        ([NONE, WANTED], ["silence"], True),  # it was made, and the answer lost
        ([NONE, NONE, WANTED], ["silence", "silence"], True),
    ],
)
def test_ends_well(readings, codes, changed):
    primary = Primary(readings, codes)
    assert bool(apply(primary)) == changed
    assert primary.sent == len(codes) and not primary.readings


@pytest.mark.parametrize(
    ("readings", "codes", "words"),
    [
        ([NONE, OTHER, NONE, OTHER], ["NXRRSET"] * 4, "the zone has changed meanwhile; who else changes A chat.example.com"),
        ([NONE] * 3, ["silence"] * 2, "for changes by TCP it does not answer"),
    ],
)
def test_gives_up(readings, codes, words):
    primary = Primary(readings, codes)
    with pytest.raises(PublicDnsError, match=words):
        apply(primary)
    assert primary.sent == len(codes)

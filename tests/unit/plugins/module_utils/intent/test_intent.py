# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every core that parses has in common: problems in reading order, and a reader that goes on after a fault."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.dns.error import DnsError
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.error import ForwardingError
from ansible_collections.onprem.chat.plugins.module_utils.intent.error import IntentError, Problem, Problems
from ansible_collections.onprem.chat.plugins.module_utils.intent.reader import Reader, quoted
from ansible_collections.onprem.chat.plugins.module_utils.site.error import SiteError


def test_problems_stand_in_reading_order_and_once():
    paths = ["hosts[10].name", "hosts[2].name", "hosts[2]", "a", "²[1]", "hosts[" + "9" * 5000 + "]", "hosts[2].name"]
    error = IntentError(Problem(path, "is wrong") for path in paths)
    assert [problem.path for problem in error.problems][:4] == ["a", "hosts[2]", "hosts[2].name", "hosts[10].name"]
    assert len(error.problems) == 6
    assert IntentError([Problem("a", "is wrong")]).told("No") == "No, 1 thing to mend:\n  - a: is wrong"
    assert error.told("No").startswith("No, 6 things to mend:\n  - a: is wrong\n")


@pytest.mark.parametrize("kind", [DnsError, ForwardingError, SiteError])
def test_every_core_has_an_error_of_its_own(kind):
    problems = Problems("site_")
    problems.raise_any(kind)
    problems.add("domain", "is missing")
    with pytest.raises(kind, match="site_domain: is missing"):
        problems.raise_any(kind)
    assert issubclass(kind, IntentError)


def test_the_reader_goes_on():
    reader = Reader(Problems())
    rows = list(reader.rows("rows", [{"a": 1, "c": 2}, 7, {"b": 1}, {"a": 2, 5: 6}], ("a", "b"), ("a",)))
    assert [path for path, _row in rows] == ["rows[0]", "rows[3]"]
    assert reader.number("n", "7", 1, 9) == 7 and reader.number("n", True, 0, 9) is None and reader.number("n", "٣", 0, 9) is None
    assert reader.truth("t", True) is True and reader.truth("t", "yes") is False
    assert reader.choice("c", "a", ("a", "b"), "letter") == "a" and reader.choice("c", ["a"], ("a", "b"), "letter") is None
    assert [str(problem) for problem in reader.problems.found] == [
        "rows[0].c: is not known; there are a, b",
        "rows[1]: must be a mapping with a, b",
        "rows[2].a: is missing",
        "rows[3].5: is not known; there are a, b",
        "n: True is not a number from 0 to 9",
        "n: '٣' is not a number from 0 to 9",
        "t: 'yes' is neither true nor false",
        "c: ['a'] is no letter; there are a, b",
    ]


def test_a_wrong_value_is_quoted_up_to_where_it_gets_long():
    assert quoted("a\n") == r"'a\n'"
    assert len(quoted("a" * 1000)) < 100
    assert quoted(10**5000) == "what stands there"

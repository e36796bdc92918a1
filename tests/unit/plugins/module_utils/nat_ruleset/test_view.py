# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run in check mode says of a host that has nothing yet."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset import error, installation, kernel, router, seat
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset.store import Store
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset.view import Request

TEXT = "table inet onprem_host {\n}\n"


@pytest.fixture(name="bare")
def _bare(monkeypatch, tmp_path):
    """The memory of a host without any program of the packet filter."""
    monkeypatch.setattr(installation, "check_host", lambda: None)
    monkeypatch.setattr(kernel, "PATH", str(tmp_path))
    return Store(tmp_path, seat.HOST)


def request():
    return Request("host", {"host": TEXT}, (), (), False, (), 60, "0" * 16, {})


def test_what_is_to_come_is_predicted(bare):
    facts = router.apply(bare, request(), check=True, diff=True)
    assert facts["changed"]
    assert facts["parts"] == ["rules", "stored", "files"]
    assert {"before_header": "host", "after_header": "host", "before": "", "after": TEXT} in facts["diff"]
    assert not bare.path(bare.seat.config).exists()


def test_without_check_mode_it_is_an_error(bare):
    with pytest.raises(error.NatRulesetError, match="nft cannot be run"):
        router.apply(bare, request(), check=False, diff=False)
    assert not bare.path(bare.seat.config).exists()

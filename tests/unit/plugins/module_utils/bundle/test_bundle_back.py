# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts may go where: forwards only, back only by their own record."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.upgrade import (
    DONE,
    NAME,
    RETURNING,
    STARTED,
    UNDONE,
    Record,
    render_record,
)
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host import Host, Wish
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host_back import HostBack
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host_copy import HostCopy, Trust

OLD, NEW = 2026112101, 2026112201


def host(kind, root, serial, used, record):
    """A host as it stands before a run, with no copy of the offered bundle."""
    if used:
        (root / "bundle").symlink_to(f"bundles/{used}")
    if record:
        (root / NAME).write_text(render_record(record))
    copy = HostCopy(root, serial, Trust(lambda *_args, **_more: (1, "", ""), "", ""))
    return kind(copy, "", Wish((), (), False, 2), check_mode=True)


@pytest.mark.parametrize(
    ("used", "record"),
    [
        (NEW, Record(OLD, NEW, DONE, {})),
        (NEW, Record(OLD, NEW, STARTED, {})),
        (OLD, Record(OLD, NEW, STARTED, {})),  # killed before the first package
        (OLD, Record(OLD, NEW, RETURNING, {})),
        (OLD, Record(OLD, NEW, UNDONE, {})),  # there already
        (OLD, Record(OLD - 1, OLD, DONE, {})),  # never left it; what brought it there is none of this
        (OLD, None),
    ],
)
def test_a_host_may_go_back(tmp_path, used, record):
    assert host(HostBack, tmp_path, OLD, used, record).status()["base"] is False


@pytest.mark.parametrize(
    ("used", "record", "says"),
    [
        (None, None, "uses no bundle"),
        (NEW, None, f"has no record of an upgrade from {OLD}"),
        (NEW, Record(OLD, NEW, UNDONE, {}), f"has no record of an upgrade from {OLD}"),
        (NEW, Record(OLD - 1, NEW, DONE, {}), f"went from {OLD - 1} to {NEW}"),
    ],
)
def test_a_host_may_not_go_back(tmp_path, used, record, says):
    with pytest.raises(BundleError, match=says):
        host(HostBack, tmp_path, OLD, used, record).status()


def test_a_record_that_cannot_be_read_says_so(tmp_path):
    (tmp_path / NAME).write_text("half a rec")
    with pytest.raises(BundleError, match=r"upgrade\.json: cannot be read"):
        host(HostBack, tmp_path, OLD, NEW, None).status()
    forwards = host(Host, tmp_path, NEW, None, None)
    assert forwards.record() is None and forwards.record() is None
    assert len(forwards.warnings) == 1 and "no way back" in forwards.warnings[0]


def test_forwards_is_the_only_other_way(tmp_path):
    with pytest.raises(BundleError, match=r"the offered one is older .*rollback\.yml"):
        host(Host, tmp_path, OLD, NEW, None).status()
    assert host(Host, tmp_path, NEW + 1, None, None).status()["base"] is False

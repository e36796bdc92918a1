# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A block of ours in a file of somebody else: theirs is never touched."""

from __future__ import annotations

import grp
import os
import pwd

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.config_set.block import merge, strip
from ansible_collections.onprem.chat.plugins.module_utils.config_set.engine import apply
from ansible_collections.onprem.chat.plugins.module_utils.config_set.model import ConfigSetError
from ansible_collections.onprem.chat.plugins.module_utils.config_set.outcome import Run
from ansible_collections.onprem.chat.plugins.module_utils.config_set.parse import parse

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

ME = {"owner": pwd.getpwuid(os.getuid()).pw_name, "group": grp.getgrgid(os.getgid()).gr_name}
MARKED = "# BEGIN onprem.chat demo\n192.168.1.30 chat\n# END onprem.chat demo\n"
LINES = st.lists(st.sampled_from(["a", "", "# BEGIN onprem.chat other", "# END onprem.chat demo", "x y"])).map("\n".join)


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ("", MARKED),
        ("127.0.0.1 localhost", f"127.0.0.1 localhost\n{MARKED}"),
        (f"a\n{MARKED.replace('.30', '.31')}b\n", f"a\n{MARKED}b\n"),
        ("# BEGIN onprem.chat demo\nhalf\n", f"# BEGIN onprem.chat demo\nhalf\n{MARKED}"),
        (MARKED.replace("demo", "other"), MARKED.replace("demo", "other") + MARKED),
    ],
)
def test_a_block_takes_its_place(live, expected):
    assert merge(b"192.168.1.30 chat", live.encode(), "demo").decode() == expected


@hypothesis.given(LINES, LINES)
def test_a_block_goes_as_it_came(live, block):
    once = merge(block.encode(), live.encode(), "demo")
    assert merge(block.encode(), once, "demo") == once or "END onprem.chat demo" in block
    if "# END" not in block + live:
        assert strip(once, "demo").decode().rstrip("\n") == live.rstrip("\n")


def run(tmp_path, state="present", name="demo", **file):
    files = [{"path": str(tmp_path / "hosts"), "content": "192.168.1.30 chat\n", "block": True, **ME, **file}]
    return apply(parse({"name": name, "state": state, "files": files}), Run(str(tmp_path / "state"), 0, diff=True))


def test_others_edit_their_lines_before_and_after(tmp_path):
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n")
    assert run(tmp_path).changed
    assert not run(tmp_path).changed
    hosts.write_text(hosts.read_text() + "192.168.1.9 printer\n")
    assert not run(tmp_path).changed
    assert run(tmp_path, content="192.168.1.31 chat\n").changed
    assert hosts.read_text() == f"127.0.0.1 localhost\n{MARKED.replace('.30', '.31')}192.168.1.9 printer\n"
    assert run(tmp_path, state="absent").changed
    assert hosts.read_text() == "127.0.0.1 localhost\n192.168.1.9 printer\n"


def test_a_file_that_was_made_for_the_block_goes_with_it(tmp_path):
    assert run(tmp_path).changed
    assert run(tmp_path, state="absent").changed
    assert not (tmp_path / "hosts").exists()


def test_two_sets_share_a_file(tmp_path):
    assert run(tmp_path).changed
    assert run(tmp_path, name="other").changed
    assert not run(tmp_path).changed
    assert run(tmp_path, state="absent").changed
    assert (tmp_path / "hosts").read_text() == MARKED.replace("demo", "other")


def test_a_large_file_is_kept_whole(tmp_path):
    (tmp_path / "hosts").write_text("x" * 200_000)
    assert run(tmp_path).changed
    assert run(tmp_path, state="absent").changed
    assert (tmp_path / "hosts").read_text() == "x" * 200_000 + "\n"


def test_a_link_is_refused(tmp_path):
    (tmp_path / "hosts").symlink_to("elsewhere")
    with pytest.raises(ConfigSetError, match=r"files\[0\]\.path: .* is a symbolic link"):
        run(tmp_path)


def test_a_zone_is_no_block(tmp_path):
    with pytest.raises(ConfigSetError, match=r"files\[0\]\.block: a zone file"):
        run(tmp_path, zone_serial=True, content="@SERIAL@")

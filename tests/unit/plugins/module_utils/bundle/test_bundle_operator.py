# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's files against their list, and the list that goes along."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.operator_files import (
    Found,
    Promise,
    check,
    parse_promises,
    render_list,
)

A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize("data", [None, [], {}, {"files": None}, {"files": {}}])
def test_what_is_no_list(data):
    with pytest.raises(BundleError, match="needs 'files'"):
        parse_promises(data)


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("x", "needs a name"),
        ({"name": "../x"}, "needs a name"),
        ({"name": "a b"}, "needs a name"),
        ({"name": "x", "size": "1"}, "size"),
        ({"name": "x", "size": True}, "size"),
        ({"name": "x", "sha256": "A" * 64}, "sha256"),
        ({"name": "x", "license": "MIT"}, "license is not known"),
        ({"name": "x", "licence": 1}, "licence is no text"),
        ({"name": "good"}, "listed twice"),
    ],
)
def test_every_bad_entry_is_named(row, word):
    with pytest.raises(BundleError, match=rf"files\[1\]: .*{word}") as caught:
        parse_promises({"files": [{"name": "good"}, row]})
    assert len(caught.value.problems) == 1


def test_all_that_is_wrong_with_the_folder_at_once():
    promises = [Promise("gone"), Promise("short", 2), Promise("other", 1, A), Promise("fine", 1, A), Promise("loose")]
    found = {"short": Found(1, A), "other": Found(1, B), "fine": Found(1, A), "loose": Found(9, B), "extra": Found(1, A)}
    with pytest.raises(BundleError) as caught:
        check(promises, found)
    said = caught.value.problems
    assert [line.split(": ")[1] for line in said] == ["gone", "extra", "other", "short"]
    assert all(line.startswith("offline_bundle_operator: ") for line in said)


def test_the_list_that_goes_along_is_yaml_with_all_that_is_known():
    promises = [Promise("b/x.msi", licence='"odd": #1'), Promise("a.deb", description="what\nit is")]
    text = render_list(promises, {"b/x.msi": Found(3, B), "a.deb": Found(2, A)})
    assert yaml.safe_load(text) == {
        "files": [
            {"name": "a.deb", "size": 2, "sha256": A, "licence": "unknown", "description": "what\nit is"},
            {"name": "b/x.msi", "size": 3, "sha256": B, "licence": '"odd": #1'},
        ]
    }
    assert render_list(list(reversed(promises)), {"b/x.msi": Found(3, B), "a.deb": Found(2, A)}) == text
    check(parse_promises(yaml.safe_load(text)), {"b/x.msi": Found(3, B), "a.deb": Found(2, A)})

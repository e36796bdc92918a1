# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What collectors may bring, and what it is in the bundle."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle import parts
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_root import root_name
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError


@pytest.mark.parametrize(
    "path", ["debian/pool/x.deb", "keys/more.asc", "parity/x.par2", "BUNDLE.json", "SHA256SUMS.asc", "../x", "/x", "a b", "a//b"]
)
def test_places_that_are_not_free(path):
    with pytest.raises(BundleError) as caught:
        parts.check_parts({"verify.sh": "x"}, {path: "x"})
    assert len(caught.value.problems) == 1 and caught.value.problems[0].startswith(f"{path}: ")


def test_all_problems_at_once():
    with pytest.raises(BundleError) as caught:
        parts.check_parts({"a": "x", "keys": "x"}, {"a": "x"})
    assert len(caught.value.problems) == 3
    parts.check_parts({"verify.sh": "x", "keysx": "y"}, {"provenance/debian/a": "z"})


def test_what_is_where():
    paths = ["python/lock-3.9.txt", "python/lock-3.12.txt", "python/wheels/a.whl", "web/a.tgz", "webx", "python/lock-3.12.txt.x"]
    assert parts.python_versions(paths) == ("3.9", "3.12")
    assert parts.below("web", paths) == ["a.tgz"]
    assert (parts.mode("install.sh"), parts.mode("operator/install.sh"), parts.mode("BUNDLE.json")) == (0o755, 0o644, 0o644)


def test_amd64_keeps_its_folder():
    assert root_name("trixie", "amd64") == "trixie" != root_name("trixie", "arm64")

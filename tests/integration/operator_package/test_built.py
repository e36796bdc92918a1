# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages are built; then a site that has another one than it was told of is refused before anything is touched."""

from __future__ import annotations

import json


def test_the_packages_are_there(packages):
    assert {name.partition("-")[0] for name in packages} == {"deb", "archive", "directory"}


def test_another_sum_stops_the_run_before_anything_changes(site, packages):
    before = site.fingerprints()
    wrong = {**packages["archive-1.0"], "sha256": "0" * 64}
    output = site.fail("-e", json.dumps({"site_chat_package": wrong}))
    assert "its sha256 is" in output and "nothing was changed" in output
    assert site.fingerprints() == before


def test_a_package_that_is_nowhere_is_told(site, packages):
    output = site.fail("-e", json.dumps({"site_chat_package": {**packages["archive-1.0"], "source": "nowhere.tar.gz"}}))
    assert "nowhere.tar.gz is neither in operator/ of the bundle" in output


def test_people_in_the_inventory_have_no_use(site):
    output = site.fail("-e", json.dumps({"site_users": [{"name": "alice", "password": "lab-only-alice"}]}))
    assert "site_users: has no use with site_chat_engine: operator_package" in output

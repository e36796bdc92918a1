# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade writes down, and the way back from it."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_output import Solution, Step, failures, parse_simulation
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.installed import Installed, parse_status
from ansible_collections.onprem.chat.plugins.module_utils.bundle.upgrade import (
    DONE,
    RETURNING,
    STARTED,
    UNDONE,
    Record,
    begin,
    finish,
    parse_record,
    render_preferences,
    render_record,
    upgradable,
    way_back,
)

N, N1, N2 = 2026112101, 2026112201, 2026112301
PLAN = Solution((Step("nginx", "1", "2"), Step("libnew", None, "1")), (Step("old", "1", None),))
CHANGES = {"nginx": ("1", "2"), "libnew": (None, "1"), "old": ("1", None)}


def test_a_record_comes_back_as_it_was_written():
    record = Record(N, N1, DONE, CHANGES)
    assert parse_record(render_record(record)) == record


@pytest.mark.parametrize("text", ["", "[]", "{}", render_record(Record(N, N1, DONE, CHANGES)).replace('"done"', '"fine"')])
def test_what_is_no_record(text):
    with pytest.raises(BundleError, match=r"upgrade\.json: cannot be read"):
        parse_record(text)


@pytest.mark.parametrize(
    ("last", "used", "expected"),
    [
        (None, None, None),  # a first installation has nothing to go back to
        (None, N1, None),  # more packages from the same bundle
        (None, N, Record(N, N1, STARTED, CHANGES)),
        (Record(N - 1, N, DONE, {"nginx": ("0", "1")}), N, Record(N, N1, STARTED, CHANGES)),
        (Record(N, N1, UNDONE, {"nginx": ("0", "1")}), N, Record(N, N1, STARTED, CHANGES)),
        # killed before: where it began counts
        (Record(N, N1, STARTED, {"nginx": ("0", "2")}), N1, Record(N, N1, STARTED, {**CHANGES, "nginx": ("0", "2")})),
        (Record(N - 1, N, RETURNING, {"chrony": ("1", "2")}), N, Record(N - 1, N1, STARTED, {"chrony": ("1", "2"), **CHANGES})),
        # a second change with the same bundle belongs to the first
        (Record(N, N1, DONE, {"chrony": ("1", "2")}), N1, Record(N, N1, STARTED, {"chrony": ("1", "2"), **CHANGES})),
    ],
)
def test_an_upgrade_begins(last, used, expected):
    assert begin(last, used, N1, PLAN) == expected


def test_what_happened_counts_not_what_was_planned():
    started = Record(N, N1, STARTED, {"nginx": ("1", "2"), "chrony": ("1", "2"), "kept": ("1", "2")})
    done = finish(started, {"nginx": "1", "chrony": "1", "kept": "1", "more": "1"}, {"nginx": "2", "chrony": "3", "kept": "1"})
    assert done == Record(N, N1, DONE, {"nginx": ("1", "2"), "chrony": ("1", "3"), "more": ("1", None)})


def test_what_was_done_before_a_kill_stays_in_the_record():
    started = Record(N, N1, STARTED, {"nginx": ("1", "2"), "chrony": ("1", "2")})
    assert finish(started, {"nginx": "2", "chrony": "1"}, {"nginx": "2", "chrony": "2"}) == started.at(DONE)


def test_the_way_back_is_the_record_and_no_package_more():
    way = way_back(
        Record(N, N1, DONE, CHANGES), Installed({"nginx": "2", "libnew": "1", "own": "1"}, ()), {"nginx": "1", "old": "1"}
    )
    assert (way.versions, way.gone, way.kept) == ({"nginx": "1", "old": "1"}, ("libnew",), {})
    assert not way.done
    assert way_back(Record(N, N1, DONE, CHANGES), Installed({"nginx": "1", "old": "1"}, ()), {"nginx": "1", "old": "1"}).done
    pins = render_preferences(way)
    assert "Package: nginx\nPin: version 1\nPin-Priority: 1001\n" in pins
    assert "Package: *\nPin: release o=onprem.chat\nPin-Priority: -1\n" in pins


@pytest.mark.parametrize(
    ("before", "now", "offered", "versions", "kept"),
    [
        ("1", "3", "1", {"x": "1"}, {}),
        ("1", "3", "2", {"x": "2"}, {}),  # the earlier bundle's lies between: as near as one gets
        ("2", "3", "1", {}, {"x": "3"}),  # never older than it was
        ("1", "3", "3", {}, {}),  # both bundles have the same
        ("1", "3", None, {}, {"x": "3"}),
        ("1", None, "1", {"x": "1"}, {}),  # removed, or left half installed by a kill
    ],
)
def test_versions_that_no_bundle_has_are_told(before, now, offered, versions, kept):
    installed = Installed({"x": now} if now else {}, ())
    way = way_back(Record(N, N1, DONE, {"x": (before, "3")}), installed, {"x": offered} if offered else {})
    assert (way.versions, way.kept) == (versions, kept)


def test_only_what_is_newer_and_not_held_is_upgraded():
    status = "\n\n".join(
        f"Package: {name}\nStatus: {want} ok installed\nArchitecture: all\nVersion: {version}"
        for name, want, version in [
            ("nginx", "install", "1:1~rc1"),
            ("held", "hold", "1"),
            ("newer", "install", "3"),
            ("foreign", "install", "1"),
        ]
    )
    installed = parse_status(status, "amd64")
    assert installed.held == ("held",)
    assert upgradable(installed, {"nginx": "1:1", "held": "2", "newer": "2", "absent": "2"}) == ["nginx"]


def test_apt_says_a_downgrade_as_it_says_an_upgrade():
    said = parse_simulation("Inst nginx [1.26.3-3+deb13u11] (1.26.3-3+deb13u7 onprem.chat:trixie [amd64])\nRemv libnew [1]\n")
    assert said.installs == (Step("nginx", "1.26.3-3+deb13u11", "1.26.3-3+deb13u7", "amd64"),)
    assert [step.name for step in said.removals] == ["libnew"]


def test_what_dpkg_could_not_do_is_told_with_its_reason():
    said = """Setting up nginx (2) ...
Job for nginx.service failed.
dpkg: error processing package nginx (--configure):
 installed nginx package post-installation script subprocess returned error exit status 1
Errors were encountered while processing:
 nginx
"""
    script = "installed nginx package post-installation script subprocess returned error exit status 1"
    assert failures(said) == [f"Job for nginx.service failed. dpkg: error processing package nginx (--configure): {script}"]
    assert failures("Setting up nginx (2) ...") == []


@pytest.mark.parametrize(
    ("status", "unfinished", "torn"),
    [
        ("install ok installed", (), ()),
        ("install ok unpacked", ("x",), ()),
        ("install ok half-configured", ("x",), ()),
        ("install ok half-installed", ("x",), ("x",)),
        ("install reinstreq half-installed", ("x",), ("x",)),
        ("install reinstreq unpacked", ("x",), ("x",)),
    ],
)
def test_what_was_torn_has_to_be_unpacked_again(status, unfinished, torn):
    installed = parse_status(f"Package: x\nStatus: {status}\nArchitecture: all\nVersion: 1\n", "amd64")
    assert (installed.unfinished, installed.torn) == (unfinished, torn)

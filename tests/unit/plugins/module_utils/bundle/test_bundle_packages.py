# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Package indexes, what has to travel together, and what apt and dpkg say."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_output import difference, parse_simulation
from ansible_collections.onprem.chat.plugins.module_utils.bundle.control import exact_pins, parse_index, pinning
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.installed import parse_status, pending
from ansible_collections.onprem.chat.plugins.module_utils.bundle.lockstep import siblings
from ansible_collections.onprem.chat.plugins.module_utils.bundle.repository import (
    by_hash,
    pool_path,
    render_packages,
    render_release,
)


def stanza(name, version="1", depends="", **more):
    fields = {
        "Package": name,
        "Version": version,
        "Architecture": "amd64",
        "Section": "libs",
        "Priority": "optional",
        "Depends": depends,
        "Filename": f"pool/main/x/{name}.deb",
        "Size": "10",
        "SHA256": "0" * 64,
        "Installed-Size": "5",
        **more,
    }
    return "".join(f"{key}: {value}\n" for key, value in fields.items() if value)


def index(*stanzas):
    return "\n".join(stanzas)


def test_an_index_is_read_and_written_again_with_our_own_places():
    text = index(stanza("b", "2:1.0-1", Description="x\n folded: line"), stanza("a"))
    packages = parse_index(text)
    assert [(p.name, p.version, p.size) for p in packages] == [("b", "2:1.0-1", 10), ("a", "1", 10)]
    assert pool_path("trixie", packages[0]) == "pool/trixie/b_1.0-1_amd64.deb"
    rendered = render_packages("trixie", packages)
    assert rendered.index("Package: a") < rendered.index("Package: b")
    assert "Filename: pool/trixie/b_1.0-1_amd64.deb\n" in rendered and "pool/main" not in rendered
    assert render_packages("trixie", parse_index(rendered)) == rendered


def test_only_what_is_wanted_is_read():
    assert [p.version for p in parse_index(index(stanza("a", "1"), stanza("a", "2")), [("a", "2")])] == ["2"]


def test_a_stanza_without_a_sum_is_refused():
    with pytest.raises(BundleError, match="a: its index stanza"):
        parse_index(stanza("a", SHA256=""))


def test_exact_pins():
    text = stanza(
        "s",
        depends="libc6 (>= 2.36), liba (= 1:1.0-1), libb:amd64 (= 2) | libd (= 3), python3:any",
        **{"Pre-Depends": "libp (= 4)"},
    )
    assert exact_pins(text) == {"liba": "1:1.0-1", "libb": "2", "libd": "3", "libp": "4"}


def test_siblings_travel_with_what_they_are_bound_to():
    closure = {
        p.name: p
        for p in parse_index(index(stanza("libssl3", "3.0.2"), stanza("libsystemd0", "252"), stanza("gcc-12-base", "12")))
    }
    universe = index(
        stanza("libssl3", "3.0.2"),
        stanza("libssl-dev", "3.0.2", "libssl3 (= 3.0.2)"),
        stanza("libssl-dev", "3.0.1", "libssl3 (= 3.0.1)"),
        stanza("libssl-doc", "3.0.2", "libssl3 (= 3.0.2)", Section="doc"),
        stanza("systemd", "252", "libsystemd0 (= 252)", Priority="important", Size="9000000"),
        stanza("libnss-systemd", "252", "systemd (= 252)"),
        stanza("systemd-tests", "252", "systemd (= 252)"),
        stanza("g++-12", "12", "gcc-12-base (= 12)", Section="devel"),
        stanza("libgomp1", "12", "gcc-12-base (= 12)"),
        stanza("huge", "1", "libssl3 (= 3.0.2)", Size="9000000"),
        stanza("other", "1", "libssl3 (>= 3.0.2)"),
    )
    found = siblings(closure, pinning(universe, closure))
    assert [(p.name, p.version) for p in found] == [
        ("libgomp1", "12"),
        ("libnss-systemd", "252"),
        ("libssl-dev", "3.0.2"),
        ("systemd", "252"),
    ]


SIMULATION = """NOTE: This is only a simulation!
Remv systemd-timesyncd [252.1] [chrony:amd64 ]
Inst libc6 [2.36-9] (2.36-9+deb12u14 Debian:12.15/oldstable [amd64]) []
Inst chrony (4.3-2+deb12u1 onprem.chat:bookworm [amd64])
Inst tzdata (2026a Debian:12.15/oldstable, Debian-Security:12/oldstable-security [all])
Conf libc6 (2.36-9+deb12u14 Debian:12.15/oldstable [amd64])
"""


def test_a_simulation_is_read():
    solution = parse_simulation(SIMULATION)
    assert [(s.name, s.before, s.after, s.architecture) for s in solution.installs] == [
        ("libc6", "2.36-9", "2.36-9+deb12u14", "amd64"),
        ("chrony", None, "4.3-2+deb12u1", "amd64"),
        ("tzdata", None, "2026a", "all"),
    ]
    assert [s.name for s in solution.forbidden([])] == ["systemd-timesyncd"]
    assert not solution.forbidden(["systemd-timesyncd"])
    shown = difference(solution)
    assert shown["before"] == "libc6 2.36-9\nsystemd-timesyncd 252.1\n"
    assert shown["after"] == "chrony 4.3-2+deb12u1\nlibc6 2.36-9+deb12u14\ntzdata 2026a\n"


STATUS = """Package: chrony
Status: install ok installed
Architecture: amd64
Version: 4.3-2

Package: nginx
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: bind9
Status: install ok half-configured
Architecture: amd64
Version: 9

Package: libc6
Status: install ok installed
Architecture: i386
Version: 1
"""


def test_what_dpkg_says():
    found = parse_status(STATUS, "amd64")
    assert found.versions == {"chrony": "4.3-2"}
    assert found.unfinished == ("bind9",)
    offered = {"chrony": "4.3-2+deb12u1", "nginx": "1"}
    assert pending(["nginx", "chrony", "chrony"], found, offered) == ["chrony", "nginx"]
    assert pending(["chrony"], found, {"chrony": "4.2"}) == []


def test_a_package_that_the_bundle_lacks_is_named():
    with pytest.raises(BundleError, match="has no coturn, zsh"):
        pending(["zsh", "chrony", "coturn"], parse_status(STATUS, "amd64"), {"chrony": "1"})


def test_release_file():
    text = render_release("trixie", "amd64", 1795219200, {"main/binary-amd64/Packages": b"x\n"})
    assert "Date: Sat, 21 Nov 2026 00:00:00 UTC\n" in text
    assert "Acquire-By-Hash: yes\n" in text
    assert text.endswith(" 73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac 2 main/binary-amd64/Packages\n")
    assert by_hash("main/binary-amd64/Packages", b"x\n").startswith("main/binary-amd64/by-hash/SHA256/73cb3858")

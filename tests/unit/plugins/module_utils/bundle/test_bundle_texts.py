# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serials, descriptor, signers, the apt root, the switch, package lists of roles."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle import switch
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_root import AptRoot, Mirrors, parse_mirrors, wanted_names
from ansible_collections.onprem.chat.plugins.module_utils.bundle.descriptor import (
    ArchitecturePart,
    Descriptor,
    OperatorFile,
    SuitePart,
    content_digest,
    parse_descriptor,
    render_descriptor,
)
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.role_packages import role_packages, union
from ansible_collections.onprem.chat.plugins.module_utils.bundle.serial import next_serial, parse_serial
from ansible_collections.onprem.chat.plugins.module_utils.bundle.signers import parse_signers, render_signers

EPOCH = 1795219200  # 2026-11-21 00:00 UTC
MIRRORS = Mirrors("http://mirror.example.com/debian", "http://mirror.example.com/debian-security")


@pytest.mark.parametrize(
    ("previous", "epoch", "serial"),
    [
        (None, EPOCH, 2026112101),
        (2026112101, EPOCH, 2026112102),
        (2026112199, EPOCH, 2026112200),
        (2026112001, EPOCH, 2026112101),
        (2027010101, EPOCH, 2027010102),
        (None, EPOCH - 1, 2026112001),
    ],
)
def test_serials_rise(previous, epoch, serial):
    assert next_serial(previous, epoch) == serial
    assert parse_serial(str(serial)) == serial


@pytest.mark.parametrize("text", ["", "1", "20261121", "x026112101", "2026112101 ", "20261121011"])
def test_what_is_no_serial(text):
    with pytest.raises(BundleError, match="serial"):
        parse_serial(text)


def descriptor():
    part = SuitePart("13", {"amd64": ArchitecturePart(("chrony",), 3, 100, 5)})
    suites, web, operator = {"trixie": part}, {"x.tgz": "a" * 64}, (OperatorFile("client.exe", 7, "b" * 64),)
    told = {"python": ("3.11", "3.13"), "collections": ("onprem-chat-0.1.0.tar.gz",), "operator": operator}
    return Descriptor(2026112101, EPOCH, "c" * 64, suites, "F" * 40, web, ("systemd-timesyncd",), 2026112001, **told)


def test_descriptor_round_trip_and_honest_about_holes():
    text = render_descriptor(descriptor())
    assert parse_descriptor(text) == descriptor()
    assert '"open_cves": "unknown"' in text


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format": 1}'])
def test_descriptor_that_is_none(text):
    with pytest.raises(BundleError, match=r"BUNDLE\.json"):
        parse_descriptor(text)


def test_descriptor_of_the_future():
    with pytest.raises(BundleError, match="format 3"):
        parse_descriptor(render_descriptor(descriptor()).replace('"format": 2', '"format": 3'))


def test_a_host_is_told_what_the_bundle_holds():
    assert descriptor().suite_for("trixie", "amd64") == "trixie"
    for host in (("bookworm", "amd64"), ("trixie", "arm64")):
        with pytest.raises(BundleError, match="holds trixie amd64"):
            descriptor().suite_for(*host)


def test_content_digest_minds_content_and_not_order():
    assert content_digest({"a": 1, "b": [2]}) == content_digest({"b": [2], "a": 1}) != content_digest({"a": 1, "b": [3]})


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIClARZ54mI3FQsMi8wzUB7e7BAXvX6Lb7XkGiEfiHjp+"
BLOCK = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n=dOYz\n-----END PGP PUBLIC KEY BLOCK-----"


def test_signers():
    text = render_signers(f"{KEY} operator@desk\n", BLOCK + "\n")
    assert f'\nbundle namespaces="onprem-chat-bundle" {KEY}\n' in text and "operator" not in text
    indented = "".join(f"    {line}\n" for line in text.splitlines())
    assert parse_signers(indented) == text
    assert parse_signers(KEY).strip() == KEY
    for nothing in ("", "# a comment", "/path/to/bundle-key.signers"):
        with pytest.raises(BundleError, match="holds no signer"):
            parse_signers(nothing)
    with pytest.raises(BundleError):
        render_signers("-----BEGIN OPENSSH PRIVATE KEY-----")


TARGETS = """http://deb.example.com/debian/ bookworm
http://deb.example.com/debian/ bookworm-updates
http://sec.example.com/debian-security/ bookworm-security
https://nodes.example.com/node nodistro
"""


def test_mirrors_are_those_of_the_machine_unless_given():
    assert parse_mirrors(TARGETS) == Mirrors("http://deb.example.com/debian", "http://sec.example.com/debian-security")
    assert parse_mirrors(TARGETS, security="http://x.example.com").security == "http://x.example.com"
    with pytest.raises(BundleError) as caught:
        parse_mirrors("http://archive.example.com/ubuntu noble\n")
    assert len(caught.value.problems) == 2


def test_apt_root_keeps_the_way_out_and_nothing_else_of_the_machine():
    root = AptRoot("/c/apt/bookworm", "bookworm", "amd64", MIRRORS, "/k.gpg", backports=("ejabberd", "erlang-*"))
    machine = 'APT "";\nAcquire::http::Proxy "http://proxy.example.com:3128";\nDPkg::Post-Invoke:: "rm -f /x";\n'
    text = root.configuration(machine)
    assert 'Acquire::http::Proxy "http://proxy.example.com:3128";\n' in text
    assert "Post-Invoke" not in text
    assert 'Dir::State::status "/c/apt/bookworm/state/status";\n' in text
    assert root.sources().count("\n") == 4 and "bookworm-backports main" in root.sources()
    assert "Package: ejabberd erlang-*\nPin: release n=bookworm-backports\n" in root.preferences()
    plain = AptRoot("/c", "trixie", "amd64", MIRRORS, "/k.gpg")
    assert plain.preferences() == "" and "backports" not in plain.sources()


def test_apt_root_takes_only_the_wanted_pockets():
    old = AptRoot("/c", "trixie", "amd64", MIRRORS, "/k.gpg", backports=("x",), pockets=("release",)).sources()
    assert [line.split()[4] for line in old.splitlines()] == ["trixie", "trixie-backports"]
    for pockets, word in ((("updates",), "release has to be among them"), (("release", "proposed"), "proposed is none of")):
        with pytest.raises(BundleError, match=f"offline_bundle_pockets: {word}"):
            AptRoot("/c", "trixie", "amd64", MIRRORS, "/k.gpg", pockets=pockets)


def test_apt_root_refuses_what_cannot_work():
    with pytest.raises(BundleError) as caught:
        AptRoot("/with space", "buster", "amd64", MIRRORS, "/k.gpg")
    assert len(caught.value.problems) == 2


def test_package_names():
    assert wanted_names(["nginx-light", "a+1", "nginx-light"]) == ["a+1", "nginx-light"]
    for bad in ([], ["Chrony"], ["a; rm"], ["-y"]):
        with pytest.raises(BundleError, match="offline_bundle_packages"):
            wanted_names(bad)


def test_switch():
    assert "Dir::Etc::sourceparts" in switch.render_configuration()
    source = switch.render_sources("/srv/c/bundles/2026112101", "trixie", "amd64").splitlines()[-1]
    assert source == (
        "deb [arch=amd64 signed-by=/srv/c/bundles/2026112101/keys/apt.asc] file:/srv/c/bundles/2026112101/debian trixie main"
    )
    assert switch.list_name("/srv/c/bundles/1", "trixie") == "_srv_c_bundles_1_debian_dists_trixie_InRelease"


@pytest.mark.parametrize(
    ("unit", "code"),
    [("ssh", 0), ("ssh.service", 0), ("nginx", 101), ("nginx.service", 101), ("cron.timer", 0), ("a.mount", 101)],
)
def test_only_daemons_that_ran_may_restart(tmp_path, unit, code):
    policy = tmp_path / "policy-rc.d"
    policy.write_text(switch.render_policy(["ssh.service", "cron.timer", "a.mount"]))
    assert subprocess.run(["sh", policy, unit, "restart"], check=False).returncode == code


def test_role_packages_come_from_the_file_that_the_role_would_load():
    files = {
        "Debian-12.yml": {"__x_packages": ["b", "a"], "__x_web_packages": ["c"], "__x_other": 1},
        "Debian.yml": {"__x_packages": ["d"]},
    }
    assert role_packages("x", "12", files.get) == ["a", "b", "c"]
    assert role_packages("x", "13", files.get) == ["d"]
    assert role_packages("x", "13", {}.get) == []
    assert union([["b"], ["a", "b"]]) == ["a", "b"]
    for wrong in ("text", [1], ["{{ x }}"]):
        with pytest.raises(BundleError, match="plain list"):
            role_packages("x", "13", {"Debian.yml": {"__x_packages": wrong}}.get)

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A package that a power cut tore apart may stand in dpkg's journal alone, which only dpkg itself reads."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell import host_apt

STANZA = "Package: alpha\nStatus: install {0}\nArchitecture: all\nVersion: 1\n"
INDEX = "Package: alpha\nVersion: 2\nArchitecture: all\nFilename: pool/trixie/alpha_2_all.deb\nSize: 1\nSHA256: 0\n"


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Have a bundle's copy and a dpkg that was killed; the commands that are then given."""
    dpkg, copy, commands = tmp_path / "dpkg", tmp_path / "copy", []
    (dpkg / "updates").mkdir(parents=True)
    (dpkg / "updates/0001").write_text(STANZA.format("reinstreq half-installed"))
    (dpkg / "status").write_text(STANZA.format("ok installed"))
    index = copy / "debian/dists/trixie" / host_apt.index_folder("amd64")
    index.mkdir(parents=True)
    (index / "Packages").write_text(INDEX)
    (copy / "debian/pool/trixie").mkdir(parents=True)
    (copy / "debian/pool/trixie/alpha_2_all.deb").write_text("x")

    def run(command, **_options):
        commands.append([word for word in command if "alpha" in word or word in ("--configure", "--unpack", "install")])
        journal = dpkg / "updates/0001"
        if command[0] == "dpkg" and journal.exists():
            journal.replace(dpkg / "status")
        return 0, "", ""

    monkeypatch.setattr(host_apt, "DPKG", dpkg)
    monkeypatch.setattr(host_apt, "POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(host_apt, "SAVED_POLICY", tmp_path / "policy-rc.d.saved")
    host_apt.HostApt(run, copy, "trixie", "amd64").install(host_apt.Request(("alpha",)))
    return [command for command in commands if command]


def test_the_journal_is_taken_in_before_what_is_torn_is_looked_for(asked, tmp_path):
    deb = str(tmp_path / "copy/debian/pool/trixie/alpha_2_all.deb")
    assert asked == [["--configure"], ["--unpack", deb], ["--configure"], ["install", "alpha"]]

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look at a host: what is there is told, what is not is left out."""

from __future__ import annotations

import base64
import json
import socket
import threading

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.onprem.chat.plugins.modules import site_host_info as module

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n-----END PRIVATE KEY-----\n"


def look(capsys, **options):
    with patch_module_args(options), pytest.raises(SystemExit):
        module.main()
    return json.loads(capsys.readouterr().out)


def test_what_is_there_is_told(capsys, tmp_path):
    (tmp_path / "chain.pem").write_text(KEY + CERTIFICATE, encoding="utf-8")
    (tmp_path / "list.crl").write_bytes(b"\x30\x03DER")
    (tmp_path / "key.pem").write_text(KEY, encoding="utf-8")
    web = tmp_path / "bundles" / "2026112101" / "web"
    web.mkdir(parents=True)
    (web / "converse.js-14.0.0.tgz").write_bytes(b"")
    (tmp_path / "bundle").symlink_to(web.parent)
    with socket.create_server(("127.0.0.1", 0)) as own:
        told = look(
            capsys,
            certificates=[str(tmp_path / "*.pem"), str(tmp_path / "*.crl")],
            disks=[str(tmp_path), str(web), "/no/such/folder"],
            bundle_root=str(tmp_path),
        )
        port = own.getsockname()[1]
    assert (told["bundle"], told["web"]) == (2026112101, {"converse.js": "14.0.0"})
    assert [one["path"] for one in told["certificates"]] == [str(tmp_path / name) for name in ("chain.pem", "list.crl")]
    assert told["certificates"][0]["pem"] == CERTIFICATE
    assert base64.b64decode("".join(told["certificates"][1]["pem"].splitlines()[1:-1])) == b"\x30\x03DER"
    assert "U0VDUkVU" not in json.dumps(told)
    assert [one["path"] for one in told["disks"]] == [str(tmp_path)]
    assert ("tcp", "127.0.0.1", port) in {(one["protocol"], one["address"], one["port"]) for one in told["listeners"]}
    assert told["system"]["hostname"] and not told["changed"]


def test_a_host_that_has_nothing_of_it(capsys, tmp_path):
    told = look(capsys, certificates=[str(tmp_path / "*")], disks=[], bundle_root=str(tmp_path))
    assert (told["bundle"], told["web"], told["certificates"], told["disks"], told["zones"]) == (None, {}, [], [], [])


@pytest.fixture
def name_server(monkeypatch):
    """Says that it has no such zone, on a port that is free."""
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.bind(("127.0.0.1", 0))

    def answer():
        asked, who = own.recvfrom(512)
        own.sendto(asked[:2] + b"\x84\x05" + asked[4:], who)

    threading.Thread(target=answer, daemon=True).start()
    monkeypatch.setattr(module, "DNS", own.getsockname()[1])
    yield
    own.close()


def test_a_zone_that_is_refused(capsys, name_server):
    told = look(capsys, zones=["example.lan"], certificates=[], disks=[])
    assert told["zones"] == [{"zone": "example.lan", "serial": None, "fault": "refused"}]


def test_a_name_server_that_is_down(capsys, monkeypatch):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(module, "DNS", free.getsockname()[1])
    told = look(capsys, zones=["example.lan"], certificates=[], disks=[])
    assert told["zones"][0]["serial"] is None and told["zones"][0]["fault"]

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key of a server: made once, kept, and foretold."""

from __future__ import annotations

import os
import stat

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.pki.csr import parse_requests
from ansible_collections.onprem.chat.plugins.module_utils.pki.error import PkiError
from ansible_collections.onprem.chat.plugins.modules import certificate_request as module

pytest.importorskip("cryptography")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to accounts")


def keep(path, check=False, **changes):
    params = {name: option.get("default") for name, option in module.ARGUMENTS.items()}
    params.update(
        name="chat.example.lan",
        dns_names=["chat.example.lan"],
        addresses=["192.168.1.30"],
        key_path=str(path / "tls" / "chat.key"),
        key_group="daemon",
    )
    return module.keep({**params, **changes}, check)


def key(answer):
    requests, _keys = parse_requests([{"name": answer["name"], "csr": answer["csr"]}], False)
    return requests[0].key


def test_made_once(tmp_path):
    first, second = keep(tmp_path), keep(tmp_path)
    file = tmp_path / "tls" / "chat.key"
    assert (first["changed"], second["changed"]) == (True, False)
    assert key(first) == key(second)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.group() == "daemon"
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o755
    assert "PRIVATE" not in str(first)


def test_check_mode_on_a_fresh_host(tmp_path):
    answer = keep(tmp_path, check=True, key_group="not-yet-there")
    assert answer["changed"]
    assert answer["predicted"]
    assert answer["csr"] == "predicted: DNS:chat.example.lan, IP:192.168.1.30"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(PkiError, match=r"key_owner, key_group: .*not-yet-there"):
        keep(tmp_path, key_group="not-yet-there")


def test_check_mode_on_a_finished_host(tmp_path):
    made = keep(tmp_path)
    answer = keep(tmp_path, check=True)
    assert (answer["changed"], answer["predicted"]) == (False, False)
    assert key(answer) == key(made)
    answer = keep(tmp_path, check=True, dns_names=["other.example.lan"])
    assert (answer["changed"], answer["predicted"]) == (False, False)


def test_wrong_mode_and_group_are_put_right(tmp_path):
    made = keep(tmp_path)
    file = tmp_path / "tls" / "chat.key"
    file.chmod(0o644)
    assert keep(tmp_path, check=True, key_group="bin")["changed"]
    answer = keep(tmp_path, key_group="bin")
    assert answer["changed"]
    assert key(answer) == key(made)
    assert (stat.S_IMODE(file.stat().st_mode), file.group()) == (0o640, "bin")


def test_another_kind_of_key(tmp_path):
    made = keep(tmp_path)
    predicted = keep(tmp_path, check=True, key_type="rsa")
    assert predicted["predicted"]
    answer = keep(tmp_path, key_type="rsa")
    assert answer["diff"] == predicted["diff"]
    assert key(answer) != key(made)
    assert not keep(tmp_path, key_type="rsa")["changed"]


def test_junk_is_not_overwritten(tmp_path):
    keep(tmp_path)
    file = tmp_path / "tls" / "chat.key"
    file.write_text("somebody's notes")
    with pytest.raises(PkiError, match="is not a readable private key"):
        keep(tmp_path)
    assert file.read_text() == "somebody's notes"


def test_bad_names(tmp_path):
    with pytest.raises(PkiError, match=r"dns_names\[0\]: 'a b' is not a DNS name"):
        keep(tmp_path, dns_names=["a b"])
    assert list(tmp_path.iterdir()) == []


def test_without_cryptography(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "HAS_CRYPTOGRAPHY", False)
    assert keep(tmp_path, check=True)["predicted"]
    monkeypatch.undo()
    keep(tmp_path)
    monkeypatch.setattr(module, "HAS_CRYPTOGRAPHY", False)
    assert not keep(tmp_path, check=True)["changed"]

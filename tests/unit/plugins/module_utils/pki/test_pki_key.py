# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys: what is written can be read by OpenSSL and by this collection, with the right passphrase alone."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.pki.error import PkiError, WrongPassphrase
from ansible_collections.onprem.chat.plugins.module_utils.pki.key import (
    KEY_TYPES,
    dump_key,
    key_id,
    key_type,
    load_key,
    make_key,
)

pytest.importorskip("cryptography")


@pytest.mark.parametrize("kind", KEY_TYPES)
@pytest.mark.parametrize("passphrase", [None, "correct horse battery", "Schlüssel — 鍵 für alle", "x" * 300])
def test_round_trip(kind, passphrase):
    key = make_key(kind)
    pem = dump_key(key, passphrase)
    assert (b"ENCRYPTED" in pem) == (passphrase is not None)
    again, used = load_key(pem, "file", ("another passphrase", passphrase) if passphrase else ())
    assert (key_id(again.public_key()), used, key_type(again)) == (key_id(key.public_key()), passphrase, kind)


def test_wrong_passphrase():
    pem = dump_key(make_key("ecdsa"), "correct horse battery")
    with pytest.raises(WrongPassphrase, match="file: the passphrase does not open this key"):
        load_key(pem, "file", ("correct horse batterY",))
    with pytest.raises(WrongPassphrase):
        load_key(pem, "file")


@pytest.mark.parametrize("junk", [b"", b"junk", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_junk(junk):
    with pytest.raises(PkiError, match="file: is not a readable private key"):
        load_key(junk, "file")


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl")
def test_openssl_reads_it(tmp_path):
    file = tmp_path / "key"
    file.write_bytes(dump_key(make_key("ecdsa"), "correct horse battery"))
    command = ["openssl", "pkey", "-in", str(file), "-noout", "-passin"]
    assert subprocess.run([*command, "pass:correct horse battery"], check=False).returncode == 0
    assert subprocess.run([*command, "pass:correct horse"], capture_output=True, check=False).returncode != 0
    shown = subprocess.run(["openssl", "asn1parse", "-in", str(file)], capture_output=True, text=True, check=True).stdout
    assert ":PBES2" in shown
    assert ":scrypt" in shown
    assert ":aes-256-cbc" in shown

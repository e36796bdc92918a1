# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root hands to the relay belongs together, and the fence holds the relay alone."""

from __future__ import annotations

import datetime
import importlib.util
import os
import pwd
import re
import sys
from pathlib import Path

import pytest

ROLE = Path(__file__).parents[4] / "roles" / "turn_relay"

x509 = pytest.importorskip("cryptography.x509")

from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402


def chains(text):
    """The rules of each chain."""
    found = {}
    for name, body in re.findall(r"chain (\w+) \{\n(.*?)\n\t\}", text, re.S):
        lines = (line.strip() for line in body.splitlines())
        found[name] = [line for line in lines if line and line[0] not in "#{"]
    return found


def test_what_the_kernel_sends_itself_passes_the_fence():
    """A packet without an account fits no match of one, not even one with !=; so nothing may stand beside the match."""
    fence = chains((ROLE / "templates" / "fence.nft.j2").read_text(encoding="utf-8"))
    hook, *rules = fence["output"]
    assert hook == "type filter hook output priority filter; policy accept;"
    assert rules == ['meta skuid "turnserver" jump account']
    assert fence["account"][-1] == "udp sport {{ turn_relay_ports }} jump peers"


def test_no_relay_without_its_fence():
    unit = (ROLE / "templates" / "coturn.service.j2").read_text(encoding="utf-8").splitlines()
    assert "PartOf=onprem-chat-relay-fence.service" in unit
    assert next(line for line in unit if line.startswith("ExecStartPre=")).endswith("nft list table inet onprem_chat_relay")


@pytest.fixture(name="hand")
def _hand(monkeypatch):
    """The program as a module; this account stands for the daemon's."""
    spec = importlib.util.spec_from_file_location("turn_relay_hand", ROLE / "files" / "turn_relay_hand.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    monkeypatch.setattr(found, "ACCOUNT", pwd.getpwuid(os.getuid()).pw_name)
    monkeypatch.setattr(found.os, "fchown", lambda *_words: None)
    return found


def certified(folder, name):
    """Paths of a certificate and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "turn.example.com")])
    start = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=9))
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    chain_path, key_path = folder / f"{name}.pem", folder / f"{name}.key"
    chain_path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    key_path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return chain_path, key_path


def test_it_hands_over_what_belongs_together_and_nothing_else(hand, tmp_path, monkeypatch, capsys):
    run = tmp_path / "run"
    run.mkdir()
    chain, key = certified(tmp_path, "one")
    other, _key = certified(tmp_path, "other")
    settings, secrets = tmp_path / "settings", tmp_path / "secrets"
    settings.write_text("realm=turn.example.com\n", encoding="ascii")
    secrets.write_text("static-auth-secret=0123456789abcdef\n", encoding="ascii")

    def handed(*words):
        monkeypatch.setattr(sys, "argv", ["turn_relay_hand.py", *map(str, words)])
        return hand.main()

    assert handed(run, other, key) == 1
    assert f"{other}, {key}: " in capsys.readouterr().err
    assert not list(run.iterdir())
    assert handed(run, chain, key, settings, secrets) == 0
    assert (run / "turnserver.conf").read_text(encoding="ascii") == settings.read_text() + secrets.read_text()
    assert {path.name for path in run.iterdir()} == {"chain.pem", "key.pem", "turnserver.conf"}
    assert {path.stat().st_mode & 0o777 for path in run.iterdir()} == {0o400}
    assert handed(run, other, key) == 1
    assert (run / "chain.pem").read_bytes() == chain.read_bytes()
    assert (run / "key.pem").read_bytes() == key.read_bytes()

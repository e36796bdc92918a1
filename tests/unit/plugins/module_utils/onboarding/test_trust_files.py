# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person has to know of a root certificate, and the files in which devices take it."""

from __future__ import annotations

import base64
import plistlib
import re

import pytest
import tree_sitter_powershell
from ansible_collections.onprem.chat.plugins.module_utils.onboarding import powershell
from ansible_collections.onprem.chat.plugins.module_utils.onboarding.root import groups, read
from ansible_collections.onprem.chat.plugins.module_utils.onboarding.trust_files import trust_files
from ansible_collections.onprem.chat.plugins.module_utils.pki.placeholder import CERTIFICATE
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from tree_sitter import Language, Parser

URL = "http://chat.example.lan/start/files/chat.example.lan-root.cer"


def faults(text: str) -> list[str]:
    """Where the grammar of PowerShell finds no sense."""
    waiting, found = [Parser(Language(tree_sitter_powershell.language())).parse(text.encode()).root_node], []
    while waiting:
        node = waiting.pop()
        found += [f"{node.start_point}: {node.text!r}"] if node.type == "ERROR" or node.is_missing else []
        waiting += node.children
    return found


def content(start, suffix: str) -> bytes:
    return trust_files(start)[f"chat.example.lan-root.{suffix}"].encode("utf-8", "surrogateescape")


def test_what_it_is(root, pem):
    certificate = x509.load_pem_x509_certificate(pem.encode())
    assert bytes.fromhex(root.sha256) == certificate.fingerprint(hashes.SHA256())
    assert bytes.fromhex(root.sha1) == certificate.fingerprint(hashes.SHA1())
    assert (root.name, root.domains, root.networks) == ("Example Root CA", ("example.lan",), ("192.168.1.0/24",))
    assert root.last_day == "2046-01-01"
    assert root.pem == pem
    assert "".join(groups(root.sha256)) == root.sha256 and len(groups(root.sha256)) == 16


def test_one_that_may_speak_for_everything(make_pem):
    found = read(make_pem(scope=False))
    assert (found.domains, found.networks) == ((), ())


def test_what_stands_for_one_in_check_mode():
    assert read(CERTIFICATE).name == "placeholder of check mode"


def test_what_is_no_root_is_refused(make_pem):
    with pytest.raises(ValueError, match="not the root certificate"):
        read(make_pem(authority=False))
    with pytest.raises(ValueError, match="PEM"):
        read("no certificate")


def test_four_files_hold_the_same_root(start, root):
    assert [name.rsplit(".", 1)[1] for name in trust_files(start)] == ["cer", "crt", "mobileconfig", "ps1"]
    assert content(start, "cer") == root.der
    assert x509.load_pem_x509_certificate(content(start, "crt")) == x509.load_der_x509_certificate(root.der)
    (payload,) = plistlib.loads(content(start, "mobileconfig"))["PayloadContent"]
    assert payload["PayloadContent"] == root.der
    inside = re.search(rb"@'\r\n(.*?)\r\n'@", content(start, "ps1"), re.DOTALL).group(1)
    assert base64.b64decode(inside) == root.der


def test_a_public_certificate_needs_none(known):
    assert trust_files(known) == {}


def test_a_profile_of_apple(start, root):
    whole = plistlib.loads(content(start, "mobileconfig"))
    assert (whole["PayloadType"], whole["PayloadVersion"]) == ("Configuration", 1)
    assert whole["PayloadIdentifier"] == "lan.example.chat.onprem-chat.root"
    assert whole["PayloadDisplayName"] == 'Example & "Sons" <Ltd>: Example Root CA'
    (payload,) = whole["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.root"
    assert root.sha256 in payload["PayloadDescription"]
    assert payload["PayloadUUID"] != whole["PayloadUUID"]
    assert all(re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", one["PayloadUUID"]) for one in (whole, payload))
    assert content(start, "mobileconfig") == content(start, "mobileconfig")


def test_a_script_for_windows(start, root):
    text = content(start, "ps1").decode("ascii")
    assert faults(text) == []
    assert f"$expected = '{root.sha256}'" in text
    assert text.count("\n") == text.count("\r\n")
    assert faults(text.replace("} finally {", "} finally ")) != []


def test_one_line_for_windows(root):
    line = powershell.line(URL, root)
    assert faults(line) == [] and "\n" not in line
    assert f"-ne '{root.sha256}') {{ throw" in line
    assert faults(line.replace("{ throw", "throw")) != []

"""The certificate as each kind of device takes it, loaded from the server and given to the format's own checker."""

from __future__ import annotations

import base64
import hashlib
import plistlib
import re
import subprocess

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Parser

from .conftest import NAME

STEM = f"/start/files/{NAME}-root"
TYPES = {
    "cer": "application/x-x509-ca-cert",
    "crt": "application/x-x509-ca-cert",
    "mobileconfig": "application/x-apple-aspen-config",
    "ps1": "application/octet-stream",
}


def openssl(form: str, content: bytes) -> bytes:
    command = ["openssl", "x509", "-inform", form, "-outform", "DER"]
    return subprocess.run(command, input=content, check=True, capture_output=True).stdout


@pytest.mark.parametrize("suffix", TYPES)
def test_a_browser_is_told_what_it_is(newcomer, suffix):
    head = newcomer.do(f"curl -sfI http://{NAME}{STEM}.{suffix}").lower()
    assert f"content-type: {TYPES[suffix]}\n" in head
    assert "x-content-type-options: nosniff" in head


def test_der_and_pem(newcomer, root):
    assert openssl("DER", newcomer.load(f"{STEM}.cer")) == root
    assert openssl("PEM", newcomer.load(f"{STEM}.crt")) == root


def test_the_server_shows_a_chain_of_it(newcomer):
    newcomer.do(f"curl -sfO http://{NAME}{STEM}.crt")
    said = newcomer.do(
        f"openssl s_client -connect {NAME}:443 -servername {NAME} -verify_return_error -no-CApath -no-CAstore "
        f"-CAfile {NAME}-root.crt </dev/null 2>&1"
    )
    assert "Verify return code: 0 (ok)" in said


def test_a_profile_of_apple(newcomer, root, tmp_path):
    file = tmp_path / "root.mobileconfig"
    file.write_bytes(newcomer.load(f"{STEM}.mobileconfig"))
    binary = tmp_path / "root.bin"
    subprocess.run(["plistutil", "-i", file, "-o", binary], check=True, capture_output=True)
    assert binary.read_bytes().startswith(b"bplist00")
    (payload,) = plistlib.loads(binary.read_bytes())["PayloadContent"]
    assert payload["PayloadContent"] == root
    assert hashlib.sha256(root).hexdigest().upper() in payload["PayloadDescription"]
    file.write_bytes(file.read_bytes().replace(b"</dict>", b"", 1))  # a checker that finds no fault in that is none
    assert b"ERROR" in subprocess.run(["plistutil", "-i", file, "-o", tmp_path / "x"], capture_output=True).stdout


def test_powershell(newcomer, root):
    script = newcomer.load(f"{STEM}.ps1")
    inside = re.search(rb"@'\r\n(.*?)\r\n'@", script, re.DOTALL).group(1)
    assert base64.b64decode(inside) == root
    fingerprint = hashlib.sha256(root).hexdigest().upper()
    assert f"$expected = '{fingerprint}'".encode() in script
    parser = Parser(Language(tree_sitter_powershell.language()))
    assert not parser.parse(script).root_node.has_error
    assert parser.parse(script.replace(b"try {", b"try")).root_node.has_error


def test_a_program_is_loaded_as_it_was_given(newcomer):
    """What the page says of each program is true, and it comes over https, which the device trusts by then."""
    page = newcomer.load("/start/en/windows").decode()
    files = re.findall(r'<li><a href="([^"]+)" download>.*?<p class="sum"[^>]*>([0-9a-f ]+)<', page, re.DOTALL)
    assert files
    for url, digest in files:
        assert url.startswith(f"https://{NAME}/start/clients/")
        assert newcomer.do(f"curl -sf {url} | sha256sum").split()[0] == digest.replace(" ", "")

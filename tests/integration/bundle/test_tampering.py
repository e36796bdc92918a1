# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to a bundle stops it before anything is installed: verify.sh with each of its tools, and the modules."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.verify import check_bundle

from .conftest import VERIFIER, module, run

DEB = "debian/pool/trixie/alpha_1.0~trixie_all.deb"
RELEASE = "debian/dists/bookworm/InRelease"
WEB = "web/client-1.0.tgz"


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def resign(bundle, scratch):
    """Somebody else signs what he altered: a valid signature of the wrong signer."""
    key = scratch / "foreign"
    result, fine = module("bundle_keys", path=str(key))
    assert fine, result
    (bundle / "SHA256SUMS.sshsig").unlink()
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "onprem-chat-bundle", bundle / "SHA256SUMS"], check=True)
    (bundle / "SHA256SUMS.sig").rename(bundle / "SHA256SUMS.sshsig")
    home = scratch / "gpg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", home, "--batch", "--yes"]
    subprocess.run([*gpg, "--import", f"{key}.pgp"], check=True, capture_output=True)
    subprocess.run([*gpg, "--armor", "--detach-sign", "-o", bundle / "SHA256SUMS.asc", bundle / "SHA256SUMS"], check=True)
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)


def halfway(bundle, _scratch):
    """The stick was pulled: what comes last is not there."""
    for name in ("SHA256SUMS", "SHA256SUMS.sshsig", "SHA256SUMS.asc", "verify.sh"):
        (bundle / name).unlink()


def unsigned(bundle, _scratch):
    for name in ("SHA256SUMS.sshsig", "SHA256SUMS.asc"):
        (bundle / name).unlink()


def link(path):
    target = path.with_name("elsewhere")
    path.rename(target)
    path.symlink_to(target.name)


# What is done, the exit code of verify.sh, the word that has to be in the message
HARM = {
    "flipped byte in a package": (lambda b, _s: flip(b / DEB), 17, DEB),
    "flipped byte in the web client": (lambda b, _s: flip(b / WEB), 17, WEB),
    "flipped byte in InRelease": (lambda b, _s: flip(b / RELEASE), 17, RELEASE),
    "flipped byte in BUNDLE.json": (lambda b, _s: flip(b / "BUNDLE.json"), 17, "BUNDLE.json"),
    "flipped byte in the manifest": (lambda b, _s: flip(b / "SHA256SUMS"), 11, "SHA256SUMS"),
    "truncated file": (lambda b, _s: os.truncate(b / DEB, 10), 17, DEB),
    "missing file": (lambda b, _s: (b / WEB).unlink(), 16, WEB),
    "planted file": (lambda b, _s: (b / "debian/evil.deb").write_text("x"), 15, "debian/evil.deb"),
    "planted hidden file": (lambda b, _s: (b / ".evil").write_text("x"), 15, ".evil"),
    "planted file with a line break": (lambda b, _s: (b / "a\nb").write_text("x"), 15, "a"),
    "file as a link": (lambda b, _s: link(b / WEB), 14, WEB),
    "manifest as a link": (lambda b, _s: link(b / "SHA256SUMS"), 14, "SHA256SUMS"),
    "folder as a link": (lambda b, _s: link(b / "web"), 14, "web"),
    "pipe": (lambda b, _s: os.mkfifo(b / "pipe"), 14, "pipe"),
    "no signature": (unsigned, 10, "signature"),
    "signed by somebody else": (resign, 11, "pinned"),
    "half-copied stick": (halfway, 10, "SHA256SUMS is missing"),
}
TOOLS = [
    "sh",
    "sed",
    "awk",
    "grep",
    "sort",
    "comm",
    "find",
    "cut",
    "head",
    "tail",
    "mktemp",
    "rm",
    "dirname",
    "base64",
    "sha256sum",
]
CHECKERS = ["ssh-keygen", "sqv", "gpgv"]


def verify(bundle, signers, checker, scratch, *options):
    """verify.sh on a machine that has nothing but the usual tools and this one."""
    tools = scratch / f"only-{checker}"
    tools.mkdir(exist_ok=True)
    for name in [*TOOLS, checker]:
        if not (tools / name).exists():
            (tools / name).symlink_to(shutil.which(name))
    script = VERIFIER.read_text().replace("PATH=$PATH:/usr/sbin:/sbin", f"PATH={tools}")
    done = subprocess.run(
        ["/bin/sh", "-s", "--", "--signers", signers, *options, bundle], input=script, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


@pytest.fixture(params=CHECKERS)
def checker(request):
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param} on this machine")
    return request.param


def test_an_untouched_bundle_is_fine(sealed, key, checker, tmp_path):
    assert verify(sealed, f"{key}.signers", checker, tmp_path) == (0, "")
    check_bundle(run, sealed, VERIFIER.read_text(), Path(f"{key}.signers").read_text())


@pytest.mark.parametrize("harm", HARM)
def test_harm_stops_verify_sh(bundle, key, checker, tmp_path, harm):
    do, code, word = HARM[harm]
    do(bundle, tmp_path)
    result, words = verify(bundle, f"{key}.signers", checker, tmp_path)
    assert (result, words.count("\n")) == (code, 1), words
    assert words.startswith("verify.sh: ") and word in words


@pytest.mark.parametrize("harm", HARM)
def test_harm_stops_the_modules(bundle, key, tmp_path, harm):
    do, _code, word = HARM[harm]
    do(bundle, tmp_path)
    with pytest.raises(BundleError) as caught:
        check_bundle(run, bundle, VERIFIER.read_text(), Path(f"{key}.signers").read_text())
    assert word in str(caught.value)


@pytest.mark.parametrize("harm", ["missing file", "flipped byte in a package", "planted file"])
def test_a_hosts_copy_may_lack_files_and_nothing_else(bundle, key, tmp_path, harm):
    HARM[harm][0](bundle, tmp_path)
    expected = 0 if harm == "missing file" else HARM[harm][1]
    assert verify(bundle, f"{key}.signers", "ssh-keygen", tmp_path, "--copy")[0] == expected
    text = VERIFIER.read_text(), Path(f"{key}.signers").read_text()
    if expected:
        with pytest.raises(BundleError):
            check_bundle(run, bundle, *text, copy=True)
    else:
        check_bundle(run, bundle, *text, copy=True)


def test_parity_is_outside_the_manifest(bundle, key, tmp_path):
    (bundle / "parity").mkdir()
    (bundle / "parity/a.par2").write_text("x")
    assert verify(bundle, f"{key}.signers", "ssh-keygen", tmp_path) == (0, "")


def test_indented_signers_and_two_of_a_kind(sealed, key, checker, tmp_path):
    foreign = tmp_path / "other"
    module("bundle_keys", path=str(foreign))
    both = Path(f"{foreign}.signers").read_text() + Path(f"{key}.signers").read_text()
    pin = tmp_path / "pin"
    pin.write_text("".join(f"    {line}\n" for line in both.splitlines()))
    assert verify(sealed, pin, checker, tmp_path) == (0, "")


def test_a_bare_public_key_is_a_pin_too(sealed, key, tmp_path):
    assert verify(sealed, f"{key}.pub", "ssh-keygen", tmp_path) == (0, "")


def test_no_tool_for_the_signature(sealed, key, tmp_path):
    code, words = verify(sealed, f"{key}.pub", "gpgv", tmp_path)
    assert code == 12 and "ssh-keygen" in words


@pytest.mark.parametrize("options", [[], ["--signers"], ["--signers", "/nonexistent"], ["--what"]])
def test_wrong_use(options, tmp_path):
    done = subprocess.run(["/bin/sh", VERIFIER, *options], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("verify.sh: ")


def test_help_names_every_exit_code():
    text = subprocess.run(["/bin/sh", VERIFIER, "--help"], capture_output=True, text=True, check=True).stdout
    for code in {code for _do, code, _word in HARM.values()} | {0, 2, 12, 13}:
        assert f"\n  {code:2} " in text

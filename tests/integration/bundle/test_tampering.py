# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to a bundle stops it before anything is installed: verify.sh with each of its tools, and the modules."""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import parse_manifest
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell import provenance
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.openpgp import OpenPgp
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.verify import check_bundle

from .archive import PLACE, Archive
from .conftest import EPOCH, SERIAL, VERIFIER, module, run

DEB = "debian/pool/trixie/alpha_1.0~trixie_all.deb"
OTHER = "debian/pool/bookworm/alpha_1.0~bookworm_all.deb"
RELEASE = "debian/dists/bookworm/InRelease"
WEB = "web/client-1.0.tgz"
PROOF = "provenance/debian/trixie/amd64/trixie"


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
    "flipped byte in Debian's InRelease": (lambda b, _s: flip(b / PROOF / "InRelease"), 17, PROOF),
    "flipped byte in Debian's index": (lambda b, _s: flip(b / PROOF / PLACE), 17, PROOF),
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
    "date",
    "tr",
    "wc",
    "xz",
]
CHECKERS = ["ssh-keygen", "sqv", "gpgv"]


# What may stand beside an untouched bundle's code 0: with ssh-keygen alone nobody can ask Debian's signature.
NOTE = {"ssh-keygen": "verify.sh: note: that Debian signed the indexes of its packages was not checked on this machine: "}


def verify(bundle, signers, checkers, scratch, *options, keyring, environment=None, without=()):
    """verify.sh on a machine that has nothing but the usual tools and these (names with + between them)."""
    tools = scratch / f"only-{checkers}-{len(without)}"
    tools.mkdir(exist_ok=True)
    for name in {*TOOLS, *checkers.split("+")} - {*without}:
        if not (tools / name).exists():
            (tools / name).symlink_to(shutil.which(name))
    script = VERIFIER.read_text().replace("PATH=$PATH:/usr/sbin:/sbin", f"PATH={tools}")
    done = subprocess.run(
        ["/bin/sh", "-s", "--", "--signers", signers, *(["--keyring", keyring] if keyring else []), *options, bundle],
        input=script,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    return done.returncode, done.stderr


@pytest.fixture
def machine(archive, key, tmp_path, monkeypatch):
    """Call verify.sh on a machine that knows the archive's key, which the modules take for Debian's too."""
    monkeypatch.setattr(provenance, "KEYRINGS", (archive.keyring,))

    def call(bundle, checkers, *options, signers=f"{key}.signers", keyring=archive.keyring, **more):
        return verify(bundle, signers, checkers, tmp_path, *options, keyring=keyring, **more)

    return call


def modules(bundle, key):
    """The same in Python, as the control node and the hosts do it."""
    manifest = check_bundle(run, bundle, VERIFIER.read_text(), Path(f"{key}.signers").read_text())
    return provenance.check_all(run, bundle, manifest.sums)


def again(bundle, key):
    """Whoever has stolen the bundle's keys signs what he changed."""
    sums = {
        path.relative_to(bundle).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in bundle.rglob("*")
        if path.is_file() and not path.name.startswith("SHA256SUMS")
    }
    text = "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))
    (bundle / "SHA256SUMS").write_text(text)
    (bundle / "SHA256SUMS.sshsig").unlink()
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "onprem-chat-bundle", bundle / "SHA256SUMS"], check=True)
    (bundle / "SHA256SUMS.sig").rename(bundle / "SHA256SUMS.sshsig")
    with OpenPgp(run) as gpg:
        gpg.load(Path(f"{key}.pgp").read_text())
        (bundle / "SHA256SUMS.asc").write_text(gpg.detach_sign(text, EPOCH))


def own_archive(bundle, scratch, _archive):
    """A changed package that is in an index, which somebody signed who is not Debian."""
    index = lzma.decompress((bundle / PROOF / PLACE).read_bytes()).decode()
    before = hashlib.sha256((bundle / DEB).read_bytes()).hexdigest()
    flip(bundle / DEB)
    index = index.replace(before, hashlib.sha256((bundle / DEB).read_bytes()).hexdigest())
    Archive(scratch, EPOCH, run).publish(bundle / PROOF, "trixie", index)


def smuggle(bundle, _scratch, _archive):
    """Debian's signature, with an index's sum put before the signed text, into its head, and behind it."""
    flip(bundle / DEB)
    packed = lzma.compress(f"Package: alpha\nSHA256: {hashlib.sha256((bundle / DEB).read_bytes()).hexdigest()}\n".encode())
    (bundle / PROOF / PLACE).write_bytes(packed)
    line = f" {hashlib.sha256(packed).hexdigest()} 1 {PLACE}\n"
    path = bundle / PROOF / "InRelease"
    text = path.read_text()
    path.write_text(text.replace("Hash: SHA256\n", f"Hash: SHA256\nSHA256:\n{line}", 1) + line)


def other_release(bundle, _scratch, archive):
    """A package of another release of Debian, with that one's signature."""
    flip(bundle / DEB)
    index = f"Package: alpha\nSHA256: {hashlib.sha256((bundle / DEB).read_bytes()).hexdigest()}\n"
    archive.publish(bundle / PROOF, "sid", index)


# Done by somebody who has the bundle's keys: each is signed again
STOLEN = {
    "changed package": (lambda b, _s, _a: flip(b / DEB), DEB),
    "package from nowhere": (lambda b, _s, _a: shutil.copy(b / WEB, b / "debian/pool/trixie/evil_1_all.deb"), "evil_1_all.deb"),
    "package of the other suite": (lambda b, _s, _a: shutil.copy(b / OTHER, b / "debian/pool/trixie"), Path(OTHER).name),
    "no proof": (lambda b, _s, _a: shutil.rmtree(b / "provenance"), "debian/pool/"),
    "no proof for one suite": (lambda b, _s, _a: shutil.rmtree(b / PROOF), "pool/trixie/"),
    "another index": (lambda b, _s, _a: (b / PROOF / PLACE).write_bytes(lzma.compress(b"SHA256: x\n")), PLACE),
    "an InRelease that is none": (lambda b, _s, _a: (b / PROOF / "InRelease").write_text("x"), "InRelease"),
    "an archive of his own": (own_archive, "InRelease"),
    "lines around what is signed": (smuggle, PROOF),
    "another release's package": (other_release, "InRelease"),
}


@pytest.fixture(params=CHECKERS)
def checker(request):
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param} on this machine")
    return request.param


def test_an_untouched_bundle_is_fine(sealed, key, checker, machine):
    code, words = machine(sealed, checker)
    assert (code, words.partition("it has")[0]) == (0, NOTE.get(checker, ""))
    assert modules(sealed, key) == []


def test_two_tools_need_no_note(sealed, machine):
    assert machine(sealed, "ssh-keygen+gpgv") == (0, "")


@pytest.mark.parametrize("harm", HARM)
def test_harm_stops_verify_sh(bundle, checker, machine, tmp_path, harm):
    do, code, word = HARM[harm]
    do(bundle, tmp_path)
    result, words = machine(bundle, checker)
    assert (result, words.count("\n")) == (code, 1), words
    assert words.startswith("verify.sh: ") and word in words


@pytest.mark.parametrize("harm", HARM)
def test_harm_stops_the_modules(bundle, key, tmp_path, harm):
    do, _code, word = HARM[harm]
    do(bundle, tmp_path)
    with pytest.raises(BundleError) as caught:
        check_bundle(run, bundle, VERIFIER.read_text(), Path(f"{key}.signers").read_text())
    assert word in str(caught.value)


@pytest.mark.parametrize("theft", STOLEN)
def test_a_stolen_key_brings_nothing_in(bundle, key, archive, checker, machine, tmp_path, theft):
    do, word = STOLEN[theft]
    do(bundle, tmp_path, archive)
    again(bundle, key)
    code, words = machine(bundle, checker)
    # Without a tool for Debian's signature the sums are what is left, and own indexes fit together.
    if checker == "ssh-keygen" and theft == "an archive of his own":
        assert code == 0 and words.startswith(NOTE[checker])
    else:
        assert (code, words.count("\n")) == (18, 1), words
        assert words.startswith("verify.sh: ") and word in words
    assert machine(bundle, checker, "--no-provenance") == (0, "")


@pytest.mark.parametrize("tool", ["gpgv", "sqv"])
@pytest.mark.parametrize("theft", STOLEN)
def test_a_stolen_key_does_not_get_past_the_modules(bundle, key, archive, machine, monkeypatch, tmp_path, theft, tool):
    do, word = STOLEN[theft]
    do(bundle, tmp_path, archive)
    again(bundle, key)
    monkeypatch.setattr(provenance, "CHECKERS", {tool: provenance.CHECKERS[tool]})
    with pytest.raises(BundleError) as caught:
        modules(bundle, key)
    assert word in str(caught.value)


def test_a_machine_that_is_no_debian_says_what_it_could_not_check(sealed, key, machine, monkeypatch):
    monkeypatch.setattr(provenance, "KEYRINGS", (Path("/nonexistent/debian-archive-keyring.gpg"),))
    assert ["debian-archive-keyring" in note for note in modules(sealed, key)] == [True]
    monkeypatch.setattr(provenance, "KEYRINGS", (sealed / "BUNDLE.json",))
    monkeypatch.setattr(provenance, "CHECKERS", {})
    assert ["neither gpgv nor sqv" in note for note in modules(sealed, key)] == [True]


def test_hosts_ask_only_for_what_they_install(sealed, archive, monkeypatch):
    monkeypatch.setattr(provenance, "KEYRINGS", (archive.keyring,))
    sums = parse_manifest((sealed / "SHA256SUMS").read_text()).sums
    assert provenance.check(run, sealed, "trixie", {sums[DEB]: DEB}) == []
    assert provenance.check(run, sealed, "sid", {}) == []
    with pytest.raises(BundleError, match=r"alpha_1\.0~bookworm"):
        provenance.check(run, sealed, "trixie", {sums[DEB]: DEB, sums[OTHER]: OTHER})


def test_no_means_to_unpack_the_indexes(sealed, machine):
    code, words = machine(sealed, "ssh-keygen+gpgv", without=["xz"])
    if Path("/usr/lib/apt/apt-helper").exists():
        assert (code, words) == (0, "")
    else:
        assert code == 12 and "xz" in words


FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)


@pytest.mark.skipif(FAKETIME is None, reason="no libfaketime on this machine")
@pytest.mark.parametrize(("tools", "expected"), [("ssh-keygen+gpgv", 0), ("gpgv", 0), ("sqv", 20), ("ssh-keygen+sqv", 20)])
def test_a_clock_in_2020(sealed, machine, tools, expected):
    past = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "2020-01-01 00:00:00"}
    code, words = machine(sealed, tools, environment=past)
    assert (code, words.count("\n")) == (expected, 1 if expected else 0), words
    assert not expected or "2020-01-01" in words
    assert machine(sealed, tools, "--no-provenance", environment=past)[0] == (20 if tools == "sqv" else 0)


@pytest.mark.parametrize(("oldest", "expected"), [(int(SERIAL) - 1, 0), (SERIAL, 0), (int(SERIAL) + 1, 19), ("12x", 2)])
def test_an_older_serial(sealed, machine, oldest, expected):
    code, words = machine(sealed, "ssh-keygen+gpgv", "--not-older-than", str(oldest))
    assert (code, words.count("\n")) == (expected, 1 if expected else 0), words
    assert expected != 19 or (SERIAL in words and str(oldest) in words)


@pytest.mark.parametrize("harm", ["missing file", "flipped byte in a package", "planted file"])
def test_a_hosts_copy_may_lack_files_and_nothing_else(bundle, key, machine, tmp_path, harm):
    HARM[harm][0](bundle, tmp_path)
    expected = 0 if harm == "missing file" else HARM[harm][1]
    assert machine(bundle, "ssh-keygen", "--copy")[0] == expected
    text = VERIFIER.read_text(), Path(f"{key}.signers").read_text()
    if expected:
        with pytest.raises(BundleError):
            check_bundle(run, bundle, *text, copy=True)
    else:
        check_bundle(run, bundle, *text, copy=True)


def test_a_hosts_copy_proves_what_it_holds(bundle, machine):
    shutil.rmtree(bundle / "debian/pool/bookworm")
    shutil.rmtree(bundle / "provenance/debian/bookworm")
    assert machine(bundle, "ssh-keygen+gpgv", "--copy") == (0, "")
    shutil.rmtree(bundle / "provenance")
    assert machine(bundle, "ssh-keygen+gpgv", "--copy")[0] == 18


def test_parity_is_outside_the_manifest(bundle, machine):
    (bundle / "parity").mkdir()
    (bundle / "parity/a.par2").write_text("x")
    assert machine(bundle, "ssh-keygen+gpgv") == (0, "")


def test_indented_signers_and_two_of_a_kind(sealed, key, checker, machine, tmp_path):
    foreign = tmp_path / "other"
    module("bundle_keys", path=str(foreign))
    both = Path(f"{foreign}.signers").read_text() + Path(f"{key}.signers").read_text()
    pin = tmp_path / "pin"
    pin.write_text("".join(f"    {line}\n" for line in both.splitlines()))
    assert machine(sealed, checker, signers=pin)[0] == 0


def test_a_bare_public_key_is_a_pin_too(sealed, key, machine):
    assert machine(sealed, "ssh-keygen", signers=f"{key}.pub")[0] == 0


def test_no_tool_for_the_signature(sealed, key, machine):
    code, words = machine(sealed, "gpgv", signers=f"{key}.pub")
    assert code == 12 and "ssh-keygen" in words


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--signers"],
        ["--signers", "/nonexistent"],
        ["--what"],
        ["--signers", "/dev/null", "--keyring"],
        ["--signers", "/dev/null", "--keyring", "/nonexistent"],
        ["--signers", "/dev/null", "--not-older-than"],
    ],
)
def test_wrong_use(options, tmp_path):
    done = subprocess.run(["/bin/sh", VERIFIER, *options], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("verify.sh: ")


def test_help_names_every_exit_code():
    text = subprocess.run(["/bin/sh", VERIFIER, "--help"], capture_output=True, text=True, check=True).stdout
    for code in {code for _do, code, _word in HARM.values()} | {0, 2, 12, 13, 18, 19, 20}:
        assert f"\n  {code:2} " in text

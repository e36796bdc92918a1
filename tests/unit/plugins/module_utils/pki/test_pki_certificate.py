# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the CA makes, judged by OpenSSL, by Python's TLS and by a linter; and what it must not be able to make believed."""

from __future__ import annotations

import base64
import datetime
import secrets
import shutil
import ssl
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.pki.authority import carry_out
from ansible_collections.onprem.chat.plugins.module_utils.pki.certificate import Signer, make_authority, make_leaf
from ansible_collections.onprem.chat.plugins.module_utils.pki.csr import make_csr, parse_requests, read_csr
from ansible_collections.onprem.chat.plugins.module_utils.pki.error import PkiError
from ansible_collections.onprem.chat.plugins.module_utils.pki.index import Index, serial_text
from ansible_collections.onprem.chat.plugins.module_utils.pki.key import dump_key, make_key
from ansible_collections.onprem.chat.plugins.module_utils.pki.names import Names
from ansible_collections.onprem.chat.plugins.module_utils.pki.placeholder import placeholder
from ansible_collections.onprem.chat.plugins.module_utils.pki.plan import plan
from ansible_collections.onprem.chat.plugins.module_utils.pki.policy import Policy
from ansible_collections.onprem.chat.plugins.module_utils.pki.report import chain, result, text
from ansible_collections.onprem.chat.plugins.module_utils.pki.scope import Scope

x509 = pytest.importorskip("cryptography.x509")

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
SCOPE = Scope.parse("example.lan", ["192.168.1.0/24"])
POLICY = Policy("Example", SCOPE, "http://pki.example.lan/pki", "ecdsa", 3650, 1825, 397, 90, False)
SCRIPTS = Path(sysconfig.get_path("scripts"))

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl")


class Made:
    """A CA with certificates on disk, for programs to look at."""

    def __init__(self, folder: Path, kind: str = "ecdsa", policy: Policy = POLICY) -> None:
        self.folder, self.policy = folder, replace(policy, key_type=kind)
        self.names = Names.parse(["chat.example.lan", "pki.example.lan"], ["192.168.1.30"], "")
        self.key = make_key(kind)
        raw = [
            {"name": "chat.example.lan", "csr": make_csr(self.key, self.names)},
            {"name": "address", "csr": make_csr(make_key(kind), Names.parse([], ["192.168.1.31"], ""))},
        ]
        self.requests, self.public = parse_requests(raw, False)
        self.index, self.keys = Index(), {}
        self.run()

    def run(self, revoked=()):
        steps = plan(self.policy, self.requests, revoked, self.index, NOW)
        outcome = carry_out(steps, self.policy, self.index, self.keys, self.public, NOW, lambda: secrets.randbits(126))
        self.index, self.keys = outcome.index, outcome.keys
        self.result = result(self.index, steps, [request.name for request in self.requests])
        for kind in ("root", "issuing"):
            (self.folder / f"{kind}.crt").write_text(self.index.newest(kind).pem)
            (self.folder / f"{kind}.crl").write_text(self.index.crls[kind].pem)
        (self.folder / "crls").write_text(self.index.crls["root"].pem + self.index.crls["issuing"].pem)
        (self.folder / "leaf.crt").write_text(self.index.newest("leaf", "chat.example.lan").pem)
        (self.folder / "address.crt").write_text(self.index.newest("leaf", "address").pem)
        return steps

    def issuer(self, kind="issuing") -> Signer:
        entry = self.index.newest(kind)
        return Signer(entry, self.keys[entry.key])

    def forge(self, dns, addresses=()) -> None:
        """Sign what the rules forbid, with the CA's own key."""
        names = Names.parse(dns, addresses, "")
        (self.folder / "leaf.crt").write_text(
            make_leaf(self.policy, dns[0], names, self.key.public_key(), self.issuer(), 7, NOW).pem
        )

    def verify(self, file="leaf.crt", *options) -> subprocess.CompletedProcess:
        command = [
            "openssl",
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-CAfile",
            "root.crt",
            "-untrusted",
            "issuing.crt",
        ]
        return subprocess.run([*command, *options, file], cwd=self.folder, capture_output=True, text=True, check=False)


@pytest.fixture(params=["ecdsa", "rsa"])
def made(request, tmp_path):
    return Made(tmp_path, request.param)


@needs_openssl
def test_openssl_accepts_it_strictly_and_with_both_crls(made):
    for check in ("-crl_check", "-crl_check_all"):
        for file, name in (
            ("leaf.crt", ["-verify_hostname", "pki.example.lan"]),
            ("address.crt", ["-verify_ip", "192.168.1.31"]),
        ):
            done = made.verify(file, check, "-CRLfile", "crls", *name)
            assert done.returncode == 0, done.stderr
    assert made.verify("leaf.crt", "-verify_hostname", "other.example.lan").returncode != 0


@needs_openssl
def test_revoked_is_refused(tmp_path):
    made = Made(tmp_path)
    made.run(["chat.example.lan"])
    done = made.verify("leaf.crt", "-crl_check", "-CRLfile", "crls")
    assert "certificate revoked" in done.stderr
    assert made.verify("address.crt", "-crl_check", "-CRLfile", "crls").returncode == 0
    old = made.index.newest("issuing")
    (tmp_path / "old.crt").write_text(old.pem)
    made.run([serial_text(old.serial)])
    done = made.verify("leaf.crt", "-crl_check_all", "-untrusted", "old.crt", "-CRLfile", "crls")
    assert done.returncode != 0
    assert made.verify("address.crt", "-crl_check_all", "-CRLfile", "crls").returncode == 0


@needs_openssl
@pytest.mark.parametrize(
    ("dns", "addresses"),
    [
        (["chat.example.com"], []),
        (["chat.example.lan", "www.example.com"], []),
        (["chat.example.lan"], ["192.0.2.1"]),
        (["chat.example.lan"], ["2001:db8::1"]),
    ],
)
def test_name_constraints_hold_against_the_ca_itself(tmp_path, dns, addresses):
    made = Made(tmp_path)
    made.forge(dns, addresses)
    done = made.verify()
    assert done.returncode != 0
    assert "subtree violation" in done.stderr
    assert handshake(made, dns[0]).startswith("certificate verify failed")


@needs_openssl
def test_no_address_without_a_network(tmp_path):
    made = Made(tmp_path)
    made.policy = replace(POLICY, scope=Scope.parse("example.lan", []))
    made.requests = made.requests[:0]
    made.run()
    made.forge(["chat.example.lan"])
    assert made.verify().returncode == 0
    for address in ("192.168.1.30", "::1"):
        made.forge(["chat.example.lan"], [address])
        assert "excluded subtree violation" in made.verify().stderr


def test_the_root_certifies_one_level_of_ca(tmp_path):
    made = Made(tmp_path)
    lengths = []
    for kind in ("root", "issuing"):
        certificate = x509.load_pem_x509_certificate(made.index.newest(kind).pem.encode())
        lengths.append(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length)
    assert lengths == [1, 0]
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]
    below = make_authority("issuing", made.policy, 2, made.key, made.issuer(), 9, NOW)
    (tmp_path / "issuing.crt").write_text(made.index.newest("issuing").pem + below.pem)
    leaf = make_leaf(made.policy, "x.example.lan", made.names, made.key.public_key(), Signer(below, made.key), 8, NOW)
    (tmp_path / "leaf.crt").write_text(leaf.pem)
    if shutil.which("openssl"):
        assert "path length constraint exceeded" in made.verify().stderr


@needs_openssl
def test_the_issuing_ca_certifies_servers_alone(tmp_path):
    """A certificate signed by a server's key, or for another purpose, is refused: by the leaf's usage and by the issuing CA's."""
    made = Made(tmp_path)
    assert "unsuitable certificate purpose" in made.verify("leaf.crt", "-purpose", "sslclient").stderr
    assert "unsuitable certificate purpose" in made.verify("leaf.crt", "-purpose", "smimesign").stderr
    leaf = made.index.newest("leaf", "chat.example.lan")
    below = make_leaf(made.policy, "x.example.lan", made.names, made.key.public_key(), Signer(leaf, made.key), 8, NOW)
    (tmp_path / "below.crt").write_text(below.pem)
    (tmp_path / "issuing.crt").write_text(made.index.newest("issuing").pem + leaf.pem)
    assert made.verify("below.crt").returncode != 0


def handshake(made: Made, name: str) -> str:
    """Talk TLS in memory; give the protocol's version or why the client refused."""
    (made.folder / "key").write_bytes(dump_key(made.key))
    (made.folder / "chain").write_text((made.folder / "leaf.crt").read_text() + made.index.newest("issuing").pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.folder / "chain", made.folder / "key")
    client = ssl.create_default_context(cafile=made.folder / "root.crt")
    client.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_CRL_CHECK_CHAIN
    client.load_verify_locations(made.folder / "crls")
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(down, up, server_hostname=name), server.wrap_bio(up, down, server_side=True)]
    for _flight in range(6):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return f"certificate verify failed: {error.verify_message}"
    return ends[0].version()


def test_python_accepts_it(made):
    for name in ("chat.example.lan", "192.168.1.30"):
        assert handshake(made, name) == "TLSv1.3"
    assert "Hostname mismatch" in handshake(made, "other.example.lan")


def test_python_refuses_revoked(tmp_path):
    made = Made(tmp_path)
    made.run(["chat.example.lan"])
    assert handshake(made, "chat.example.lan") == "certificate verify failed: certificate revoked"


@pytest.mark.skipif(not (SCRIPTS / "lint_pkix_cert").exists(), reason="no pkilint")
def test_linter_finds_nothing(made):
    """RFC 5280 profile of pkilint, from the mildest severity that is more than information."""
    for file in ("root.crt", "issuing.crt", "leaf.crt", "address.crt"):
        assert lint("lint_pkix_cert", made.folder / file) == ""
    for issuer, subject in (("root.crt", "issuing.crt"), ("issuing.crt", "leaf.crt")):
        assert lint("lint_pkix_signer_signee_cert_chain", made.folder / issuer, made.folder / subject) == ""
    made.run(["chat.example.lan"])
    for file, kind in (("root.crl", "ARL"), ("issuing.crl", "CRL")):
        assert lint("lint_crl", "-t", kind, "-p", "PKIX", made.folder / file) == ""
    (made.folder / "bad.crt").write_text(placeholder([])["root"])
    assert "ERROR" in lint("lint_pkix_cert", made.folder / "bad.crt"), "the linter finds nothing in a bad certificate either"


def lint(command: str, *arguments: object) -> str:
    command_line = [sys.executable, SCRIPTS / command, "lint", "-s", "NOTICE", *arguments]
    done = subprocess.run(command_line, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def test_lifetimes_and_serials(made):
    for entry in made.index.entries:
        certificate = x509.load_pem_x509_certificate(entry.pem.encode())
        assert certificate.serial_number == entry.serial
        assert certificate.serial_number.bit_length() > 64
    leaf = made.index.newest("leaf", "chat.example.lan")
    assert leaf.not_after - leaf.not_before + datetime.timedelta(seconds=1) == datetime.timedelta(days=397)


def test_result_is_what_servers_need(made):
    answer = made.result
    assert answer["chains"]["chat.example.lan"] == chain(made.index, "chat.example.lan")
    assert answer["chains"]["chat.example.lan"].count("BEGIN CERTIFICATE") == 2
    crl = x509.load_der_x509_crl(base64.b64decode(answer["crls"]["issuing.crl"]))
    issuing = x509.load_pem_x509_certificate(answer["issuing"].encode())
    assert crl.is_signature_valid(issuing.public_key())
    assert len(answer["root_fingerprint"]) == 95
    assert answer["due"] == made.index.crls["root"].next_update.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "PRIVATE" not in str(answer) + text(made.index)


def test_placeholders_can_be_read():
    answer = placeholder(["chat.example.lan"])
    assert x509.load_pem_x509_certificate(answer["chains"]["chat.example.lan"].encode())
    assert x509.load_der_x509_crl(base64.b64decode(answer["crls"]["root.crl"])).next_update_utc


def test_csr_is_read_and_proven():
    key, names = make_key("ecdsa"), Names.parse(["chat.example.lan"], ["192.168.1.30"], "")
    pem = make_csr(key, names)
    assert read_csr(pem, "requests[0]")[0] == names
    der = bytearray(base64.b64decode("".join(pem.splitlines()[1:-1])))
    der[-1] ^= 1
    broken = "-----BEGIN CERTIFICATE REQUEST-----\n" + base64.b64encode(der).decode() + "\n-----END CERTIFICATE REQUEST-----\n"
    with pytest.raises(PkiError, match=r"requests\[0\]: its signature is wrong"):
        read_csr(broken, "requests[0]")


def csr(key, *names):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ed25519
    from cryptography.hazmat.primitives.serialization import Encoding

    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(Encoding.PEM).decode()


def test_bad_csrs_are_named_together():
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    key, dns = make_key("ecdsa"), x509.DNSName("chat.example.lan")
    cases = [
        ("junk", "is not a readable certificate request"),
        (csr(key), "needs a subject alternative name"),
        (csr(key, dns, x509.RFC822Name("a@example.lan")), "DNS names and addresses alone"),
        (csr(rsa.generate_private_key(65537, 1024), dns), "too short"),
        (csr(ec.generate_private_key(ec.SECP192R1()), dns), "too short"),
        (csr(ed25519.Ed25519PrivateKey.generate(), dns), "neither ECDSA nor RSA"),
        ("predicted: DNS:chat.example.lan", "only predicted in check mode"),
        (csr(key, x509.DNSName("a_b")), "'a_b' is not a DNS name"),
    ]
    with pytest.raises(PkiError) as error:
        parse_requests([{"name": "chat.example.lan", "csr": pem} for pem, _words in cases] + [{"name": "../x", "csr": ""}], False)
    assert len(error.value.faults) == len(cases) + 1
    for i, (_pem, words) in enumerate(cases):
        assert error.value.faults[i].startswith(f"requests[{i}] (chat.example.lan): ")
        assert words in error.value.faults[i]
    assert error.value.faults[-1].startswith("requests[8]: name '../x' must be")

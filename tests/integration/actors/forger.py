"""The forger: certificates and revocation lists of the site's own authority, or of a stranger, with one thing wrong in them.

Everything else is taken over from what the chat server serves, its key too; so nothing but the fault differs.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .desk import run

CA = "/etc/onprem-chat/ca"
PASSPHRASE = b"lab-only-passphrase"
_PEM, _DER = serialization.Encoding.PEM, serialization.Encoding.DER


def _days(count: float) -> datetime.datetime:
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return now + datetime.timedelta(days=count)


def _issuing(host: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate = x509.load_pem_x509_certificate(run(host, "cat", f"{CA}/issuing.crt").encode())
    key = run(host, "sh", "-euc", f"cat {CA}/private/issuing-*.key").encode()
    return certificate, serialization.load_pem_private_key(key, PASSPHRASE)


def certificate(host: str, file: str, days: tuple[float, float] = (-1, 30), name: str = "", stranger: bool = False) -> bytes:
    """The chain in a file once more (PEM): valid for other days, for another name, or by an authority that nobody knows."""
    served, *others = x509.load_pem_x509_certificates(run(host, "cat", file).encode())
    issuer, signer = served.issuer, None
    if stranger:
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Somebody else")])
        signer, others = ec.generate_private_key(ec.SECP256R1()), []
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) if name else served.subject)
        .issuer_name(issuer)
        .public_key(served.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_days(days[0]))
        .not_valid_after(_days(days[1]))
    )
    for extension in served.extensions:
        value = extension.value
        if name and isinstance(value, x509.SubjectAlternativeName):
            value = x509.SubjectAlternativeName([x509.DNSName(name)])
        if stranger and isinstance(value, x509.AuthorityKeyIdentifier):
            value = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(value, extension.critical)
    made = builder.sign(signer or _issuing(host)[1], hashes.SHA256())
    return b"".join(one.public_bytes(_PEM) for one in (made, *others))


def serial(host: str, file: str) -> int:
    """The serial number of the first certificate in a file."""
    return x509.load_pem_x509_certificate(run(host, "cat", file).encode()).serial_number


def revocation_list(host: str, revoked: Sequence[int] = (), days: tuple[float, float] = (-1, 7)) -> bytes:
    """A revocation list of the site's issuing authority (DER)."""
    authority, key = _issuing(host)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(_days(days[0]))
        .next_update(_days(days[1]))
        .add_extension(x509.CRLNumber(9999), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    for number in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(_days(days[0])).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key, hashes.SHA256()).public_bytes(_DER)

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate chain and its key: do they belong together, do they speak for the name, and until when?"""

from __future__ import annotations

import datetime
import hashlib
import re
import warnings
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----\n.+?\n-----END CERTIFICATE-----\n", re.DOTALL)

RSA_PSS = "1.2.840.113549.1.1.10"
#: By how much a clock may be behind that of whoever issues; a certificate that was issued just now is valid from now on.
SLACK = datetime.timedelta(minutes=5)


@dataclass(frozen=True)
class Pair:
    """A chain in PEM, the server's own certificate first, and the private key in PEM; only L(examine) makes one."""

    chain: bytes
    key: bytes
    leaf: x509.Certificate

    @property
    def digest(self) -> str:
        """Name of the pair on disk: SHA-256 of its chain, 16 hex digits."""
        return hashlib.sha256(self.chain).hexdigest()[:16]

    @property
    def not_before(self) -> datetime.datetime:
        return _time(self.leaf, "not_valid_before")

    @property
    def not_after(self) -> datetime.datetime:
        return _time(self.leaf, "not_valid_after")

    @property
    def renew_after(self) -> datetime.datetime:
        """From when on it is due: a third of its life is left, be that 30 days or 2."""
        return self.not_after - (self.not_after - self.not_before) / 3

    @property
    def names(self) -> list[str]:
        return names(self.leaf)


def _time(certificate: x509.Certificate, which: str) -> datetime.datetime:
    """Aware time, from old releases of cryptography too (those before 42 have naive UTC alone)."""
    aware = getattr(certificate, f"{which}_utc", None)
    if aware is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            aware = getattr(certificate, which).replace(tzinfo=datetime.timezone.utc)
    if not isinstance(aware, datetime.datetime):
        raise TypeError(which)
    return aware


def names(certificate: x509.Certificate) -> list[str]:
    """DNS names of the certificate in lower case."""
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [name.lower() for name in alternative.get_values_for_type(x509.DNSName)]


def covers(known: list[str], name: str) -> bool:
    """Whether a certificate for I(known) names speaks for I(name); a star stands for one label (RFC 6125, 6.4.3)."""
    return name in known or "*." + name.partition(".")[2] in known


def examine(chain: bytes, key: bytes, name: str, now: datetime.datetime) -> tuple[Pair | None, list[str]]:
    """Return the pair, or all that is wrong with it; each problem begins with V(certificate) or V(key)."""
    blocks = CERTIFICATE.findall(chain.replace(b"\r\n", b"\n").rstrip() + b"\n")
    certificates, problems = [], []
    if not blocks:
        problems.append("certificate: holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
    for number, block in enumerate(blocks, 1):
        try:
            certificates.append(x509.load_pem_x509_certificate(block))
        except ValueError:
            problems.append(f"certificate: number {number} in it cannot be read; copy it again")
    unusable: list[str] = []
    private = _private(key, unusable)
    if not blocks or len(certificates) < len(blocks):
        return None, problems + unusable
    leaf = certificates[0]
    pair = Pair(b"".join(blocks), key.replace(b"\r\n", b"\n").rstrip() + b"\n", leaf)
    problems += _leaf(pair, name, now) + _order(certificates, now) + unusable
    if private is not None:
        problems += _match(certificates, private)
    return (None if problems else pair), problems


def _private(key: bytes, problems: list[str]) -> Any:
    if b"ENCRYPTED" in key:
        problems.append("key: is encrypted; a server that starts by itself needs it without a passphrase (keep it in the vault)")
        return None
    try:
        return serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError, NotImplementedError):
        problems.append("key: holds no private key in PEM (-----BEGIN PRIVATE KEY-----)")
        return None
    except Exception:  # UnsupportedAlgorithm has moved between releases
        problems.append("key: is of a kind that is not supported; take RSA or ECDSA")
        return None


def _leaf(pair: Pair, name: str, now: datetime.datetime) -> list[str]:
    problems = []
    if is_authority(pair.leaf):
        problems.append(
            "certificate: the first in it is that of an authority; the server's own comes first, its issuers after it"
        )
    elif not covers(pair.names, name):
        known = ", ".join(pair.names) or "nothing"
        problems.append(f"certificate: is not for {name}; it names {known}")
    if now >= pair.not_after:
        problems.append(f"certificate: has expired on {pair.not_after:%Y-%m-%d %H:%M} UTC; get a new one")
    elif now < pair.not_before - SLACK:
        problems.append(f"certificate: is valid from {pair.not_before:%Y-%m-%d %H:%M} UTC only; is this host's clock right?")
    return problems


def is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _order(certificates: list[x509.Certificate], now: datetime.datetime) -> list[str]:
    problems = []
    for number, (lower, upper) in enumerate(zip(certificates, certificates[1:]), 2):
        if not issued(lower, upper):
            problems.append(
                f"certificate: number {number} in it ({upper.subject.rfc4514_string()}) is not the issuer of the one before it, "
                f"which is {lower.issuer.rfc4514_string()}; the server's own comes first, then each one's issuer"
            )
        if now >= _time(upper, "not_valid_after"):
            problems.append(f"certificate: number {number} in it ({upper.subject.rfc4514_string()}) has expired")
    return problems


def _match(certificates: list[x509.Certificate], private: Any) -> list[str]:
    own = _public(private.public_key())
    fitting = [number for number, certificate in enumerate(certificates, 1) if _public(certificate.public_key()) == own]
    if fitting[:1] == [1]:
        return []
    if fitting:
        return [f"certificate: the key is that of number {fitting[0]} in it; the server's own certificate comes first"]
    return ["key: is not the key of the certificate; they were not made together"]


def _public(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return encoded


def issued(lower: x509.Certificate, upper: x509.Certificate) -> bool:
    """Whether I(upper) signed I(lower)."""
    if lower.issuer != upper.subject:
        return False
    public, algorithm = upper.public_key(), lower.signature_hash_algorithm
    signature, signed = lower.signature, lower.tbs_certificate_bytes
    try:
        if isinstance(public, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
            public.verify(signature, signed)
        elif isinstance(public, ec.EllipticCurvePublicKey) and algorithm:
            public.verify(signature, signed, ec.ECDSA(algorithm))
        elif isinstance(public, rsa.RSAPublicKey) and lower.signature_algorithm_oid.dotted_string == RSA_PSS:
            return True  # its parameters are not readable before cryptography 41: the names have to do
        elif isinstance(public, rsa.RSAPublicKey) and algorithm:
            public.verify(signature, signed, padding.PKCS1v15(), algorithm)
        else:
            return False
    except InvalidSignature:
        return False
    return True

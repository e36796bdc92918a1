# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .csr import alt_names
from .index import ISSUING, ROOT, Crl, Entry
from .key import PrivateKey, PublicKey, key_id, key_type
from .names import Names
from .policy import BACKDATE, Policy
from .scope import Subtrees

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError:  # said by the modules in their own words
    pass

_TITLES = {ROOT: "Root CA", ISSUING: "Issuing CA"}
_SECOND = datetime.timedelta(seconds=1)


@dataclass(frozen=True)
class Signer:
    """A CA that can sign: its certificate in the index and its private key."""

    entry: Entry
    key: PrivateKey


def make_authority(
    kind: str, policy: Policy, generation: int, key: PrivateKey, signer: Signer | None, serial: int, now: datetime.datetime
) -> Entry:
    """Make the certificate of the root (no signer: it signs itself) or of the issuing CA.

    Both hold the name constraints: a client that takes no more than name and key from a root finds them in the issuing one.
    """
    subtrees = policy.scope.subtrees()
    days = policy.root_days if kind == ROOT else policy.issuing_days
    signing_key = signer.key if signer else key
    subject = _subject(kind, policy.name, generation)
    issuer = _subject(signer.entry.kind, signer.entry.name, signer.entry.generation) if signer else subject
    not_before, not_after = _validity(days, signer, now)
    builder = _builder(subject, issuer, key.public_key(), signing_key.public_key(), serial, not_before, not_after)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1 if kind == ROOT else 0), critical=True)
    builder = builder.add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
    builder = builder.add_extension(_name_constraints(subtrees), critical=True)
    if kind == ISSUING:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(_distribution(policy.crl_url(ROOT)), critical=False)
    return Entry(
        kind=kind,
        name=policy.name,
        serial=serial,
        key=key_id(key.public_key()),
        issuer=key_id(signing_key.public_key()),
        made=now,
        not_before=not_before,
        not_after=not_after,
        pem=builder.sign(signing_key, hashes.SHA256()).public_bytes(Encoding.PEM).decode(),
        subtrees=subtrees.texts(),
        crl_url=policy.crl_url(ROOT) if kind == ISSUING else "",
        key_type=key_type(key),
        generation=generation,
    )


def make_leaf(
    policy: Policy, name: str, names: Names, key: PublicKey, signer: Signer, serial: int, now: datetime.datetime
) -> Entry:
    """Make the certificate of a TLS server."""
    not_before, not_after = _validity(policy.leaf_days, signer, now)
    common = _common_name(name, names)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])
    issuer = _subject(ISSUING, signer.entry.name, signer.entry.generation)
    builder = _builder(subject, issuer, key, signer.key.public_key(), serial, not_before, not_after)
    usages = ["digital_signature"] + (["key_encipherment"] if isinstance(key, rsa.RSAPublicKey) else [])
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(*usages), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    # critical when the subject is empty (RFC 5280 section 4.2.1.6)
    builder = builder.add_extension(x509.SubjectAlternativeName(alt_names(names)), critical=not common)
    builder = builder.add_extension(_distribution(policy.crl_url(ISSUING)), critical=False)
    return Entry(
        kind="leaf",
        name=name,
        serial=serial,
        key=key_id(key),
        issuer=signer.entry.key,
        made=now,
        not_before=not_before,
        not_after=not_after,
        pem=builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.PEM).decode(),
        dns=names.dns,
        addresses=names.address_texts(),
        crl_url=policy.crl_url(ISSUING),
        key_type=key_type(key),
    )


def make_crl(policy: Policy, signer: Signer, revoked: Iterable[Entry], previous: Crl | None, now: datetime.datetime) -> Crl:
    """Make the revocation list of a CA.

    Its number is the time in seconds, and more than the one before: so it rises even after an old backup was restored.
    """
    number = max(int(now.timestamp()), previous.number + 1 if previous else 0)
    this_update, next_update = now - BACKDATE, now + datetime.timedelta(days=policy.crl_days)
    entries = sorted(revoked, key=lambda entry: entry.serial)
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=_subject(signer.entry.kind, signer.entry.name, signer.entry.generation),
        last_update=_naive(this_update),
        next_update=_naive(next_update),
    )
    builder = builder.add_extension(_authority_key(signer.key.public_key()), critical=False)
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    for entry in entries:
        item = x509.RevokedCertificateBuilder(entry.serial, _naive(entry.revoked or now))
        builder = builder.add_revoked_certificate(item.build())
    return Crl(
        issuer=signer.entry.key,
        number=number,
        this_update=this_update,
        next_update=next_update,
        serials=tuple(entry.serial for entry in entries),
        pem=builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.PEM).decode(),
    )


def _validity(days: int, signer: Signer | None, now: datetime.datetime) -> tuple[datetime.datetime, datetime.datetime]:
    """First and last second, C(days) apart with both counted, never past the end of the signer."""
    not_before = now - BACKDATE
    not_after = not_before + datetime.timedelta(days=days) - _SECOND
    return not_before, min(not_after, signer.entry.not_after) if signer else not_after


def _naive(moment: datetime.datetime) -> datetime.datetime:
    """UTC without saying so: what every version of cryptography takes."""
    return moment.replace(tzinfo=None)


def _subject(kind: str, name: str, generation: int) -> x509.Name:
    common = f"{name} {_TITLES[kind]} {generation}"
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _common_name(name: str, names: Names) -> str:
    """A DNS name to be shown where people look for one; what counts for clients is the alternative name."""
    short = [dns for dns in names.dns if len(dns) <= 64 and not dns.startswith("*")]
    return name if name in short else next(iter(short), "")


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: PublicKey,
    signing_key: PublicKey,
    serial: int,
    not_before: datetime.datetime,
    not_after: datetime.datetime,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key,
        serial_number=serial,
        not_valid_before=_naive(not_before),
        not_valid_after=_naive(not_after),
    )
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    return builder.add_extension(_authority_key(signing_key), critical=False)


def _authority_key(key: PublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)


def _key_usage(*usages: str) -> x509.KeyUsage:
    every: dict[str, Any] = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**{**every, **dict.fromkeys(usages, True)})


def _name_constraints(subtrees: Subtrees) -> x509.NameConstraints:
    permitted: list[x509.GeneralName] = []
    permitted += [x509.DNSName(name) for name in subtrees.permitted_dns]
    permitted += [x509.RFC822Name(host) for host in subtrees.permitted_hosts]
    permitted += [x509.UniformResourceIdentifier(host) for host in subtrees.permitted_hosts]
    permitted += [x509.IPAddress(network) for network in subtrees.permitted_addresses]
    excluded = [x509.IPAddress(network) for network in subtrees.excluded_addresses]
    return x509.NameConstraints(permitted, excluded or None)


def _distribution(url: str) -> x509.CRLDistributionPoints:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return x509.CRLDistributionPoints([point])

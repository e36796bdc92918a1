# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The root certificate that devices are to trust, and what a person has to know of it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID
except ImportError:  # said by the filter in its own words
    pass


@dataclass(frozen=True)
class Root:
    """One root certificate: what it calls itself, what it may speak for (empty: everything), and its last day (YYYY-MM-DD)."""

    der: bytes
    name: str
    domains: tuple[str, ...]
    networks: tuple[str, ...]
    last_day: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.der).hexdigest().upper()

    @property
    def sha1(self) -> str:
        """The one that Windows shows before it takes a root in; for the eye, beside the real one."""
        return hashlib.sha1(self.der, usedforsecurity=False).hexdigest().upper()

    @property
    def base64(self) -> str:
        """Lines of 64 characters, as PEM has them."""
        text = base64.b64encode(self.der).decode()
        return "\n".join(text[at : at + 64] for at in range(0, len(text), 64))

    @property
    def pem(self) -> str:
        return f"-----BEGIN CERTIFICATE-----\n{self.base64}\n-----END CERTIFICATE-----\n"


def read(pem: str) -> Root:
    """Return the root certificate in C(pem); raises ValueError when it is none that can speak for others."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    try:
        authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        authority = True  # old roots say nothing of it, and neither does what stands for one in check mode
    if not authority or certificate.subject != certificate.issuer:
        raise ValueError("is not the root certificate of an authority")
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    domains, networks = _scope(certificate)
    return Root(
        certificate.public_bytes(Encoding.DER),
        str(names[0].value) if names else certificate.subject.rfc4514_string(),
        domains,
        networks,
        _last_day(certificate),
    )


def groups(text: str, length: int = 4) -> list[str]:
    """Return a number in the groups in which people compare it."""
    return [text[at : at + length] for at in range(0, len(text), length)]


def _scope(certificate: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        permitted = certificate.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    except x509.ExtensionNotFound:
        return (), ()
    domains = [one.value.lstrip(".") for one in permitted if isinstance(one, x509.DNSName)]
    addresses = [one.value for one in permitted if isinstance(one, x509.IPAddress)]
    networks = [str(one) for one in addresses if isinstance(one, (IPv4Network, IPv6Network))]
    return tuple(dict.fromkeys(domains)), tuple(networks)


def _last_day(certificate: x509.Certificate) -> str:
    # the name without _utc is deprecated, and the only one that cryptography 38 of Debian 12 has
    end = getattr(certificate, "not_valid_after_utc", None) or certificate.not_valid_after
    return f"{end:%Y-%m-%d}"

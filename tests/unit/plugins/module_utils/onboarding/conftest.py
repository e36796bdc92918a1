# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A root certificate of a site, and the site that it belongs to."""

from __future__ import annotations

import datetime
from ipaddress import ip_network

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.onboarding.model import parse
from ansible_collections.onprem.chat.plugins.module_utils.onboarding.root import read
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

CLIENT = {"system": "windows", "title": "Gajim <2>", "name": "gajim-2.3.exe", "size": 84_200_000, "sha256": "ab" * 32}
RAW = {"name": "chat.example.lan", "title": 'Example & "Sons" <Ltd>', "help": "Ms O'Hara", "clients": [CLIENT]}


@pytest.fixture(scope="session")
def make_pem():
    """Makes a certificate that signed itself."""

    def make(authority: bool = True, scope: bool = True) -> str:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example Root CA")])
        start, end = datetime.datetime(2026, 1, 1), datetime.datetime(2046, 1, 1)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(7).not_valid_before(start).not_valid_after(end)
        builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        if scope:
            permitted = [x509.DNSName("example.lan"), x509.IPAddress(ip_network("192.168.1.0/24"))]
            builder = builder.add_extension(x509.NameConstraints(permitted, None), critical=True)
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    return make


@pytest.fixture(scope="session")
def pem(make_pem):
    return make_pem()


@pytest.fixture
def root(pem):
    return read(pem)


@pytest.fixture
def start(root):
    return parse(RAW, root)


@pytest.fixture
def known():
    """A site whose certificate every device knows."""
    return parse({**RAW, "help": "", "clients": []}, None)

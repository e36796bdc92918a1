# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .error import PkiError
from .key import PrivateKey, PublicKey, key_id, make_key
from .names import Names
from .plan import Request
from .prediction import is_predicted, read_predicted

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding
except ImportError:  # said by the modules in their own words
    pass

_REQUEST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


def alt_names(names: Names) -> list[Any]:
    """The names of a subject alternative name extension."""
    return [*(x509.DNSName(name) for name in names.dns), *(x509.IPAddress(address) for address in names.addresses)]


def make_csr(key: PrivateKey, names: Names) -> str:
    """Sign a certificate request (PKCS #10, PEM) for these names with the key they are for."""
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    builder = builder.add_extension(x509.SubjectAlternativeName(alt_names(names)), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def read_csr(pem: str, path: str) -> tuple[Names, PublicKey]:
    """Give the names and the public key of a request; raises :class:`PkiError` when the CA must not sign it."""
    try:
        csr = x509.load_pem_x509_csr(pem.encode())
        proven = csr.is_signature_valid
        key = csr.public_key()
        found = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise PkiError(f"{path}: names nothing: it needs a subject alternative name") from None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PkiError(f"{path}: is not a readable certificate request ({error})") from None
    if not proven:
        raise PkiError(f"{path}: its signature is wrong")
    if isinstance(key, ec.EllipticCurvePublicKey):
        weak = key.key_size < 256
    elif isinstance(key, rsa.RSAPublicKey):
        weak = key.key_size < 2048
    else:
        raise PkiError(f"{path}: its key is neither ECDSA nor RSA, so browsers would refuse the certificate")
    if weak:
        raise PkiError(f"{path}: its key is too short: use ECDSA on P-256 or RSA of at least 2048 bits")
    odd = [name for name in found if not isinstance(name, (x509.DNSName, x509.IPAddress))]
    if odd:
        raise PkiError(f"{path}: asks for {odd[0]!r}: this CA certifies DNS names and addresses alone")
    dns = found.get_values_for_type(x509.DNSName)
    addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
    return Names.parse(dns, addresses, f"{path}: "), key


def parse_requests(raw: Sequence[Mapping[str, Any]], predict: bool) -> tuple[list[Request], dict[str, PublicKey]]:
    """Read all requests; gives them with their public keys by key id.

    With C(predict) the stand-ins of check mode are taken too, and get a throw-away key.
    Raises :class:`PkiError` with all that is wrong.
    """
    requests: list[Request] = []
    keys: dict[str, PublicKey] = {}
    faults: list[str] = []
    for i, item in enumerate(raw):
        path = f"requests[{i}]"
        try:
            if not _REQUEST_NAME.fullmatch(item["name"]):
                raise PkiError(f"{path}: name {item['name']!r} must be of letters, digits, dots, hyphens and underscores")
            names, key = _read(item["csr"], f"{path} ({item['name']})", predict)
        except PkiError as error:
            faults.extend(error.faults)
            continue
        keys[key_id(key)] = key
        requests.append(Request(path, item["name"], names, key_id(key), bool(item.get("accept_revoked_key"))))
    if faults:
        raise PkiError(faults)
    return requests, keys


def _read(csr: str, path: str, predict: bool) -> tuple[Names, PublicKey]:
    if not is_predicted(csr):
        return read_csr(csr, path)
    if not predict:
        raise PkiError(f"{path}: its csr was only predicted in check mode: make the key on its host first")
    return read_predicted(csr, path), make_key("ecdsa").public_key()

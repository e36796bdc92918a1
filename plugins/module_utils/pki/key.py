# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import hashlib
import os
import textwrap
from typing import Callable, Union

from .error import PkiError, WrongPassphrase

try:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
        load_pem_private_key,
    )
except ImportError:  # said by the modules in their own words
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

PrivateKey = Union["ec.EllipticCurvePrivateKey", "rsa.RSAPrivateKey"]
PublicKey = Union["ec.EllipticCurvePublicKey", "rsa.RSAPublicKey"]

KEY_TYPES = ("ecdsa", "rsa")
"""ECDSA on P-256, RSA of 3072 bits: both of 128 bits of strength, both accepted by every client of today."""

# scrypt as `openssl pkcs8 -topk8 -scrypt` sets it: 16 MiB and about 50 ms a guess. The library's own way to encrypt a key
# stretches the passphrase 2,048 times only.
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 16384, 8, 1


def make_key(key_type: str) -> PrivateKey:
    """Make a private key of one of the O(KEY_TYPES)."""
    if key_type == "ecdsa":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def key_type(key: PrivateKey | PublicKey) -> str:
    """Give the kind of a key in the words of O(KEY_TYPES), or a description that is none of them."""
    if isinstance(key, (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)):
        return "ecdsa" if isinstance(key.curve, ec.SECP256R1) else f"ecdsa on {key.curve.name}"
    return "rsa" if key.key_size == 3072 else f"rsa of {key.key_size} bits"


def key_id(key: PublicKey) -> str:
    """SHA-256 of a public key (its SubjectPublicKeyInfo), in hexadecimal."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def load_key(pem: bytes, path: str, passphrases: tuple[str, ...] = ()) -> tuple[PrivateKey, str | None]:
    """Open a private key; gives the key and the passphrase that opened it (none: it is not encrypted).

    Raises :class:`WrongPassphrase` when it is encrypted and none fits, :class:`PkiError` when it is no usable key.
    """
    tries: list[str | None] = list(passphrases) if b"ENCRYPTED" in pem else [None]
    for passphrase in tries:
        try:
            key = load_pem_private_key(pem, None if passphrase is None else passphrase.encode())
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            if passphrase is None:
                raise PkiError(f"{path}: is not a readable private key ({error})") from None
            continue
        if isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
            return key, passphrase
        raise PkiError(f"{path}: is neither an ECDSA nor an RSA key")
    raise WrongPassphrase(f"{path}: the passphrase does not open this key")


def dump_key(key: PrivateKey, passphrase: str | None = None, random: Callable[[int], bytes] = os.urandom) -> bytes:
    """Write a private key as PKCS #8 PEM, encrypted when there is a passphrase (PBES2 with scrypt and AES-256-CBC)."""
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    if passphrase is None:
        return _pem("PRIVATE KEY", der)
    salt, iv = random(16), random(16)
    secret = hashlib.scrypt(
        passphrase.encode(), salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P, maxmem=64 * 1024 * 1024, dklen=32
    )
    padder = PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    data = encryptor.update(padder.update(der) + padder.finalize()) + encryptor.finalize()
    stretch = _sequence(
        bytes.fromhex("06092b06010401da47040b"),  # 1.3.6.1.4.1.11591.4.11 scrypt (RFC 7914 section 7)
        _sequence(_der(4, salt), _integer(_SCRYPT_N), _integer(_SCRYPT_R), _integer(_SCRYPT_P)),
    )
    cipher = _sequence(bytes.fromhex("060960864801650304012a"), _der(4, iv))  # 2.16.840.1.101.3.4.1.42 aes256-CBC
    scheme = _sequence(bytes.fromhex("06092a864886f70d01050d"), _sequence(stretch, cipher))  # 1.2.840.113549.1.5.13 PBES2
    return _pem("ENCRYPTED PRIVATE KEY", _sequence(scheme, _der(4, data)))


def _pem(label: str, der: bytes) -> bytes:
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n".encode()


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(size)]) + size + content


def _integer(value: int) -> bytes:
    return _der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _sequence(*items: bytes) -> bytes:
    return _der(48, b"".join(items))

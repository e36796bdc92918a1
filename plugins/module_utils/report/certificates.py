"""Certificates and revocation lists that were found on the hosts, each once, with the days that it has left."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BLOCK = re.compile(r"-----BEGIN (CERTIFICATE|X509 CRL)-----\n[^-]*-----END \1-----\n")
_DAY = 86400
#: The order on the page: what people meet first.
KINDS = ("server", "authority", "root", "revocation list")


def certificates(infos: Mapping[str, Mapping[str, Any]], now: int) -> list[dict[str, Any]]:
    """A row for each certificate and list, in the order of KINDS; ``now`` is in seconds since 1970.

    Each has ``kind``, ``name``, ``names``, ``issuer``, ``ends``, ``days_left`` (whole days, negative after the end), ``sha256``
    and ``places`` (host and path).
    """
    found: dict[str, dict[str, Any]] = {}
    for host, info in sorted(infos.items()):
        for file in info["certificates"]:
            for row in _rows(file["pem"], now):
                kept = found.setdefault(row["sha256"], {**row, "places": []})
                kept["places"].append({"host": host, "path": file["path"]})
    return sorted(found.values(), key=lambda row: (KINDS.index(row["kind"]), row["name"], row["days_left"], row["sha256"]))


def _rows(text: str, now: int) -> Iterator[dict[str, Any]]:
    for block in _BLOCK.finditer(text):
        try:
            yield _list(block[0], now) if block[1] == "X509 CRL" else _certificate(block[0], now)
        except ValueError:
            continue  # what the ladder needs of it, the ladder judges


def _certificate(pem: str, now: int) -> dict[str, Any]:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    made = x509.load_pem_x509_certificate(pem.encode())
    names = _extension(made, x509.SubjectAlternativeName)
    constraints = _extension(made, x509.BasicConstraints)
    authority = bool(constraints and constraints.ca)
    kind = ("root" if made.issuer == made.subject else "authority") if authority else "server"
    told = [str(name.value) for name in names] if names else []
    return {
        "kind": kind,
        "name": _common_name(made.subject) or (told[0] if told else ""),
        "names": told,
        "issuer": _common_name(made.issuer),
        **_ends(_utc(made, "not_valid_after"), now),
        "sha256": made.fingerprint(SHA256()).hex(),
    }


def _list(pem: str, now: int) -> dict[str, Any]:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    made = x509.load_pem_x509_crl(pem.encode())
    issuer = _common_name(made.issuer)
    ends = _ends(_utc(made, "next_update"), now)
    return {
        "kind": "revocation list",
        "name": issuer,
        "names": [],
        "issuer": issuer,
        **ends,
        "sha256": made.fingerprint(SHA256()).hex(),
    }


def _extension(made: Any, kind: Any) -> Any:
    from cryptography import x509

    try:
        return made.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _common_name(name: Any) -> str:
    from cryptography.x509.oid import NameOID

    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else str(name.rfc4514_string())


def _utc(made: Any, attribute: str) -> datetime.datetime:
    """A date of a certificate; cryptography before 42 has it without its time zone alone."""
    aware = getattr(made, f"{attribute}_utc", None)
    if aware is None:
        aware = getattr(made, attribute).replace(tzinfo=datetime.timezone.utc)
    return aware  # type: ignore[no-any-return]


def _ends(when: datetime.datetime, now: int) -> dict[str, Any]:
    return {"ends": when.strftime("%Y-%m-%d"), "days_left": int((when.timestamp() - now) // _DAY)}

"""The certificates that a server shows, as data, whether or not they are trusted (cryptography)."""

from __future__ import annotations

import datetime
import hashlib
import ssl
from collections.abc import Sequence
from typing import Any

from ..verify import classify
from ..verify.ladder import Rung
from . import transport, web


def seen(host: str, port: int, name: str, kind: str, timeout: float) -> dict[str, Any]:
    """What the port shows for the name, and what this host makes of it; ``kind`` is tls or starttls.

    Raises OSError when nobody answers, and ``transport.NoStartTls``.
    """
    with transport.secured(name, port, kind, transport.unchecked(), timeout, host) as channel:
        shown, version = _chain(channel), channel.version()
    fault, words = "", ""
    try:
        transport.secured(name, port, kind, transport.trust(), timeout, host).close()
    except OSError as error:
        fault, words = classify.handshake(error), classify.words(error)
    certificates = [describe(one, datetime.datetime.now(datetime.timezone.utc)) for one in shown]
    return {"version": version, "trusted": not fault, "fault": fault, "reason": words, "certificates": certificates}


def revocation(host: str, port: int, name: str, urls: Sequence[str], timeout: float) -> dict[str, Any]:
    """What the revocation lists say of it: ``revoked``, and the fault of the lists themselves if they have one."""
    found = web.revocation(Rung("crl", "crl", "", target=name, port=port, address=host), urls, 0, timeout)
    return {"revoked": found.fault == "tls-revoked", "fault": found.fault, "seen": found.seen}


def _chain(channel: ssl.SSLSocket) -> list[bytes]:
    # public since Python 3.13, within the module since 3.10; older ones show the server's own alone
    inner = getattr(channel, "_sslobj", None)
    found = getattr(channel, "get_unverified_chain", None) or getattr(inner, "get_unverified_chain", None)
    rows = found() if found else []
    ders = [one if isinstance(one, bytes) else ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in rows or []]
    return ders or [channel.getpeercert(True) or b""]


def describe(der: bytes, now: datetime.datetime) -> dict[str, Any]:
    """One certificate; times in UTC, ISO 8601."""
    from cryptography import x509

    one = x509.load_der_x509_certificate(der)
    start, end = _utc(one, "not_valid_before"), _utc(one, "not_valid_after")
    return {
        "subject": one.subject.rfc4514_string(),
        "issuer": one.issuer.rfc4514_string(),
        "names": _names(one),
        "not_before": start.isoformat(),
        "not_after": end.isoformat(),
        "days_left": (end - now).days,
        "key": _key(one.public_key()),
        "serial": f"{one.serial_number:x}",
        "sha256": hashlib.sha256(der).hexdigest(),
    }


def _utc(one: Any, name: str) -> datetime.datetime:
    aware: datetime.datetime = getattr(one, f"{name}_utc", None) or getattr(one, name).replace(tzinfo=datetime.timezone.utc)
    return aware


def _names(one: Any) -> list[str]:
    from cryptography import x509

    try:
        names = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in names]


def _key(key: Any) -> str:
    curve = getattr(key, "curve", None)
    if curve is not None:
        return f"EC {curve.name}"
    size = getattr(key, "key_size", None)
    kind = type(key).__name__.replace("PublicKey", "").strip("_")
    return f"{kind} {size}" if size else kind

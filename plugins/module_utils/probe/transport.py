"""Opens connections and shakes hands: TCP, TLS from the start, and TLS after STARTTLS (RFC 6120, 5)."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from ..verify import classify
from ..verify.ladder import Observation, Rung

_OPEN = (
    "<?xml version='1.0'?><stream:stream to='{name}' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
_STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
_LONGEST = 65536


class NoStartTls(Exception):
    """The other side speaks XMPP and offers no TLS."""


@cache
def trust(lists: tuple[str, ...] = ()) -> ssl.SSLContext:
    """What this host trusts, strictly (RFC 5280), with the name checked; with revocation lists (PEM) also those."""
    context = ssl.create_default_context()
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if lists:
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN if len(lists) > 1 else ssl.VERIFY_CRL_CHECK_LEAF
        # Python loads revocation lists from files alone
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write("\n".join(lists))
            file.flush()
            context.load_verify_locations(cafile=file.name)
    return context


@cache
def unchecked() -> ssl.SSLContext:
    """TLS with whoever it is, for what is to be known before a certificate can be judged."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connect(name: str, port: int, timeout: float, segment: int) -> socket.socket:
    """A connection; with ``segment`` neither side sends more than so many bytes in a packet (tcp(7), TCP_MAXSEG)."""
    last: OSError = OSError(f"{name} has no address")
    for family, kind, protocol, _name, address in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM):
        plain = socket.socket(family, kind, protocol)
        try:
            plain.settimeout(timeout)
            if segment:
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
            plain.connect(address)
            return plain
        except OSError as error:
            plain.close()
            last = error
    raise last


def opened(name: str, ports: Sequence[int], timeout: float) -> dict[int, Observation]:
    """Whether each of the ports opens; they are tried at the same time."""
    with ThreadPoolExecutor(max(len(ports), 1)) as pool:
        return dict(zip(ports, pool.map(lambda port: _opened(name, port, timeout), ports)))


def _opened(name: str, port: int, timeout: float) -> Observation:
    before = time.monotonic()
    try:
        with socket.create_connection((name, port), timeout) as plain:
            peer = plain.getpeername()[0]
    except OSError as error:
        return Observation(classify.words(error), classify.connecting(error))
    took = round((time.monotonic() - before) * 1000)
    return Observation(f"{peer} in {took} ms", "", {"milliseconds": took})


def starttls(plain: socket.socket, name: str) -> None:
    """Brings an XMPP stream to the point where the TLS handshake begins; raises NoStartTls when it is not offered."""
    plain.sendall(_OPEN.format(name=name).encode())
    if b"urn:ietf:params:xml:ns:xmpp-tls" not in _until(plain, b"</stream:features>"):
        raise NoStartTls
    plain.sendall(_STARTTLS.encode())
    if b"<proceed" not in _until(plain, b">"):
        raise NoStartTls


def _until(plain: socket.socket, end: bytes) -> bytes:
    seen = b""
    while end not in seen and len(seen) < _LONGEST:
        part = plain.recv(4096)
        if not part:
            break
        seen += part
    return seen


def secured(name: str, port: int, kind: str, context: ssl.SSLContext, timeout: float, host: str = "") -> ssl.SSLSocket:
    """A connection after its TLS handshake; ``kind`` is tls or starttls, ``host`` where to go instead of to the name."""
    plain = socket.create_connection((host or name, port), timeout)
    try:
        if kind == "starttls":
            starttls(plain, name)
        return context.wrap_socket(plain, server_hostname=name)
    except BaseException:
        plain.close()
        raise


def key(name: str, port: int, timeout: float) -> str:
    """Fingerprint of the public key of a server that this host trusts: SHA-256 in base64 (RFC 7469, 2.4)."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    with secured(name, port, "tls", trust(), timeout) as channel:
        shown = x509.load_der_x509_certificate(channel.getpeercert(True) or b"")
    public = shown.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(public).digest()).decode()


def certificate(rung: Rung, kind: str, soon_days: int, now: float, timeout: float) -> Observation:
    """The certificate behind the port of the rung, as this host sees it; ``kind`` is tls or starttls."""
    try:
        with secured(rung.target, rung.port, kind, trust(), timeout) as channel:
            shown, version = channel.getpeercert() or {}, channel.version()
    except NoStartTls:
        return Observation("no STARTTLS is offered", "tls-no-starttls")
    except OSError as error:
        return Observation(classify.words(error), classify.handshake(error))
    left = (ssl.cert_time_to_seconds(str(shown["notAfter"])) - now) / 86400
    facts = {"days_left": int(left), "issuer": _common_name(shown.get("issuer", ())), "version": version}
    fault = "tls-ending" if left < soon_days else ""
    return Observation(f"{version}, {facts['days_left']} days left, from {facts['issuer']}", fault, facts)


def _common_name(parts: object) -> str:
    names = {key: value for part in parts for key, value in part} if isinstance(parts, tuple) else {}
    return str(names.get("commonName") or names.get("organizationName") or "an authority without a name")

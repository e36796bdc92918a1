"""Fetches over HTTP and HTTPS what the site serves: page, redirect, websocket, revocation lists, the server's clock."""

from __future__ import annotations

import base64
import datetime
import email.utils
import http.client
import secrets
import socket
import ssl
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from ..verify import classify
from ..verify.intent import Health
from ..verify.ladder import Observation, Rung
from . import transport

_SKEW = 300.0
#: What a proxy says of its own. All else is the chat server's (mod_http_upload): with a full disk it says 500, or hangs up before
#: it has read the file, and the proxy says 502 for it.
_NOT_THERE = (403, 404, 405, 413)
_LONGEST = 4 * 1024 * 1024
#: What a proxy says when what is behind it does not answer.
_NOBODY_BEHIND = (502, 503, 504)


class _Door(http.client.HTTPSConnection):
    """Goes to an address whatever its name resolves to, as a client does that another resolver has told so."""

    def __init__(self, name: str, address: str, timeout: float) -> None:
        super().__init__(name, timeout=timeout, context=transport.trust())
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        try:
            self.sock = transport.trust().wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def door(rung: Rung, timeout: float) -> Observation:
    """The web client by another way: the rung's name at its address."""
    link = _Door(rung.target, rung.address, timeout)
    try:
        link.request("GET", "/", headers={"User-Agent": "onprem-chat-verify"})
        answer = link.getresponse()
        body = answer.read(_LONGEST)
    except ssl.SSLError as error:
        return Observation(classify.words(error), classify.handshake(error))
    except (OSError, http.client.HTTPException) as error:
        return Observation(classify.words(error), "door-closed")
    finally:
        link.close()
    sound = answer.status == 200 and "text/html" in answer.getheader("Content-Type", "") and body
    return Observation(f"HTTP {answer.status}, {len(body)} bytes", "" if sound else unlike(answer, "web-status"))


def fetch(
    url: str, timeout: float, headers: dict[str, str] | None = None, context: ssl.SSLContext | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """One GET without redirects; the response with its body (none for a switched protocol)."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "https":
        context = context or transport.trust()
        link: http.client.HTTPConnection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    else:
        link = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        link.request("GET", parts.path or "/", headers={"User-Agent": "onprem-chat-verify", **(headers or {})})
        answer = link.getresponse()
        return answer, b"" if answer.status == 101 else answer.read(_LONGEST)
    finally:
        link.close()


def unlike(answer: http.client.HTTPResponse, fault: str) -> str:
    """The fault of another answer than the one that was due: somebody is not let in, or else what the rung says."""
    return "web-refused" if answer.status == 403 else fault


def there_and_back(put: str, get: str, headers: dict[str, str], content: bytes, timeout: float) -> Observation:
    """A file sent to one address and fetched from another; says which step failed."""
    try:
        status = _put(put, content, {**headers, "Content-Type": "application/octet-stream"}, timeout)
        if status not in (200, 201, 204):
            return Observation(f"sending it: HTTP {status}", "upload-blocked" if status in _NOT_THERE else "upload-failed")
        answer, body = fetch(get, timeout)
    except (OSError, http.client.HTTPException) as error:
        return Observation(classify.words(error), "upload-blocked")
    if answer.status != 200:
        return Observation(f"fetching it: HTTP {answer.status}", "upload-changed")
    if body != content:
        return Observation(f"{len(content)} bytes sent, {len(body)} other ones came back", "upload-changed")
    return Observation(f"{len(content) // 1024} kB there and back")


def _put(url: str, content: bytes, headers: dict[str, str], timeout: float) -> int:
    parts = urlsplit(url)
    link = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=timeout, context=transport.trust())
    try:
        link.request("PUT", f"{parts.path}?{parts.query}".rstrip("?"), content, headers)
        answer = link.getresponse()
        answer.read(_LONGEST)
        return answer.status
    finally:
        link.close()


def clock(rung: Rung, timeout: float) -> Observation:
    """This host's clock against the web server's, before any certificate: a wrong clock spoils every one of them."""
    scheme = "http" if rung.port == 80 else "https"
    try:
        answer, _body = fetch(f"{scheme}://{rung.target}/", timeout, context=transport.unchecked())
        there = email.utils.parsedate_to_datetime(answer.getheader("Date", "")).timestamp()
    except (OSError, http.client.HTTPException, ValueError, TypeError):
        return Observation("the server tells no time")
    ahead = time.time() - there
    if abs(ahead) > _SKEW:
        return Observation(f"this host is {abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}", "clock")
    return Observation(f"{abs(ahead):.0f} s apart")


def page(rung: Rung, timeout: float, xmpp: bool = True) -> Observation:
    """The page of the web client."""
    try:
        answer, body = fetch(f"https://{rung.target}{rung.path or '/'}", timeout)
    except (OSError, http.client.HTTPException) as error:
        return Observation(classify.words(error), "web-status")
    kind = answer.getheader("Content-Type", "")
    if not xmpp and answer.status in _NOBODY_BEHIND:
        return Observation(f"HTTP {answer.status}", "package-down")
    if answer.status != 200 or "text/html" not in kind or not body:
        return Observation(f"HTTP {answer.status}, {kind or 'no content type'}, {len(body)} bytes", unlike(answer, "web-status"))
    return Observation(f"HTTP 200, {len(body)} bytes")


def redirect(rung: Rung, timeout: float) -> Observation:
    """Plain http leads to https and serves nothing itself."""
    try:
        answer, _body = fetch(f"http://{rung.target}/", timeout)
    except (OSError, http.client.HTTPException) as error:
        return Observation(classify.words(error), "web-redirect")
    where = answer.getheader("Location", "")
    sound = answer.status in (301, 302, 307, 308) and where.startswith(f"https://{rung.target}/")
    return Observation(f"HTTP {answer.status} {where}".strip(), "" if sound else unlike(answer, "web-redirect"))


def health(rung: Rung, wanted: Health, timeout: float) -> Observation:
    """A page by which a package of the operator's says that it works."""
    try:
        answer, body = fetch(f"https://{rung.target}{wanted.path}", timeout)
    except (OSError, http.client.HTTPException) as error:
        return Observation(classify.words(error), "package-health")
    if answer.status != wanted.status:
        fault = "package-down" if answer.status in _NOBODY_BEHIND else unlike(answer, "package-health")
        return Observation(f"HTTP {answer.status}", fault)
    if wanted.expect not in body.decode("utf-8", "replace"):
        return Observation(f"HTTP {answer.status}, without that text", "package-health")
    return Observation(f"HTTP {answer.status}")


def websocket(rung: Rung, timeout: float, xmpp: bool = True) -> Observation:
    """The websocket of the web client opens (RFC 6455), for XMPP (RFC 7395) where the chat is that."""
    fault = "web-socket" if xmpp else "package-socket"
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Origin": f"https://{rung.target}",
        "Sec-WebSocket-Version": "13",
        **({"Sec-WebSocket-Protocol": "xmpp"} if xmpp else {}),
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
    }
    try:
        answer, _body = fetch(f"https://{rung.target}{rung.path or '/ws'}", timeout, asked)
    except (OSError, http.client.HTTPException) as error:
        return Observation(classify.words(error), fault)
    if not xmpp and answer.status in _NOBODY_BEHIND:
        return Observation(f"HTTP {answer.status}", "package-down")
    return Observation(f"HTTP {answer.status}", "" if answer.status == 101 else unlike(answer, fault))


def revocation(rung: Rung, urls: Sequence[str], soon_hours: float, timeout: float) -> Observation:
    """The revocation lists as they are served, and the certificate held against them by OpenSSL itself."""
    from cryptography import x509

    lists, left = [], []
    for url in urls:
        try:
            answer, body = fetch(url, timeout)
        except (OSError, http.client.HTTPException) as error:
            return Observation(f"{url}: {classify.words(error)}", "crl-absent")
        if answer.status != 200:
            return Observation(f"{url}: HTTP {answer.status}", unlike(answer, "crl-absent"))
        try:
            left.append(_hours_left(x509.load_der_x509_crl(body)))
        except ValueError:
            return Observation(f"{url}: {len(body)} bytes that are no list", "crl-unreadable")
        lists.append(f"-----BEGIN X509 CRL-----\n{base64.encodebytes(body).decode()}-----END X509 CRL-----")
    try:
        transport.secured(rung.target, rung.port, "tls", transport.trust(tuple(lists)), timeout, rung.address).close()
    except ssl.SSLError as error:
        return Observation(classify.words(error), classify.handshake(error))
    except OSError as error:
        return Observation(classify.words(error), "crl-absent")
    hours = min(left)
    return Observation(
        f"not revoked, list good for {hours:.0f} h", "crl-ending" if hours < soon_hours else "", {"hours_left": int(hours)}
    )


def _hours_left(revoked: object) -> float:
    """Hours until the next list is due; naive times of older versions of cryptography are UTC."""
    due = getattr(revoked, "next_update_utc", None) or getattr(revoked, "next_update", None)
    if due is None:
        return float("inf")
    aware = due if due.tzinfo else due.replace(tzinfo=datetime.timezone.utc)
    return float((aware - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 3600)

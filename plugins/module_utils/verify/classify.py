"""From what the system says of a failure to a fault code."""

from __future__ import annotations

import errno
import os
import socket
import ssl

#: X509_V_ERR_* of OpenSSL (x509_vfy.h; X509_STORE_CTX_get_error(3)).
_VERIFY = {
    2: "tls-unknown",
    3: "crl-foreign",
    7: "tls-invalid",
    8: "crl-foreign",
    9: "tls-early",
    10: "tls-expired",
    11: "crl-stale",
    12: "crl-stale",
    18: "tls-unknown",
    19: "tls-unknown",
    20: "tls-unknown",
    21: "tls-unknown",
    23: "tls-revoked",
    44: "crl-foreign",
    47: "tls-constraint",
    48: "tls-constraint",
    62: "tls-name",
    64: "tls-name",
}
_ERRNO = {
    errno.ECONNREFUSED: "tcp-refused",
    errno.EHOSTUNREACH: "tcp-unreachable",
    errno.ENETUNREACH: "tcp-unreachable",
    errno.EHOSTDOWN: "tcp-unreachable",
    errno.ENETDOWN: "tcp-unreachable",
    errno.EADDRNOTAVAIL: "tcp-unreachable",
}
_SSL_REASONS = {
    "WRONG_VERSION_NUMBER": "tls-none",
    "HTTP_REQUEST": "tls-none",
    "UNEXPECTED_EOF_WHILE_READING": "tls-none",
    "RECORD_LAYER_FAILURE": "tls-none",
    "UNSUPPORTED_PROTOCOL": "tls-version",
    "NO_PROTOCOLS_AVAILABLE": "tls-version",
    "TLSV1_ALERT_PROTOCOL_VERSION": "tls-version",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "tls-version",
    "TLSV1_UNRECOGNIZED_NAME": "tls-name",
}
#: What onprem.chat.chat_users says when it cannot make an account.
_ACCOUNTS = {
    "does not run here": "accounts-absent",
    "could not reach it on port": "accounts-absent",
    "gave no answer": "accounts-silent",
    "does not serve": "accounts-host",
    "was refused": "accounts-refused",
    "does not tell": "accounts-refused",
}


def accounts(said: str) -> str:
    """Fault of accounts that were not made, by what was said of it."""
    return next((code for words, code in _ACCOUNTS.items() if words in said), "accounts")


def connecting(error: OSError) -> str:
    """Fault of a connection that did not come to be."""
    if isinstance(error, (socket.timeout, TimeoutError)):
        return "tcp-silent"
    return _ERRNO.get(error.errno or 0, "tcp-unreachable")


def handshake(error: Exception) -> str:
    """Fault of a TLS handshake that failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY.get(error.verify_code, "tls-invalid")
    if isinstance(error, ssl.SSLError):
        return _SSL_REASONS.get(error.reason or "", "tls-none")
    if isinstance(error, (socket.timeout, TimeoutError)):
        return "tls-silent"
    if isinstance(error, OSError):
        # what listens there hung up in the middle of the handshake
        return "tls-none"
    return "probe"


def reaching(error: OSError) -> str:
    """Fault of a handshake that may have failed before it began."""
    if isinstance(error, ssl.SSLError):
        return handshake(error)
    return "tls-none" if isinstance(error, ConnectionResetError) else connecting(error)


def words(error: BaseException) -> str:
    """One line for a person out of an exception."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, (socket.timeout, TimeoutError)):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).replace("_", " ").lower()
    if isinstance(error, OSError) and error.errno in errno.errorcode:
        # in the system's own words: asyncio has others, with the address in them
        return os.strerror(error.errno or 0)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__}: {error}".rstrip(": ")

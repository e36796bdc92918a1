"""Names as the DNS and XMPP allow them, and as nothing downstream can misread them."""

from __future__ import annotations

import re

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
_ACCOUNT = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?\Z")

#: Accounts that the verification makes and removes for itself.
RESERVED_ACCOUNTS = ("onprem-probe-a", "onprem-probe-b")


def label_fault(value: object) -> str | None:
    """Say why ``value`` is not one DNS label of a host (RFC 952, RFC 1123), or return ``None``."""
    if isinstance(value, str) and _LABEL.match(value):
        return None
    return f"{value!r} is not a host name: use 1 to 63 of a-z, 0-9 and -, with no - at either end"


def domain_fault(value: object) -> str | None:
    """Say why ``value`` cannot be the domain of a site, or return ``None``.

    A site's domain has two labels or more, for a single one cannot be constrained in a certificate
    (RFC 5280, 4.2.1.10) nor delegated; ``.local`` belongs to multicast DNS (RFC 6762).
    """
    if not isinstance(value, str) or not value:
        return f"{value!r} is not a domain name; write one such as example.lan"
    labels = value.split(".")
    if len(value) > 200 or not all(_LABEL.match(label) for label in labels):
        return f"{value!r} is not a domain name; write one such as example.lan, in lower case and with no final dot"
    if len(labels) < 2:
        return f"{value!r} is a single label; a site needs a domain of at least two, such as {value}.lan"
    if labels[-1].isdigit():
        return f"{value!r} looks like an address; write a domain name such as example.lan"
    if labels[-1] in ("local", "localhost"):
        return f"{value!r} ends in .{labels[-1]}, which clients never ask a DNS server for; use for example {labels[0]}.lan"
    return None


def account_fault(value: object, what: str = "user") -> str | None:
    """Say why ``value`` cannot name a user or room, the local part of an address (RFC 7622), or return ``None``."""
    if not isinstance(value, str) or not _ACCOUNT.match(value):
        return f"{value!r} is not a {what} name: use 1 to 64 of a-z, 0-9, dot, - and _, with a letter or digit at both ends"
    if value in RESERVED_ACCOUNTS:
        return f"{value!r} is reserved for the verification; choose another name"
    return None

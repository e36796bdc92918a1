"""Where the certificates of a site are on the hosts that use them."""

from __future__ import annotations

from typing import Any

_KEYS = "/etc/onprem-chat/tls"
_SERVED = "/etc/onprem-chat/public-certificate/served"

#: What is served under a public name (role public_certificate).
SERVED = {"chain_path": f"{_SERVED}/chain.pem", "key_path": f"{_SERVED}/key.pem"}


def key_path(name: str) -> str:
    """Return where the key of a certificate is that the site's own authority signs."""
    return f"{_KEYS}/{name}.key"


def request(name: str, dns_names: list[str], addresses: list[str]) -> dict[str, Any]:
    """Return a certificate that the site's own authority is asked for."""
    return {"name": name, "dns_names": dns_names, "addresses": addresses, "key_path": key_path(name)}

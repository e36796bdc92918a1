"""What a host's own tools say of it, as data."""

from __future__ import annotations

from typing import Any

#: What a person asks for when something is wrong: patterns of dpkg-query(1).
PACKAGES = (
    "bind9",
    "chrony",
    "coturn",
    "ejabberd",
    "iptables",
    "lego",
    "libc6",
    "libssl3*",
    "nftables",
    "nginx",
    "openssl",
    "postgresql-[0-9]*",
    "python3",
    "systemd",
)
#: What dpkg-query is to print of each.
FORMAT = "${db:Status-Abbrev}\t${Package}\t${Version}\n"
#: Where certificates and revocation lists of a site are.
CERTIFICATES = (
    "/etc/onprem-chat/ca/*.crt",
    "/etc/onprem-chat/tls/*.pem",
    "/etc/onprem-chat/turn-relay/chain.pem",
    "/etc/onprem-chat/public-certificate/served/chain.pem",
    "/var/www/onprem-chat/pki/*.crl",
)
#: What fills up in years of chat.
DISKS = ("/", "/var", "/var/lib/ejabberd/upload", "/var/lib/postgresql", "/var/log", "/srv/onprem-chat")


def packages(listing: str) -> dict[str, str]:
    """The versions of what is installed, in the answer of dpkg-query in ``FORMAT``."""
    rows = (line.split("\t") for line in listing.splitlines())
    found = {row[1]: row[2] for row in rows if len(row) == 3 and row[0].startswith("ii")}
    return dict(sorted(found.items()))


def time_source(tracking: str) -> dict[str, Any]:
    """Whom chronyd follows, in the answer of ``chronyc -c tracking`` (chronyc(1)); empty when it cannot be read.

    ``source`` is empty while it follows nobody, ``offset`` is seconds against the source.
    """
    fields = tracking.strip().split(",")
    if len(fields) < 14:
        return {}
    try:
        stratum, offset = int(fields[2]), float(fields[4])
    except ValueError:
        return {}
    synchronised = fields[-1] != "Not synchronised"
    return {
        "synchronised": synchronised,
        "source": fields[1] if synchronised else "",
        "stratum": stratum,
        "offset": round(offset, 6),
    }


def certificate_blocks(text: str) -> str:
    """The certificates and revocation lists in PEM text and nothing else: a private key beside them stays where it is."""
    kept: list[str] = []
    inside = ""
    for line in text.splitlines():
        word = line.strip()
        if word in ("-----BEGIN CERTIFICATE-----", "-----BEGIN X509 CRL-----"):
            inside = word.replace("BEGIN", "END")
        if inside:
            kept.append(word)
        if word == inside:
            inside = ""
    return "\n".join(kept) + "\n" if kept else ""

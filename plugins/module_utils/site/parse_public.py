"""Parse what the site is to the outside: its public name, the zone of that name, and where its certificate comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .model import PublicCertificate, PublicName, PublicZone
from .names import domain_fault
from .reader import Reader

#: Where the certificate of the public name comes from.
METHODS = ("acme", "files", "local_ca")
CHALLENGES = ("http-01", "dns-01")
#: HMAC-SHA1 and HMAC-MD5 must not be used any more (RFC 8945, 6).
ALGORITHMS = ("hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha224")
LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"

_ZONE_KEYS = ("zone", "server", "port", "key_name", "key_algorithm", "key_secret", "ttl", "caa", "authoritative")
_CERTIFICATE_KEYS = ("method", "directory", "email", "terms_agreed", "challenge", "ca_certificate", "certificate", "key")
_UPDATE_KEYS = ("server", "key_name", "key_secret")
_TEXT = re.compile(r"[!-~]{1,255}\Z")


def _row(reader: Reader, variable: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Return a variable that is a mapping; an empty one when it is unset or something else."""
    value = reader.variable(variable, {})
    if not isinstance(value, Mapping):
        reader.fault(variable, f"must be a mapping with {', '.join(keys)}")
        return {}
    reader.keys(variable, value, keys)
    return value


def _choice(reader: Reader, path: str, value: Any, known: tuple[str, ...]) -> str:
    """Return one of the ``known`` words, the first when nothing is set."""
    chosen = known[0] if value is None else value
    reader.fault(path, None if chosen in known else f"{chosen!r} is none of {', '.join(known)}")
    return str(chosen)


def _number(reader: Reader, path: str, value: Any, low: int, high: int) -> int:
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    if re.fullmatch("[1-9][0-9]{0,9}", text) and low <= int(text) <= high:
        return int(text)
    reader.fault(path, f"{value!r} is not a number from {low} to {high}")
    return low


def _text(reader: Reader, path: str, value: Any, what: str) -> str | None:
    """Return a text of printable characters without blanks, or ``None`` when it is unset."""
    if value is not None and not (isinstance(value, str) and _TEXT.match(value)):
        reader.fault(path, f"{value!r} is not {what}")
    return None if value is None else str(value)


def _zone(reader: Reader, name: str) -> PublicZone:
    """Parse the zone; with one of server, key name and secret all three are needed."""
    variable = "site_public_dns"
    row = _row(reader, variable, _ZONE_KEYS)
    zone = str(row.get("zone") or name.partition(".")[2])
    reader.fault(f"{variable}.zone", domain_fault(zone))
    if name != zone and not name.endswith(f".{zone}"):
        reader.fault(f"{variable}.zone", f"{name} (site_public_name) is not in {zone}")
    given = [key for key in _UPDATE_KEYS if row.get(key)]
    for key in _UPDATE_KEYS if given else ():
        if key not in given:
            words = "give all three to have the records published, or none to get a sheet for your provider"
            reader.fault(f"{variable}.{key}", f"is missing beside {' and '.join(given)}; {words}")
    if row.get("key_secret") and not isinstance(row["key_secret"], str):
        reader.fault(f"{variable}.key_secret", "must be a text, the key's secret in base64; keep it in Ansible Vault")
    caa = row.get("caa") or []
    if not isinstance(caa, (list, tuple)) or any(domain_fault(one) for one in caa):
        reader.fault(f"{variable}.caa", "must be a list of certificate authorities such as [letsencrypt.org]")
        caa = []
    return PublicZone(
        zone=zone,
        server=_text(reader, f"{variable}.server", row.get("server"), "a name or an address of a name server"),
        port=_number(reader, f"{variable}.port", row.get("port", 53), 1, 65535),
        key_name=_text(reader, f"{variable}.key_name", row.get("key_name"), "the name of a TSIG key"),
        key_algorithm=_choice(reader, f"{variable}.key_algorithm", row.get("key_algorithm"), ALGORITHMS),
        ttl=_number(reader, f"{variable}.ttl", row.get("ttl", 300), 30, 604800),
        caa=tuple(str(one) for one in caa),
        authoritative=reader.addresses(f"{variable}.authoritative", row["authoritative"]) if row.get("authoritative") else (),
    )


def _acme(reader: Reader, variable: str, row: Mapping[str, Any], directory: str, challenge: str, zone: PublicZone) -> None:
    """Check what an order at an ACME server needs."""
    if not directory.startswith("https://"):
        reader.fault(f"{variable}.directory", f"{directory!r} is not an address that begins with https://")
    if row.get("terms_agreed") is not True:
        words = f"must be true: read the terms of {directory} and agree to them, or choose another method"
        reader.fault(f"{variable}.terms_agreed", words)
    if challenge == "dns-01" and zone.server is None:
        reader.fault(f"{variable}.challenge", "dns-01 needs site_public_dns with server, key_name and key_secret")


def _certificate(reader: Reader, zone: PublicZone) -> PublicCertificate:
    variable = "site_public_certificate"
    row = _row(reader, variable, _CERTIFICATE_KEYS)
    method = _choice(reader, f"{variable}.method", row.get("method"), METHODS)
    directory = _text(reader, f"{variable}.directory", row.get("directory"), "an address") or LETS_ENCRYPT
    challenge = _choice(reader, f"{variable}.challenge", row.get("challenge"), CHALLENGES)
    email = _text(reader, f"{variable}.email", row.get("email") or None, "a mail address") or ""
    if method == "acme":
        _acme(reader, variable, row, directory, challenge, zone)
    for key in ("certificate", "key") if method == "files" else ():
        if not isinstance(row.get(key), str) or "-----BEGIN" not in row[key]:
            reader.fault(f"{variable}.{key}", "must be a text in PEM, such as {{ lookup('ansible.builtin.file', ...) }}")
    return PublicCertificate(method, directory, email, challenge)


def public_name(reader: Reader, domain: str, chat_label: str) -> PublicName | None:
    """Parse the public name of a site and what belongs to it; ``domain`` and ``chat_label`` are those of the LAN."""
    name = reader.variable("site_public_name")
    if name is None:
        words = "is not set; give the name by which people outside reach the chat, such as chat.example.com"
        reader.fault("site_public_name", words)
        return None
    fault = domain_fault(name)
    reader.fault("site_public_name", fault)
    if fault:
        return None
    if name == domain or (name.endswith(f".{domain}") and name != f"{chat_label}.{domain}"):
        words = f"is in site_domain, where the chat is {chat_label}.{domain}; set site_chat_name so that both are one"
        reader.fault("site_public_name", f"{name} {words}")
    if not reader.variable("site_dns_forwarders"):
        words = "is not set, and without it the site's name servers deny all names of the outside; name your provider's resolvers"
        reader.fault("site_dns_forwarders", words)
    zone = _zone(reader, name)
    if not zone.authoritative and (zone.zone == domain or domain.endswith(f".{zone.zone}")):
        words = f"is not set, but in this LAN {domain} is a zone of its own; list the addresses of the public name servers"
        reader.fault("site_public_dns.authoritative", words)
    return PublicName(name, zone, _certificate(reader, zone))

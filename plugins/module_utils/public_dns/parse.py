"""Parse: the one place of this core that sees raw input."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from ..dns.error import NameFault
from ..dns.name import Name
from ..dns.reader import Reader
from ..intent.error import Problems
from . import value
from .error import PublicDnsError
from .model import Intent, Key, RecordSet

#: In the order of preference; the last two are for providers who have nothing better.
ALGORITHMS = ("hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha224", "hmac-sha1", "hmac-md5")
_RECORD_KEYS = ("name", "type", "ttl", "values")
_KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?", re.ASCII)
_MAX_TTL = 604800
_MAX_WAIT = 3600
_SPARE_NAME = Name(("invalid",))


def _zone(reader: Reader, raw: Any) -> Name | None:
    text = reader.text("zone", raw)
    if text is None:
        return None
    try:
        name = Name.parse(text)
    except NameFault as fault:
        reader.problems.add("zone", str(fault))
        return None
    if len(name.labels) < 2:
        reader.problems.add("zone", f"{text!r} is a single label; a public zone has two or more, such as example.com")
        return None
    return name


def _records(reader: Reader, raw: Any, zone: Name | None) -> tuple[RecordSet, ...]:
    found: list[RecordSet] = []
    for path, row in reader.rows("records", raw, _RECORD_KEYS, ("name", "type", "values")):
        name = reader.name(f"{path}.name", row["name"], zone, host=False)
        kind = reader.choice(f"{path}.type", row["type"], tuple(value.KINDS), "type that can be published")
        ttl = reader.number(f"{path}.ttl", 300 if row.get("ttl") is None else row["ttl"], 1, _MAX_TTL)
        if name is None or kind is None or ttl is None:
            continue
        if kind in ("A", "AAAA") and not name.is_host:
            reader.problems.add(f"{path}.name", f"{name.text} is not a host name, and addresses are for hosts")
        if any((name, kind) == (other.name, other.kind) for other in found):
            reader.problems.add(path, f"{kind} of {name.text} stands twice; put all its values into one entry")
        texts = [value.read(reader, place, kind, item) for place, item in reader.items(f"{path}.values", row["values"])]
        found.append(RecordSet(path, name, kind, ttl, tuple(sorted({text for text in texts if text is not None}))))
    if raw is not None and not found and not reader.problems.found:
        reader.problems.add("records", "at least one record is needed")
    return tuple(found)


def _key(reader: Reader, raw: Mapping[str, Any]) -> Key | None:
    """Return the key; the secret itself is in no complaint."""
    name, secret = raw.get("key_name") or "", raw.get("key_secret") or ""
    if not name and not secret:
        return None
    if not name or not secret:
        reader.problems.add("key_secret" if name else "key_name", "is missing; a key has a name and a secret")
        return None
    if not _KEY_NAME.fullmatch(name):
        reader.problems.add("key_name", f"{name!r} is not the name of a key; it is spelt like a domain name")
    algorithm = reader.choice("key_algorithm", raw.get("key_algorithm") or ALGORITHMS[0], ALGORITHMS, "algorithm")
    try:
        sound = bool(base64.b64decode("".join(secret.split()), validate=True))
    except (binascii.Error, ValueError):
        sound = False
    if not sound:
        reader.problems.add("key_secret", "is not base64; take the text between the quotes of the key's file")
    return Key(name.rstrip(".").lower(), algorithm or "", "".join(secret.split()))


def _server(reader: Reader, raw: Mapping[str, Any], key: Key | None) -> str:
    text = raw.get("server") or ""
    if not text:
        if key:
            reader.problems.add("server", "is missing; a key needs a name server that takes changes, the zone's primary")
        return ""
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    try:
        return Name.parse(text).text
    except NameFault as fault:
        reader.problems.add("server", f"is neither an address nor a host name: {fault}")
        return ""


def _authoritative(reader: Reader, raw: Any) -> tuple[str, ...]:
    found = []
    for path, item in reader.items("authoritative", raw):
        try:
            found.append(str(ip_address(item)))
        except ValueError:
            reader.problems.add(path, f"{item!r} is not an IP address")
    return tuple(found)


def parse(raw: Mapping[str, Any], prefix: str = "") -> Intent:
    """Return the intent that ``raw`` spells, which has the options of ``onprem.chat.dns_records``.

    Raises PublicDnsError with everything that is wrong with it; ``prefix`` stands before each path.
    """
    reader = Reader(Problems(prefix))
    zone = _zone(reader, raw.get("zone"))
    key = _key(reader, raw)
    port, wait = raw.get("port"), raw.get("wait")
    intent = Intent(
        zone=zone or _SPARE_NAME,
        records=_records(reader, raw.get("records"), zone),
        server=_server(reader, raw, key),
        port=reader.number("port", 53 if port is None else port, 1, 65535) or 53,
        key=key,
        wait=reader.number("wait", 60 if wait is None else wait, 0, _MAX_WAIT) or 0,
        authoritative=_authoritative(reader, raw.get("authoritative")),
    )
    reader.problems.raise_any(PublicDnsError)
    return intent

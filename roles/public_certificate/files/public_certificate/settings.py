# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role wrote down for this host, read once and found valid."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from .refusal import SETTINGS, Refusal

NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
METHODS = ("acme", "files", "local_ca")
CHALLENGES = ("http-01", "dns-01")
ALGORITHMS = ("hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512")


@dataclass(frozen=True)
class Settings:
    """C(tree) holds what is served, C(state) what only root reads; paths of secrets, never secrets."""

    name: str
    method: str = "acme"
    tree: Path = Path("/etc/onprem-chat/public-certificate")
    state: Path = Path("/var/lib/onprem-chat/public-certificate")
    group: str = "ejabberd"
    units: tuple[str, ...] = ("nginx", "ejabberd")
    address: str = ""
    directory: str = ""
    email: str = ""
    terms_agreed: bool = False
    challenge: str = "http-01"
    ca_certificate: str = ""
    webroot: Path = Path("/var/lib/onprem-chat/acme")
    zone: str = ""
    authoritative: tuple[str, ...] = ()
    dns_server: str = ""
    dns_port: int = 53
    key_name: str = ""
    key_algorithm: str = "hmac-sha256"
    key_secret_path: str = ""

    @property
    def origin(self) -> dict[str, Any]:
        """What makes another certificate necessary when it changes."""
        return {"names": [self.name], "directory": self.directory, "email": self.email}


def parse(raw: Mapping[str, Any]) -> Settings:
    """Return the settings of what the role wrote; raises Refusal with every mistake by the role's name for it."""
    problems = [f"public_certificate_{key}: is not known here" for key in sorted(set(raw) - set(Settings.__dataclass_fields__))]
    values: dict[str, Any] = {}
    for key, kind in get_type_hints(Settings).items():
        if key not in raw:
            continue
        try:
            values[key] = _value(kind, raw[key])
        except TypeError as wrong:
            problems.append(f"public_certificate_{key}: {wrong}")
    if "name" not in raw:
        problems.append("public_certificate_name: is required; it is the name that people outside use")
    if not problems:
        settings = Settings(**values)
        problems = check(settings)
        if not problems:
            return settings
    raise Refusal(SETTINGS, problems)


def _value(kind: Any, given: Any) -> Any:
    if kind in (str, bool, int):
        if given.__class__ is not kind:  # a boolean is an integer to Python
            raise TypeError(f"{given!r} is not of the type {kind.__name__}")
        return given
    if kind is Path:
        if not isinstance(given, str) or not given.startswith("/"):
            raise TypeError(f"{given!r} is not an absolute path")
        return Path(given)
    if not isinstance(given, list) or not all(isinstance(entry, str) for entry in given):
        raise TypeError(f"{given!r} is not a list of texts")
    return tuple(given)


def check(settings: Settings) -> list[str]:
    """Everything that is wrong with settings whose types are right."""
    problems = []
    if not NAME.fullmatch(settings.name):
        problems.append(f"name: {settings.name!r} is not the full name of a host in lower case, such as chat.example.com")
    if settings.method not in METHODS:
        problems.append(f"method: {settings.method!r} is none of {', '.join(METHODS)}")
    if settings.method == "acme":
        problems += _acme(settings)
    return [f"public_certificate_{problem}" for problem in problems]


def _acme(settings: Settings) -> list[str]:
    problems = []
    address = settings.address
    try:
        ipaddress.IPv4Address(address)
    except ValueError:
        problems.append(f"address: {address!r} is not an IPv4 address; it is the public address that {settings.name} leads to")
    url = urlsplit(settings.directory)
    if url.scheme != "https" or not url.hostname or re.search(r"[\s\x00-\x1f]", settings.directory):
        problems.append(f"directory: {settings.directory!r} is not the https address of an ACME directory")
    if not re.fullmatch(r"[^@\s/\\,]+@[^@\s/\\,]+\.[^@\s/\\,]+", settings.email):
        problems.append(
            f"email: {settings.email!r} is not a mail address; the certificate authority writes there when something is wrong"
        )
    if not settings.terms_agreed:
        problems.append(
            "terms_agreed: is not true; read the terms of the certificate authority and agree to them, or take another method"
        )
    if settings.challenge not in CHALLENGES:
        problems.append(f"challenge: {settings.challenge!r} is none of {', '.join(CHALLENGES)}")
    if settings.zone and not (settings.name == settings.zone or settings.name.endswith("." + settings.zone)):
        problems.append(f"zone: {settings.name} is not in the zone {settings.zone}")
    for server in settings.authoritative:
        try:
            ipaddress.ip_address(server)
        except ValueError:
            problems.append(f"authoritative: {server!r} is not an address")
    if settings.challenge == "dns-01":
        problems += _dns(settings)
    return problems


def _dns(settings: Settings) -> list[str]:
    problems = [
        f"{key}: is required for dns-01, which writes into the public zone"
        for key in ("zone", "dns_server", "key_name", "key_secret_path")
        if not getattr(settings, key)
    ]
    if settings.key_algorithm not in ALGORITHMS:
        problems.append(f"key_algorithm: {settings.key_algorithm!r} is none of {', '.join(ALGORITHMS)}")
    if not 0 < settings.dns_port < 65536:
        problems.append(f"dns_port: {settings.dns_port} is not a port (1-65535)")
    return [problem.replace("key_secret_path", "key_secret") for problem in problems]

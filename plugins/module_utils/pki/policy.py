# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .error import PkiError
from .scope import Scope

PASSPHRASE_LENGTH = 12
"""Characters a passphrase has at least."""

LEAF_DAYS_LIMIT = 825
"""Apple refuses a TLS certificate that lives longer, whoever signed it (support.apple.com/103769)."""

BACKDATE = datetime.timedelta(days=1)
"""How far validity begins in the past, so that a client with a slow clock or a wrong time zone is served."""

SAFETY = datetime.timedelta(days=30)
"""What an issuer must outlive the longest certificate it can sign by."""

_CA_NAME = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,46}[^\s\x00-\x1f\x7f])?")


@dataclass(frozen=True)
class Policy:
    """How the CA is and works."""

    name: str
    scope: Scope
    crl_base_url: str
    key_type: str
    root_days: int
    issuing_days: int
    leaf_days: int
    crl_days: int
    replace: bool

    @classmethod
    def parse(cls, options: Mapping[str, Any]) -> Policy:
        """Read the options of the module; raises :class:`PkiError` with all that is wrong."""
        faults: list[str] = []
        scope = Scope("invalid", ())
        try:
            scope = Scope.parse(options["domain"], options["networks"], options["further_domains"])
        except PkiError as error:
            faults.extend(error.faults)
        name = options["name"].strip()
        if not _CA_NAME.fullmatch(name):
            faults.append(f"name: {name!r} must be 1 to 48 characters in one line (it stands in the CA certificates)")
        faults.extend(_passphrase_faults(options))
        faults.extend(_days_faults(options))
        url, url_faults = _parse_url(options["crl_base_url"])
        faults.extend(url_faults)
        if faults:
            raise PkiError(faults)
        return cls(
            name=name,
            scope=scope,
            crl_base_url=url,
            key_type=options["key_type"],
            root_days=options["root_days"],
            issuing_days=options["issuing_days"],
            leaf_days=options["leaf_days"],
            crl_days=options["crl_days"],
            replace=options["replace"],
        )

    def crl_url(self, kind: str) -> str:
        """Where the CRL of the root or issuing CA is fetched."""
        return f"{self.crl_base_url}/{kind}.crl"


def _passphrase_faults(options: Mapping[str, Any]) -> list[str]:
    if options["key_protection"] == "root_only":
        return []
    length = len(options["passphrase"] or "")
    if not length:
        return ["passphrase: is missing: give one from the vault, or say key_protection root_only"]
    if length < PASSPHRASE_LENGTH:
        return [f"passphrase: has {length} characters, at least {PASSPHRASE_LENGTH} are needed"]
    return []


def _days_faults(options: Mapping[str, Any]) -> list[str]:
    root, issuing, leaf, crl = (options[key] for key in ("root_days", "issuing_days", "leaf_days", "crl_days"))
    faults = []
    if not 7 <= leaf <= LEAF_DAYS_LIMIT:
        faults.append(f"leaf_days: {leaf} is not within 7 to {LEAF_DAYS_LIMIT}, the most that Apple's devices accept")
    if not 7 <= crl <= 365:
        faults.append(f"crl_days: {crl} is not within 7 to 365")
    if issuing < leaf + 2 * SAFETY.days:
        faults.append(f"issuing_days: {issuing} must be at least {leaf + 2 * SAFETY.days} (leaf_days and {2 * SAFETY.days} more)")
    if root < issuing + 2 * SAFETY.days:
        faults.append(f"root_days: {root} must be at least {issuing + 2 * SAFETY.days} (issuing_days and {2 * SAFETY.days} more)")
    if root > 36500:
        faults.append(f"root_days: {root} is more than 100 years")
    return faults


def _parse_url(text: str) -> tuple[str, list[str]]:
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        good = parts.scheme == "http" and bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        good = False
    if good and re.fullmatch(r"[!-~]+", url):
        return url, []
    return url, [
        f"crl_base_url: {text!r} must be an address like http://pki.example.lan/pki"
        " (plain HTTP: a client that checks a TLS certificate cannot use TLS for it)"
    ]

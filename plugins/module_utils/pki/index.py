# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from .error import PkiError

ROOT, ISSUING, LEAF = "root", "issuing", "leaf"
VERSION = 1


@dataclass(frozen=True)
class Entry:
    """A certificate that the CA has made; kept for ever, so that no serial is used twice and none is forgotten."""

    kind: str
    name: str
    """The name of the request, or the name of the CA."""
    serial: int
    key: str
    """SHA-256 of the public key, in hexadecimal."""
    issuer: str
    """The same of the key that signed."""
    made: datetime.datetime
    not_before: datetime.datetime
    not_after: datetime.datetime
    pem: str
    dns: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    subtrees: tuple[str, ...] = ()
    """Name constraints of a CA certificate, a line each."""
    crl_url: str = ""
    key_type: str = ""
    generation: int = 0
    """Which key of this kind of CA this is, from 1."""
    revoked: datetime.datetime | None = None

    def text(self) -> str:
        """Name and what it is for, in one line."""
        names = [f"DNS:{name}" for name in self.dns] + [f"IP:{address}" for address in self.addresses]
        return ", ".join([*names, *self.subtrees])


@dataclass(frozen=True)
class Crl:
    """The newest certificate revocation list of one CA key."""

    issuer: str
    number: int
    this_update: datetime.datetime
    next_update: datetime.datetime
    serials: tuple[int, ...]
    pem: str


@dataclass(frozen=True)
class Index:
    """Everything the CA has done. Written in one piece, it is the one place where work becomes real."""

    entries: tuple[Entry, ...] = ()
    crls: Mapping[str, Crl] = field(default_factory=dict)

    def newest(self, kind: str, name: str | None = None) -> Entry | None:
        """The newest certificate of a kind, and of a name when one is given."""
        for entry in reversed(self.entries):
            if entry.kind == kind and name in (None, entry.name):
                return entry
        return None

    def serials(self) -> frozenset[int]:
        """Every serial ever used."""
        return frozenset(entry.serial for entry in self.entries)

    def with_revoked(self, serials: Iterable[int], now: datetime.datetime) -> Index:
        """The index with these certificates revoked now; a date of revocation never changes again."""
        chosen = frozenset(serials)
        entries = tuple(
            replace(entry, revoked=now) if entry.serial in chosen and entry.revoked is None else entry for entry in self.entries
        )
        return replace(self, entries=entries)

    def with_entry(self, entry: Entry) -> Index:
        """The index with one more certificate."""
        return replace(self, entries=(*self.entries, entry))

    def with_crl(self, kind: str, crl: Crl) -> Index:
        """The index with the CRL of the root or issuing CA exchanged."""
        return replace(self, crls={**self.crls, kind: crl})

    def render(self) -> str:
        """As JSON."""
        raw = {
            "version": VERSION,
            "crls": {kind: _raw(crl) for kind, crl in sorted(self.crls.items())},
            "entries": [_raw(entry) for entry in self.entries],
        }
        return json.dumps(raw, indent=1) + "\n"

    @classmethod
    def parse(cls, text: str, path: str) -> Index:
        """Read back what :meth:`render` made; raises :class:`PkiError` naming the file."""
        try:
            raw = json.loads(text)
            if raw["version"] != VERSION:
                raise PkiError(f"{path}: is of version {raw['version']}, this collection knows version {VERSION}")
            entries = tuple(Entry(**_parse(Entry, item)) for item in raw["entries"])
            crls = {kind: Crl(**_parse(Crl, item)) for kind, item in raw["crls"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PkiError(f"{path}: is damaged ({error}): restore it from a backup of the CA") from error
        return cls(entries, crls)


def _raw(item: Any) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for key, value in asdict(item).items():
        if isinstance(value, datetime.datetime):
            value = value.strftime("%Y-%m-%dT%H:%M:%SZ")
        elif key == "serial":
            value = serial_text(value)
        elif key == "serials":
            value = [serial_text(serial) for serial in value]
        raw[key] = value
    return raw


def _parse(kind: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    parsed: dict[str, Any] = {}
    for item in fields(kind):
        value = raw[item.name]
        if item.name in ("made", "not_before", "not_after", "this_update", "next_update") or (
            item.name == "revoked" and value is not None
        ):
            value = datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
        elif item.name == "serial":
            value = int(value, 16)
        elif item.name == "serials":
            value = tuple(int(serial, 16) for serial in value)
        elif isinstance(value, list):
            value = tuple(value)
        parsed[item.name] = value
    return parsed


def serial_text(serial: int) -> str:
    """A serial as C(openssl x509 -serial) prints it."""
    text = f"{serial:X}"
    return text.zfill(len(text) + len(text) % 2)

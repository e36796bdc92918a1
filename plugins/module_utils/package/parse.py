# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse: from what the inventory says of a package to a :class:`model.Package`. The only place that meets raw input."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..intent.error import Problem, Problems
from ..intent.reader import Reader, quoted
from .error import PackageError
from .model import ARCHIVE, DEB, DIRECTORY, KINDS, OWN_UNIT, Health, Package

KEYS = (
    "kind",
    "source",
    "sha256",
    "version",
    "packages",
    "install",
    "creates",
    "user",
    "unit",
    "command",
    "environment",
    "port",
    "page",
    "websocket_paths",
    "health",
    "ports",
    "program",
    "writable",
    "confined",
    "start_seconds",
)
HEALTH_KEYS = ("path", "status", "expect")

#: Ports of a chat server that are ours: ssh, names, the web server, time.
_TAKEN = {22: "ssh", 53: "the name server", 80: "nginx", 123: "the clock", 443: "nginx"}
#: What we serve ourselves under the same name.
_OURS = ("/pki/", "/start", "/invite", "/.well-known/acme-challenge/")
_SUM = re.compile(r"[0-9a-f]{64}\Z")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}\Z")
_UNIT = re.compile(r"(?!.*@\.service)[A-Za-z0-9][A-Za-z0-9:_.@-]{0,199}\.service\Z")
#: Services that are on such a host anyway; their files are not the package's to write.
_NOT_ITS_OWN = re.compile(
    r"(nginx|ejabberd|epmd|postgresql(@.*)?|sshd?|named|bind9|chronyd?|coturn|nftables|dbus|(systemd|onprem)-.*)\.service\Z"
)
_DEBIAN = re.compile(r"[a-z0-9][a-z0-9+.-]+\Z")
_PATH = re.compile(r"/[A-Za-z0-9._~/%+@-]*\Z")
_FILE = re.compile(r"/[A-Za-z0-9._+@/-]*[A-Za-z0-9._+@-]\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_HOW_MANY_SECONDS = 3600


def parse(raw: Any, path: str) -> Package:
    """Turn the mapping at ``path`` into a package; raises :class:`error.PackageError` with every problem of it at once."""
    problems = Problems()
    row = Reader(problems).row(path, raw, KEYS, ("kind", "source", "sha256", "port"))
    if row is None:
        raise PackageError(problems.found)
    fields = _Fields(row, path, problems)
    found: dict[str, Any] = {
        "kind": fields.choice("kind", KINDS),
        "source": fields.text("source"),
        "sha256": fields.matching("sha256", _SUM, "a SHA-256 sum: 64 of 0-9 and a-f"),
        "version": fields.text("version"),
        "packages": fields.several("packages", _DEBIAN, "the name of a Debian package"),
        "install": fields.line("install"),
        "creates": fields.matching("creates", _FILE, "an absolute path"),
        "user": fields.matching("user", _USER, "the name of an account"),
        "unit": fields.unit(),
        "command": fields.line("command"),
        "environment": fields.environment(),
        "port": fields.port("port", row.get("port")),
        "page": fields.web_path("page", row.get("page")) or "/",
        "websocket_paths": tuple(fields.web_path(place, one) for place, one in fields.items("websocket_paths")),
        "health": fields.health(),
        "ports": tuple(fields.port(place, one) for place, one in fields.items("ports")),
        "program": fields.text("program"),
        "writable": fields.several("writable", _FILE, "an absolute path"),
        "confined": fields.reader.truth(f"{path}.confined", row.get("confined", True)),
        "start_seconds": fields.reader.number(f"{path}.start_seconds", row.get("start_seconds", 60), 1, _HOW_MANY_SECONDS),
    }
    if not problems.found:
        for problem in _contradictions(row, found, path):
            problems.add(problem.path, problem.reason)
    problems.raise_any(PackageError)
    return Package(**{**found, "unit": found["unit"] or OWN_UNIT})


class _Fields:
    """Reads one field after the other; what is not there is empty."""

    def __init__(self, row: Mapping[str, Any], path: str, problems: Problems) -> None:
        self.row, self.path, self.problems, self.reader = row, path, problems, Reader(problems)

    def _fault(self, key: str, reason: str) -> None:
        self.problems.add(f"{self.path}.{key}", reason)

    def text(self, key: str) -> str:
        value = self.row.get(key)
        return "" if value is None else self.reader.text(f"{self.path}.{key}", value) or ""

    def line(self, key: str) -> str:
        value = self.text(key).strip()
        if "\n" in value:
            self._fault(key, "must be one line; put more into a script of the package")
        return value

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        value = self.row.get(key)
        return "" if value is None else self.reader.choice(f"{self.path}.{key}", value, known, key) or ""

    def matching(self, key: str, pattern: re.Pattern[str], what: str) -> str:
        value = self.text(key)
        if value and not pattern.match(value):
            self._fault(key, f"{quoted(value)} is not {what}")
        return value

    def items(self, key: str) -> Iterator[tuple[str, Any]]:
        for place, value in self.reader.items(f"{self.path}.{key}", self.row.get(key)):
            yield place[len(self.path) + 1 :], value

    def several(self, key: str, pattern: re.Pattern[str], what: str) -> tuple[str, ...]:
        found = []
        for place, value in self.items(key):
            if not isinstance(value, str) or not pattern.match(value):
                self._fault(place, f"{quoted(value)} is not {what}")
            found.append(str(value))
        return tuple(found)

    def unit(self) -> str:
        value = self.text("unit")
        name = value if not value or value.endswith(".service") else f"{value}.service"
        if name and not _UNIT.match(name):
            self._fault("unit", f"{quoted(value)} is not the name of a service of systemd")
        elif name != OWN_UNIT and _NOT_ITS_OWN.match(name):
            self._fault("unit", f"{name} is a service of the host or of the site; name the package's own")
        return name

    def environment(self) -> dict[str, str]:
        value = self.row.get("environment") or {}
        if not isinstance(value, Mapping):
            self._fault("environment", "must be a mapping of names to values")
            return {}
        for name, one in value.items():
            if not isinstance(name, str) or not _VARIABLE.match(name):
                self._fault("environment", f"{quoted(name)} is not the name of a variable")
            elif not isinstance(one, (str, int, float)) or isinstance(one, bool) or "\n" in str(one):
                self._fault(f"environment.{name}", "must be one line of text")
        return {str(name): str(one) for name, one in value.items()}

    def port(self, key: str, value: Any) -> int:
        if value is None:
            return 0
        number = self.reader.number(f"{self.path}.{key}", value, 1, 65535) or 0
        if number in _TAKEN:
            self._fault(key, f"{number} is that of {_TAKEN[number]} on the chat server; let the package listen on another port")
        return number

    def web_path(self, key: str, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str) or not _PATH.match(value):
            self._fault(key, f"{quoted(value)} is not a path of a web server, such as /ws")
            return ""
        ours = next((one for one in _OURS if f"{value.rstrip('/')}/".startswith(f"{one.rstrip('/')}/")), None)
        if ours:
            self._fault(key, f"{value} is served by the site itself ({ours}), not by the package")
        return value

    def health(self) -> Health | None:
        raw = self.row.get("health")
        if raw is None:
            return None
        row = self.reader.row(f"{self.path}.health", raw, HEALTH_KEYS, ("path",))
        if row is None:
            return None
        expect = row.get("expect", "")
        if not isinstance(expect, str):
            self._fault("health.expect", f"{quoted(expect)} is not a text; put it in quotes")
        status = self.reader.number(f"{self.path}.health.status", row.get("status", 200), 100, 599)
        return Health(self.web_path("health.path", row.get("path")), status or 200, str(expect))


def _contradictions(row: Mapping[str, Any], found: Mapping[str, Any], path: str) -> Iterator[Problem]:
    """Yield what does not fit together in a package whose every field is sound."""
    kind = found["kind"]
    for key in ("install", "creates") if kind == DEB else ():
        if found[key]:
            yield Problem(f"{path}.{key}", "has no use with kind: deb, which dpkg installs and knows")
    if kind != DEB and found["install"] and not found["creates"]:
        yield Problem(
            f"{path}.creates", "is missing; name a file that the installer makes, by which later runs see that it is there"
        )
    if kind != DEB and found["creates"] and not found["install"]:
        yield Problem(f"{path}.creates", "has no use without install")
    if not found["unit"] and not found["command"]:
        yield Problem(f"{path}.unit", "is missing; name the service that the package brings, or give the command that starts it")
    if found["command"] and kind == DEB and not found["command"].startswith("/"):
        yield Problem(f"{path}.command", "must begin with an absolute path; where a deb puts its files only the deb knows")
    if found["command"] and not found["user"]:
        yield Problem(f"{path}.user", "is missing; name the account that the command runs as, it is made when it is not there")
    for key in ("writable",) if not found["command"] else ():
        if row.get(key):
            yield Problem(f"{path}.{key}", "has no use without command; the unit that the package brings says it itself")
    if kind in (ARCHIVE, DIRECTORY) and found["version"] == "" and "version" in row:
        yield Problem(f"{path}.version", "is empty; leave it out")
    if found["ports"] and not found["program"]:
        yield Problem(f"{path}.program", "is missing; say which program holds ports, as ss -lntp names it")
    if len(set(found["websocket_paths"])) != len(found["websocket_paths"]):
        yield Problem(f"{path}.websocket_paths", "names a path twice")
    first: dict[int, str] = {}
    for name, port in (("port", found["port"]), *((f"ports[{at}]", one) for at, one in enumerate(found["ports"]))):
        if first.setdefault(port, name) != name:
            yield Problem(f"{path}.{name}", f"{port} is {first[port]} already")

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Raw options to a config set; every error of them at once, each under the option that it is in."""

from __future__ import annotations

import base64
import os
import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, Callable, TypeVar

from .model import ON_CHANGE, ConfigSet, ConfigSetError, DirectorySpec, FileSpec, LinkSpec, ServiceSpec, Source, TreeSpec
from .serial import TOKEN

T = TypeVar("T")
SOURCES = ("template", "content", "src", "remote_src")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_UNIT = re.compile(r"[A-Za-z0-9:_.\\@-]{1,255}")
_ACCOUNT = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*\$?")
_MODE = re.compile(r"0?[0-7]{3,4}")

OPTIONS: dict[str, frozenset[str]] = {
    "": frozenset(ConfigSet.__dataclass_fields__),
    "files": frozenset(
        (
            "path",
            "template",
            "content",
            "src",
            "remote_src",
            "vars",
            "owner",
            "group",
            "mode",
            "secret",
            "zone_serial",
            "on_change",
        )
    ),
    "directories": frozenset(("path", "owner", "group", "mode")),
    "links": frozenset(("path", "target")),
    "trees": frozenset(("path", "archive", "strip_components", "owner", "group")),
    "services": frozenset(("name", "enabled", "state", "on_change")),
}


class Reader:
    """One mapping of the raw options; collects what is wrong with it."""

    def __init__(self, raw: Any, where: str, options: frozenset[str], errors: list[str]) -> None:
        self.where = where
        self.errors = errors
        self.raw: Mapping[str, Any] = {}
        if not isinstance(raw, Mapping):
            errors.append(f"{where}: is not a mapping; write it as 'key: value' lines")
            self.errors = []  # one word about it is enough
            return
        self.raw = {str(key): value for key, value in raw.items() if value is not None}
        for key in sorted(set(self.raw) - options):
            errors.append(f"{self.at(key)}: is not an option; known are {', '.join(sorted(options))}")

    def at(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def wrong(self, key: str, reason: str) -> None:
        self.errors.append(f"{self.at(key)}: {reason}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.raw.get(key, default)
        if value is None:
            self.wrong(key, "is required")
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            self.wrong(key, f"is {type(value).__name__}, not text")
            return ""
        text = str(value)
        if "\0" in text:
            self.wrong(key, "contains a NUL byte")
        return text

    def matching(self, key: str, pattern: re.Pattern[str], what: str, default: str | None = None) -> str:
        text = self.text(key, default)
        if text and not pattern.fullmatch(text):
            self.wrong(key, f"{text!r} is not {what}")
        return text

    def path(self, key: str) -> str:
        text = self.text(key)
        if text:
            reason = path_error(text)
            if reason:
                self.wrong(key, reason)
        return text

    def mode(self, key: str, default: str) -> int:
        value = self.raw.get(key, default)
        if not isinstance(value, str) or not _MODE.fullmatch(value):
            self.wrong(key, f'{value!r} is not a mode; write it as quoted octal, for example "0644"')
            return 0
        return int(value, 8)

    def flag(self, key: str) -> bool | None:
        value = self.raw.get(key)
        if value is None or isinstance(value, bool):
            return value
        words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
        known = words.get(str(value).lower())
        if known is None:
            self.wrong(key, f"{value!r} is not true or false")
        return known

    def number(self, key: str, default: int, lowest: int, highest: int) -> int:
        value = self.raw.get(key, default)
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}", str(value)) or not lowest <= int(value) <= highest:
            self.wrong(key, f"{value!r} is not a whole number from {lowest} to {highest}")
            return default
        return int(value)

    def choice(self, key: str, choices: Iterable[str], default: str | None) -> str | None:
        value = self.raw.get(key, default)
        if value is not None and value not in tuple(choices):
            self.wrong(key, f"{value!r} is not one of {', '.join(choices)}")
            return default
        return None if value is None else str(value)

    def items(self, key: str) -> list[Any]:
        value = self.raw.get(key, [])
        if not isinstance(value, (list, tuple)):
            self.wrong(key, "is not a list")
            return []
        return list(value)

    def each(self, key: str, build: Callable[[Reader], T]) -> tuple[T, ...]:
        return tuple(
            build(Reader(raw, f"{self.at(key)}[{index}]", OPTIONS[key], self.errors)) for index, raw in enumerate(self.items(key))
        )

    def commands(self, key: str) -> tuple[str, ...]:
        found = []
        for index, value in enumerate(self.items(key)):
            try:
                if not isinstance(value, str) or not shlex.split(value):
                    raise ValueError("it is not a command line")
            except ValueError as reason:
                self.wrong(f"{key}[{index}]", f"{value!r} cannot be run: {reason}")
                continue
            found.append(str(value))
        return tuple(found)


def path_error(path: str) -> str | None:
    """Why I(path) cannot be the path of something on the host, or None."""
    if not path.startswith("/"):
        return f"{path!r} is not absolute"
    if path != os.path.normpath(path) or path.startswith("//"):
        return f"{path!r} is not plain; write it as {os.path.normpath('/' + path.lstrip('/'))!r}"
    if path == "/":
        return "'/' cannot be owned by a set"
    if any(ord(char) < 32 for char in path):
        return f"{path!r} contains a control character"
    return None


def parse(raw: Mapping[str, Any]) -> ConfigSet:
    """The options of the module, C(files[].data) in place of what the controller has read, to a L(ConfigSet).

    Raises L(ConfigSetError) with every error found.
    """
    errors: list[str] = []
    top = Reader(raw, "", OPTIONS[""], errors)
    found = ConfigSet(
        name=top.matching("name", _NAME, "a name of lower-case letters, digits and _"),
        state=top.choice("state", ("present", "absent"), "present") or "present",
        files=top.each("files", _file),
        directories=top.each("directories", _directory),
        links=top.each("links", _link),
        trees=top.each("trees", _tree),
        absent=_absent(top),
        validate=top.commands("validate"),
        commands=top.commands("commands"),
        services=top.each("services", _service),
        health=top.commands("health"),
        health_timeout=top.number("health_timeout", 30, 1, 3600),
    )
    errors += _collisions(found)
    if errors:
        raise ConfigSetError(errors)
    return found


def _owned(item: Reader) -> dict[str, str]:
    return {key: item.matching(key, _ACCOUNT, "the name of an account", "root") for key in ("owner", "group")}


def _file(item: Reader) -> FileSpec:
    return FileSpec(
        where=item.where,
        path=item.path("path"),
        source=_source(item),
        mode=item.mode("mode", "0644"),
        secret=bool(item.flag("secret")),
        zone_serial=bool(item.flag("zone_serial")),
        on_change=item.choice("on_change", ON_CHANGE, "none") or "none",
        **_owned(item),
    )


def _source(item: Reader) -> Source:
    given = [kind for kind in SOURCES if kind in item.raw]
    if len(given) != 1:
        item.errors.append(
            f"{item.where}: needs exactly one of {', '.join(SOURCES)}" + (f", has {', '.join(given)}" if given else "")
        )
        return Source("content")
    kind = given[0]
    value = item.raw[kind]
    if not isinstance(item.raw.get("vars", {}), Mapping):
        item.wrong("vars", "is not a mapping of variable names to values")
    elif "vars" in item.raw and kind != "template":
        item.wrong("vars", "is of use only together with template")
    if kind == "remote_src":
        return Source(kind, item.path(kind))
    if kind == "content":
        if isinstance(value, bytes):
            return Source(kind, data=value)
        if isinstance(value, (bool, Mapping, list, tuple)):
            item.wrong(kind, f"is {type(value).__name__}, not text; use the filter to_nice_yaml, to_json or string")
            return Source(kind)
        return Source(kind, data=str(value).encode("utf-8", "surrogateescape"))
    return Source(kind, item.text(kind))


def _directory(item: Reader) -> DirectorySpec:
    return DirectorySpec(where=item.where, path=item.path("path"), mode=item.mode("mode", "0755"), **_owned(item))


def _link(item: Reader) -> LinkSpec:
    return LinkSpec(where=item.where, path=item.path("path"), target=item.text("target"))


def _tree(item: Reader) -> TreeSpec:
    strip = item.number("strip_components", 0, 0, 20)
    return TreeSpec(
        where=item.where, path=item.path("path"), archive=item.path("archive"), strip_components=strip, **_owned(item)
    )


def _service(item: Reader) -> ServiceSpec:
    return ServiceSpec(
        where=item.where,
        name=item.matching("name", _UNIT, "the name of a systemd unit"),
        enabled=item.flag("enabled"),
        state=item.choice("state", ("started", "stopped"), None),
        on_change=item.choice("on_change", ON_CHANGE, "none") or "none",
    )


def _absent(top: Reader) -> tuple[str, ...]:
    found = []
    for index, value in enumerate(top.items("absent")):
        reason = path_error(value) if isinstance(value, str) else "is not text"
        if reason:
            top.wrong(f"absent[{index}]", reason)
        else:
            found.append(str(value))
    return tuple(found)


def _collisions(found: ConfigSet) -> list[str]:
    """One path, one statement; nothing of the set inside one of its trees; one line a unit."""
    errors = []
    seen: dict[str, str] = {}
    named = [(item.path, item.where) for item in found.files] + [(item.path, item.where) for item in found.links]
    claims = named + [(item.path, item.where) for item in found.directories] + [(item.path, item.where) for item in found.trees]
    claims = [(path, f"{where}.path") for path, where in claims]
    claims += [(path, f"absent[{index}]") for index, path in enumerate(found.absent)]
    for path, where in claims:
        if path and path in seen:
            errors.append(f"{where}: {path} is already named by {seen[path]}")
        seen.setdefault(path, where)
    for tree in found.trees:
        for path, where in claims:
            if tree.path and path.startswith(tree.path + "/"):
                errors.append(f"{where}: {path} lies inside {tree.where}.path, which is replaced as a whole")
    for path, where in claims:
        holder = next((place for other, place in named if other and path.startswith(other + "/")), None)
        if holder:
            errors.append(f"{where}: {path} lies below {holder}.path, which is not a directory")
    units: dict[str, str] = {}
    for service in found.services:
        if service.unit in units:
            errors.append(f"{service.where}.name: {service.unit} is already named by {units[service.unit]}")
        units.setdefault(service.unit, f"{service.where}.name")
    for spec in found.files:
        if spec.zone_serial and spec.source.data is not None and TOKEN not in spec.source.data:
            errors.append(f"{spec.where}.zone_serial: the content has no @SERIAL@ to fill")
    return errors


def encode_content(data: bytes) -> dict[str, str]:
    """File content as JSON can carry it: text where it is text, base64 where not."""
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def decode_content(value: Mapping[str, str]) -> bytes:
    """The reverse of L(encode_content)."""
    return value["text"].encode("utf-8") if "text" in value else base64.b64decode(value["base64"])

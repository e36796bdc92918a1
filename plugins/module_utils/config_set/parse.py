# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Raw options to a config set; every error of them at once, each under the option that it is in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .model import (
    ON_CHANGE,
    OWN_UNIT,
    ConfigSet,
    ConfigSetError,
    DirectorySpec,
    FileSpec,
    LinkSpec,
    ServiceSpec,
    Source,
    TreeSpec,
)
from .reader import Reader, path_error
from .serial import TOKEN

SOURCES = ("template", "content", "src", "remote_src")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_UNIT = re.compile(r"[A-Za-z0-9:_.\\@-]{1,255}")
_ACCOUNT = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*\$?")


def parse(raw: Mapping[str, Any]) -> ConfigSet:
    """The options of the module, C(files[].data) in place of what the controller has read, to a L(ConfigSet).

    Raises L(ConfigSetError) with every error found.
    """
    errors: list[str] = []
    top = Reader(raw, "", frozenset(ConfigSet.__dataclass_fields__), errors)
    found = ConfigSet(
        name=top.matching("name", _NAME, "a name of lower-case letters, digits and _"),
        state=top.choice("state", ("present", "absent"), "present") or "present",
        files=top.each(
            "files", "path template content src remote_src vars owner group mode secret zone_serial block on_change", _file
        ),
        directories=top.each("directories", "path owner group mode", _directory),
        links=top.each("links", "path target", _link),
        trees=top.each("trees", "path archive strip_components owner group", _tree),
        absent=_absent(top),
        validate=top.commands("validate"),
        commands=top.commands("commands"),
        services=top.each("services", "name enabled state on_change", _service),
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
        block=bool(item.flag("block")),
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
        on_change=item.choice("on_change", (*ON_CHANGE, OWN_UNIT), "none") or "none",
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
        if spec.zone_serial and spec.block:
            errors.append(f"{spec.where}.block: a zone file is written as a whole; take zone_serial or block")
        if spec.zone_serial and spec.source.data is not None and TOKEN not in spec.source.data:
            errors.append(f"{spec.where}.zone_serial: the content has no @SERIAL@ to fill")
    return errors

"""The machines of a site as they described themselves: versions, bundle, disks, clock."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

Data = Mapping[str, Any]


def machines(site: Data, infos: Mapping[str, Data]) -> dict[str, Any]:
    """``hosts`` by name, ``versions`` (package to version to hosts) and ``bundle`` (serial to hosts, with its web packages)."""
    hosts = {host: _host(site["hosts"][host], info) for host, info in sorted(infos.items())}
    versions: dict[str, dict[str, list[str]]] = {}
    serials: dict[str, list[str]] = {}
    web: dict[str, str] = {}
    for host, info in sorted(infos.items()):
        for package, version in info.get("packages", {}).items():
            versions.setdefault(package, {}).setdefault(version, []).append(host)
        if info.get("bundle") is not None:
            serials.setdefault(str(info["bundle"]), []).append(host)
        web.update(info.get("web", {}))
    return {
        "hosts": hosts,
        "versions": {package: versions[package] for package in sorted(versions)},
        "bundle": {"serials": {serial: serials[serial] for serial in sorted(serials, key=int)}, "web": dict(sorted(web.items()))},
    }


def _host(planned: Data, info: Data) -> dict[str, Any]:
    described = {"address": planned["address"], "duties": list(planned["duties"]), "answered": "system" in info}
    if not described["answered"]:
        return {**described, "said": _said(info), "system": "", "kernel": "", "disks": [], "clock": {}}
    system = info["system"]
    return {
        **described,
        "said": "",
        "system": f"{system['name']} {system['version']}".strip(),
        "kernel": system["kernel"],
        "disks": [dict(disk) for disk in info["disks"]],
        "clock": {"ahead": _ahead(info["clock"]), "source": dict(info["clock"]["source"])},
    }


def _ahead(clock: Data) -> float:
    """Seconds, 0 where the measurement could be off by more."""
    ahead = float(clock["ahead"])
    return round(ahead, 1) if abs(ahead) > float(clock["give"]) else 0.0


def _said(info: Data) -> str:
    """The first line of why a host gave no answer."""
    lines = str(info.get("msg") or "").removeprefix("Task failed: ").strip().splitlines()
    return textwrap.shorten(lines[0], 300, placeholder=" …") if lines else "was not looked at"


def silence(report: Data, host: str) -> str:
    """Why nothing was seen from a seat, as far as its host was looked at."""
    return str(report["hosts"].get(host, {}).get("said") or "no answer")

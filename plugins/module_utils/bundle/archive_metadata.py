# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, versions and licences that wheels, npm packages and collections give themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable
from email.parser import HeaderParser
from typing import NamedTuple

from .copyright import Licences
from .errors import BundleError


class Metadata(NamedTuple):
    """What an archive says it is."""

    name: str
    version: str
    licences: Licences


def parse_wheel(text: str) -> Metadata:
    """The METADATA of a wheel (PyPA core metadata): License-Expression, else a short License, else the classifiers."""
    fields = HeaderParser().parsestr(text)
    names = [fields.get("License-Expression", "").strip()]
    if not any(names):
        words = fields.get("License", "").strip()
        names = [words] if len(words) <= 80 and "\n" not in words and words.upper() != "UNKNOWN" else []
    if not any(names):
        classifiers = [value.split(" :: ") for value in fields.get_all("Classifier", [])]
        names = [value[-1] for value in classifiers if value[0] == "License" and value[-1] != "OSI Approved"]
    return _metadata(str(fields["Name"] or ""), str(fields["Version"] or ""), names, "wheel")


def parse_npm(text: str) -> Metadata:
    """The package.json of an npm package."""
    data = _json(text)
    licence = data.get("license")
    licence = licence.get("type") if isinstance(licence, dict) else licence
    return _metadata(str(data.get("name", "")), str(data.get("version", "")), [str(licence or "")], "package.json")


def parse_collection(text: str) -> Metadata:
    """The MANIFEST.json of an Ansible collection; raises BundleError when it says less than its name and version."""
    data = _json(text).get("collection_info")
    data = data if isinstance(data, dict) else {}
    name = ".".join(str(data[key]) for key in ("namespace", "name") if data.get(key))
    return _metadata(name, str(data.get("version", "")), [str(licence) for licence in data.get("license") or ()], "MANIFEST.json")


def _json(text: str) -> dict[str, object]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise BundleError(f"its description is not JSON ({error})") from error
    if not isinstance(data, dict):
        raise BundleError("its description is not a JSON object")
    return data


def _metadata(name: str, version: str, licences: Iterable[str], basis: str) -> Metadata:
    if not name or not version:
        raise BundleError("its description has no name or version")
    names = tuple(sorted({licence for licence in licences if licence}))
    return Metadata(name, version, Licences(names, basis if names else "none"))

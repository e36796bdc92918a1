# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bill of materials of a bundle: CycloneDX 1.6 and a table of licences, same bytes for the same components.

There is no time in it: a bundle says in BUNDLE.json when it was made.
"""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Iterable
from typing import Any

from .component import Component
from .copyright import UNKNOWN, Licences
from .licence_names import is_expression, spdx_id

NAME = "sbom/bundle.cdx.json"
LICENCES_NAME = "sbom/licences.csv"
_ROOT = "onprem.chat-bundle"
_TYPES = {"collection": "application", "operator": "file"}
_SUPPLIERS = {"deb": "Debian"}


def render_sbom(components: Iterable[Component]) -> str:
    """The CycloneDX document; its serial number follows from its content."""
    listed = [_component(component) for component in sorted(components, key=lambda component: component.path)]
    content = json.dumps(listed, sort_keys=True)
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": _ROOT, "name": _ROOT},
            "properties": [{"name": "onprem.chat:open-cves", "value": UNKNOWN}],
        },
        "components": listed,
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def _component(component: Component) -> dict[str, Any]:
    found = {
        "type": _TYPES.get(component.kind, "library"),
        "bom-ref": component.path,
        "supplier": {"name": _SUPPLIERS[component.kind]} if component.kind in _SUPPLIERS else None,
        "name": component.name,
        "version": component.version,
        "hashes": [{"alg": "SHA-256", "content": component.sha256}],
        "licenses": _licences([name for name in component.licences.names if name != UNKNOWN]),
        "purl": component.purl(),
        "evidence": {"occurrences": [{"location": component.path}]},
    }
    return {key: value for key, value in found.items() if value}


def _licences(names: list[str]) -> list[dict[str, Any]]:
    """CycloneDX knows one SPDX expression, or a list of identifiers and of names as the authors wrote them."""
    if len(names) == 1 and is_expression(names[0]):
        return [{"expression": names[0], "acknowledgement": "declared"}]
    known = [{"id": identifier} if (identifier := spdx_id(name)) else {"name": name} for name in names]
    return [
        {"license": {**licence, "acknowledgement": "declared"}} for licence in {str(entry): entry for entry in known}.values()
    ]


def render_licences(components: Iterable[Component]) -> str:
    """The table of licences (RFC 4180 with plain line ends), a line for each component."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("file", "name", "version", "source", "licences", "known from", "mentions"))
    for component in sorted(components, key=lambda component: component.path):
        known = component.licences
        source = f"{component.source} {component.source_version}".strip()
        names, mentions = _list(known), " ".join(known.mentions)
        table.writerow((component.path, component.name, component.version, source, names, known.basis, mentions))
    return text.getvalue()


def _list(licences: Licences) -> str:
    return "; ".join(licences.names) or UNKNOWN

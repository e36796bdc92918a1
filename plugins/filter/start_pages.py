# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.filter.qr_svg import qr_svg
from ansible_collections.onprem.chat.plugins.module_utils.onboarding import catalogue
from ansible_collections.onprem.chat.plugins.module_utils.onboarding.model import OnboardingError, Start, parse
from ansible_collections.onprem.chat.plugins.module_utils.onboarding.pages import pages
from ansible_collections.onprem.chat.plugins.module_utils.onboarding.root import read
from ansible_collections.onprem.chat.plugins.module_utils.onboarding.trust_files import trust_files

DOCUMENTATION = r"""
name: start_pages
short_description: The pages and files by which people begin
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Makes the rows of the set of files of role C(onboarding). That is one page for each language and kind of device, and the root
    certificate in the forms in which devices take it.
  - Reads the files of the programs for their size and sum.
requirements:
  - cryptography and segno on the control node
positional: _input, folder, catalogues, templates
options:
  _input:
    description: C(name), C(title), C(help), C(ca_certificate) in PEM or empty, C(clients) with C(system), C(title) and C(file).
        C(apps) is false where the chat is none of XMPP.
    type: dict
    required: true
  folder:
    description: The directory on the host that holds the pages.
    type: str
    required: true
  catalogues:
    description: One for each language, with C(language), C(name) and C(texts).
    type: list
    elements: dict
    required: true
  templates:
    description:
      - The directory on the control node that holds the templates of the pages.
      - They are rendered here and not by M(onprem.chat.config_set) one by one, which takes several times as long.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Say in which languages people are welcome
  ansible.builtin.debug:
    msg: "{{ (start | onprem.chat.start_pages('/var/www/start', catalogues, templates)).languages }}"
"""

RETURN = r"""
_value:
  description:
    - C(files), rows for the C(files) of M(onprem.chat.config_set); C(clients), pairs of C(src) and C(path); C(languages), the
      first of them for whoever asks for none.
  type: dict
"""


def start_pages(raw: dict[str, Any], folder: str, catalogues: Any, templates: str) -> dict[str, Any]:
    clients = [_measured(f"onboarding_clients[{at}]", row) for at, row in enumerate(raw["clients"])]
    try:
        start = parse({**raw, "clients": clients}, _root(str(raw["ca_certificate"])))
        texts = catalogue.parse(catalogues)
    except OnboardingError as error:
        raise AnsibleFilterError(str(error)) from None
    return {
        "files": _rows(start, texts, folder, templates),
        "clients": [{"src": row["file"], "path": f"{folder}/clients/{row['name']}"} for row in clients],
        "languages": [one.language for one in texts],
    }


def _rows(start: Start, texts: tuple[catalogue.Catalogue, ...], folder: str, templates: str) -> list[dict[str, str]]:
    """What the templates are given is HTML already, so nothing is escaped here a second time."""
    loader = jinja2.FileSystemLoader(templates)
    environment = jinja2.Environment(
        loader=loader, trim_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    )
    files = {
        row["path"]: environment.get_template(row["template"]).render(page=row["page"]) for row in pages(start, texts, qr_svg)
    }
    files |= {f"files/{name}": content for name, content in trust_files(start).items()}
    return [{"path": f"{folder}/{name}", "content": files[name]} for name in sorted(files)]


def _root(pem: str) -> Any:
    if not pem:
        return None
    try:
        return read(pem)
    except ValueError as error:
        raise AnsibleFilterError(f"onboarding_ca_certificate: {error}") from None


def _measured(where: str, row: Any) -> Any:
    """Return the row with what only the file itself can say."""
    if not isinstance(row, dict) or not row.get("file"):
        raise AnsibleFilterError(f"{where}: is not a mapping of system, title and file")
    path = Path(str(row["file"]))
    try:
        with path.open("rb") as stream:
            digest = hashlib.sha256()
            for piece in iter(lambda: stream.read(1 << 20), b""):
                digest.update(piece)
    except OSError as error:
        raise AnsibleFilterError(f"{where}.file: {path}: {error.strerror}; it has to be on the control node") from None
    return {**row, "name": path.name, "size": path.stat().st_size, "sha256": digest.hexdigest()}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"start_pages": start_pages}

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the report of a site on the control node."""

from __future__ import annotations

import json
import time
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.module_utils.report import make, terse, view
from ansible_collections.onprem.chat.plugins.module_utils.report.arguments import ARGUMENTS
from ansible_collections.onprem.chat.plugins.module_utils.report.error import ReportError
from jinja2 import Environment, FileSystemLoader, StrictUndefined

PAGE = Path(make.__file__).parent / "page"


class ActionModule(ActionBase):
    """Put the report together, write it and print the short of it."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, given = self.validate_argument_spec(argument_spec=ARGUMENTS)
        infos = {host: task_vars["hostvars"].get(host, {}).get(given["info"]) or {} for host in given["site"]["hosts"]}
        folder = Path(given["directory"])
        files = {kind: folder / f"report.{kind}" for kind in ("html", "json")}
        try:
            before = previous(files["json"])
            made = make.report(
                given["site"], given["situation"], given["verdict"], infos, given["forwarding"], before, int(time.time())
            )
            page = html(made)
        except ReportError as error:
            raise AnsibleActionFail(f"There is no report: {error}") from None
        if not self._task.check_mode:
            write(files, made, page)
        self._display.display(terse.text(made, str(files["html"])))
        told = {key: made[key] for key in ("ok", "notices")}
        changes = view.changed(made["changes"]["list"])
        return {**result, **told, "changed": False, "changes": changes, **{kind: str(path) for kind, path in files.items()}}


def html(made):
    """The page of a report; every word of it is escaped."""
    pages = Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return pages.get_template("report.html.j2").render(view.view(made))


def previous(path):
    """The report before; None when there is none, or one that is not ours."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("format") == make.FORMAT else None


def write(files, made, page):
    """Both files, each whole or not at all; the report before stays beside them."""
    folder = files["json"].parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if files["json"].exists():
            replace(folder / "report.previous.json", files["json"].read_text(encoding="utf-8"))
        replace(files["json"], json.dumps(made, indent=1, ensure_ascii=False) + "\n")
        replace(files["html"], page)
    except OSError as error:
        raise AnsibleActionFail(f"The report cannot be written: {error.strerror}: {error.filename}") from None


def replace(path, content):
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(content, encoding="utf-8")
    new.replace(path)

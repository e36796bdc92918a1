# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control node side of product_settings: has the file read, computes what it has to be, and has it written where it differs."""

from __future__ import annotations

import base64
import json
import re

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.module_utils.intent.error import Problems
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.edit import decode, merge
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.error import NatAwareError
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.owed import digest, why
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.wish import parse
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware_shell.store import seal

MODULE = "onprem.chat.product_settings"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        del tmp
        raw = dict(self._task.args)
        try:
            settings = wanted(raw)
            told = self._ask(raw, task_vars, apply=False)
            if told.get("failed"):
                return {**result, **told}
            data = None if told["content"] is None else base64.b64decode(told["content"])
            merged = self._merged(raw, data, settings, result)
        except NatAwareError as error:
            return {**result, "failed": True, "msg": error.told(f"The settings of {raw.get('name')} cannot be merged")}
        changed = bool(merged.changes)
        reason = why(changed, told["record"], digest(settings), told["made"]) if raw.get("command") else ""
        if reason and told["fault"] and not (self._task.check_mode and data is None):
            return {**result, "failed": True, "msg": f"{told['fault']}; nothing was changed ({raw['path']})"}
        result.update(answer(raw["path"], merged, reason, told["log"]))
        if not result["changed"] or self._task.check_mode:
            return result
        content = base64.b64encode(merged.text.encode("utf-8")).decode("ascii") if changed else None
        order = {"content": content, "was": seal(data), "run": bool(reason), "digest": digest(settings)}
        return {**result, **self._ask(raw, task_vars, apply=True, **order)}

    def _ask(self, raw, task_vars, **order):
        arguments = {**raw, "payload": json.dumps(order)}
        told = self._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars)
        told.pop("invocation", None)
        told.setdefault("changed", False)
        return told

    def _merged(self, raw, data, settings, result):
        path = str(raw["path"])
        if data is None and not boolean(raw.get("create", False), strict=False):
            if not self._task.check_mode:
                problems = Problems()
                problems.add(path, "is not there. Install the product first, mend the path, or set create")
                problems.raise_any(NatAwareError)
            result.setdefault("warnings", []).append(f"There is no {path} yet; outside check mode it has to be there by now.")
        return merge(decode(data or b"", path), settings, path)


def wanted(raw):
    """The settings as plain data. Raises NatAwareError."""
    problems = Problems()
    if not NAME.fullmatch(str(raw.get("name", ""))):
        problems.add("name", f"{raw.get('name')!r} is no name of lower-case letters, digits, _ and -")
    if not str(raw.get("path", "")).startswith("/"):
        problems.add("path", f"{raw.get('path')!r} is not absolute")
    problems.raise_any(NatAwareError)
    return parse(raw.get("settings"), "settings", str(raw.get("path_prefix") or ""))


def answer(path, merged, reason, log):
    """What the task returns; a diff of our own keys alone, for the file may hold secrets."""
    rows = [{"key": one.key, "before": one.before, "after": one.after} for one in merged.changes]
    diff = {f"{side}_header": str(path) for side in ("before", "after")}
    for side in ("before", "after"):
        lines = [f"{row['key']}: {row[side]}\n" for row in rows if row[side]]
        diff[side] = "".join(lines)
    return {"changed": bool(rows or reason), "changes": rows, "ran": bool(reason), "why": reason, "log": log, "diff": diff}

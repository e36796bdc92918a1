# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control node side of chat_invitations: makes the tokens, writes the sheets, and sends the server nothing but digests."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import tempfile
from pathlib import Path

from ansible.errors import AnsibleFilterError
from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.filter.qr_svg import qr_svg
from ansible_collections.onprem.chat.plugins.module_utils.invitations.choose import InvitationError, choose, over
from ansible_collections.onprem.chat.plugins.module_utils.invitations.sheet import Sheet, render

MODULE = "onprem.chat.chat_invitations"
WORDS = Path(__file__).resolve().parents[2] / "roles" / "invitations" / "files" / "words"
TOKEN_BYTES = 32


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        del tmp
        raw = {**self._task.args, "add": []}
        told = self._execute_module(module_name=MODULE, module_args=raw, task_vars=task_vars)
        if told.get("failed") or raw.get("state") != "invited":
            result.update(told)
            return result
        try:
            names = choose(told["invitations"], [row["name"] for row in raw["people"]], list(raw.get("invite") or []))
            words = catalogue(str(raw.get("language", "en")))
            folder = Path(raw["sheets"]).expanduser()
            if self._task.check_mode:
                lines = [*told["changes"], *(f"{name}: invited" for name in names)]
                result.update({**told, "changed": bool(lines), "changes": lines, "sheets": []})
                return result
            result.update(self._invite(raw, told, names, words, folder, task_vars))
        except (InvitationError, AnsibleFilterError, OSError) as error:
            result.update(failed=True, msg=str(error))
        return result

    def _invite(self, raw, told, names, words, folder, task_vars):
        """The sheets are on the disk, under no name yet, before the server knows their digests."""
        make_folder(folder)
        people = {row["name"]: row for row in raw["people"]}
        for leftover in folder.glob(".sheet-*.html"):  # of a run that was killed
            leftover.unlink()
        add, waiting = [], {}
        try:
            for name in names:
                token = secrets.token_urlsafe(TOKEN_BYTES)
                shown = str(people[name].get("display_name") or "")
                add.append({"name": name, "display_name": shown, "digest": hashlib.sha256(token.encode("ascii")).hexdigest()})
                waiting[name] = write(folder, page(raw, words, token, told["now"], name, shown))
            if add:
                before = told["changes"]
                told = self._execute_module(
                    module_name=MODULE, module_args={**raw, "revoke": [], "add": add}, task_vars=task_vars
                )
                if told.get("failed"):
                    return told
                told.update(changes=[*before, *told["changes"]], changed=True)
            for name in over(told["invitations"]):
                (folder / f"{name}.html").unlink(missing_ok=True)
            sheets = [str(waiting.pop(name).rename(folder / f"{name}.html")) for name in names]
        finally:
            for path in waiting.values():
                with contextlib.suppress(OSError):
                    path.unlink()
        told.pop("invocation", None)
        return {**told, "sheets": sheets}


def page(raw, words, token, now, name, shown):
    link = f"https://{raw['chat_name']}/invite/#{token}"
    sheet = Sheet(
        name=name,
        display_name=shown,
        chat_name=str(raw["chat_name"]),
        title=str(raw.get("title", "Chat")),
        link=link,
        code=qr_svg(link, words["sheet"]["scan"]),
        expires=now + int(raw.get("days", 7)) * 86400,
        start_url=str(raw.get("start_url", "")),
    )
    return render(sheet, str(raw.get("language", "en")), words)


def catalogue(language):
    known = sorted(path.stem for path in WORDS.glob("*.json"))
    if language not in known:
        raise InvitationError([f"language: {language!r} is none of {', '.join(known)}"])
    return json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))


def make_folder(folder):
    """For its owner alone; one that is there already stays as it is, for it may hold other things."""
    if not folder.is_dir():
        folder.mkdir(parents=True, mode=0o700)
        folder.chmod(0o700)


def write(folder, text):
    """A file that nobody else can read at any moment, on the disk."""
    descriptor, path = tempfile.mkstemp(dir=folder, prefix=".sheet-", suffix=".html")
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    return Path(path)

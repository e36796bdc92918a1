# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says which part of a site is being done; the words are those of module_utils/progress."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: stdout
short_description: One line for each part of a site
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Says which part of the site is being done (a play), how long it took, and which hosts it changed.
  - Tasks that go well are not shown, but for what C(debug) and warnings say, and for differences with C(--diff).
  - A task that fails is shown in full, as the default output does. A failure that is ignored is not. Where the result says why,
    and no file outside of this collection has a part in it, such as an inventory, its place in the code is left out.
  - The end is the ordinary C(PLAY RECAP).
  - With C(-v) everything is shown as the default output shows it. The environment variable E(ANSIBLE_STDOUT_CALLBACK) set to
    V(default) does the same for good.
  - Needs no terminal; a log file or a pipe gets the same lines.
requirements:
  - set as stdout in configuration
extends_documentation_fragment:
  - default_callback
  - result_format_callback
"""

import os
import re
import textwrap
import time
from pathlib import Path
from typing import Any

from ansible import constants as C
from ansible import context
from ansible.plugins.callback.default import CallbackModule as Default
from ansible_collections.onprem.chat.plugins.module_utils.progress.part import duration, head, spoken, tail

_DEBUG = ("debug", "ansible.builtin.debug", "ansible.legacy.debug")


_COLLECTION = Path(__file__).resolve().parents[2]
_OWN = tuple(f"{_COLLECTION / part}/" for part in ("playbooks", "plugins", "roles"))


def _elsewhere(event: Any) -> bool:
    """Whether an error, or what caused it, was found in a file that is not the collection's, such as an inventory."""
    while event is not None:
        origin = re.match(r"Origin: (/.*?)(?::\d+)*$", event.formatted_source_context or "", re.MULTILINE)
        if origin and not str(Path(origin[1]).resolve()).startswith(_OWN):
            return True
        event = event.chain.event if event.chain else None
    return False


class CallbackModule(Default):
    """Ansible's default output, which is left out while all goes well."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "onprem.chat.progress"

    def __init__(self) -> None:
        super().__init__()
        self._quiet = False
        self._begun = self._part_begun = time.monotonic()
        self._part: str | None = None
        self._open = False
        self._changes: dict[str, int] = {}
        self._failed: set[str] = set()
        self._words: dict[str, list[str]] = {}
        self._print = self._display.display
        self._process = os.getpid()

    # --- the line of a part -----------------------------------------------------------------------------------------

    def _anybody(self, *words: Any, **options: Any) -> None:
        """Let anybody else print on lines of their own: warnings, messages of plugins, whole tasks."""
        if self._open and os.getpid() == self._process:
            self._open = False
            self._print("", screen_only=True)
        self._print(*words, **options)

    def _end_part(self) -> None:
        if self._part is None:
            return
        self._say()
        seconds, check = time.monotonic() - self._part_begun, bool(context.CLIARGS.get("check"))
        told = tail(seconds, self._changes, self._failed, check)
        colour = C.COLOR_ERROR if self._failed else C.COLOR_CHANGED if any(self._changes.values()) else None
        line = head(self._part) + told
        self._print(told if self._open else line, color=colour, screen_only=True)
        self._print(line, log_only=True)
        self._part, self._open = None, False

    def _begin_part(self) -> None:
        """Name the part, once there is something to do in it."""
        if self._part is None and self._play is not None:
            self._part, self._part_begun, self._open = self._play.get_name().strip(), time.monotonic(), True
            self._changes, self._failed = {}, set()
            self._print(head(self._part), newline=False, screen_only=True)

    def _handle_exception(self, result: Any, use_stderr: bool = False) -> None:
        """Say an error once: what failed says it in its result, and a place in the collection is of no use to its reader."""
        error = getattr(self._current_task_result, "exception", None)
        if self._quiet and result.get("msg") and error is not None and not _elsewhere(error.event):
            result.pop("exception", None)
            return
        super()._handle_exception(result, use_stderr)

    # --- the run ----------------------------------------------------------------------------------------------------

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self._quiet = self._display.verbosity == 0
        if self._quiet:
            self._display.display = self._anybody  # for there may be a line that has not ended
        super().v2_playbook_on_start(playbook)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        if not self._quiet:
            super().v2_playbook_on_play_start(play)
            return
        self._end_part()
        self._play = play

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if self._quiet:
            self._end_part()
            self._display.display(f"{duration(time.monotonic() - self._begun)} in all")
        super().v2_playbook_on_stats(stats)

    def v2_playbook_on_no_hosts_matched(self) -> None:
        if not self._quiet:
            super().v2_playbook_on_no_hosts_matched()

    def v2_playbook_on_include(self, included_file: Any) -> None:
        if not self._quiet:
            super().v2_playbook_on_include(included_file)

    # --- tasks ------------------------------------------------------------------------------------------------------

    def _task_start(self, task: Any, prefix: str | None = None) -> None:
        if not self._quiet:
            super()._task_start(task, prefix)
            return
        self._begin_part()
        self._say()
        if prefix is not None:
            self._task_type_cache[task._uuid] = prefix
        self._last_task_name = None  # the banner of a task that fails asks the task itself

    def v2_runner_on_ok(self, result: Any) -> None:
        if not self._quiet:
            super().v2_runner_on_ok(result)
            return
        if result.result.get("changed"):
            name = result.host.get_name()
            self._changes[name] = self._changes.get(name, 0) + 1
        if self._last_task_banner == result.task._uuid and not result.task.loop:
            super().v2_runner_on_ok(result)  # its difference was shown
        elif result.task.action in _DEBUG and not result.task.loop:
            self._note(result)
        else:
            self._handle_warnings_and_exception(result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        if not self._quiet:
            super().v2_runner_item_on_ok(result)
        elif result.task.action in _DEBUG:
            self._note(result)
        else:
            self._handle_warnings_and_exception(result)

    def _note(self, result: Any) -> None:
        """Keep what a debug task says of a host until all hosts have spoken."""
        self._handle_warnings_and_exception(result)
        self._clean_results(result.result, result.task.action)
        words = result.result.get("msg")
        if isinstance(words, list) and all(isinstance(one, str) for one in words):
            words = "\n".join(words)
        plain = isinstance(words, (str, int, float))
        text = str(words) if plain else textwrap.dedent(self._dump_results(result.result).strip("\n"))
        self._words.setdefault(result.host.get_name(), []).append(text)

    def _say(self) -> None:
        """Print what hosts had to say."""
        words, self._words = self._words, {}
        for text in spoken(words):
            self._display.display(text)

    def v2_runner_on_skipped(self, result: Any) -> None:
        if not self._quiet:
            super().v2_runner_on_skipped(result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        if not self._quiet:
            super().v2_runner_item_on_skipped(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if self._quiet and ignore_errors:
            return
        self._say()
        self._failed.add(result.host.get_name())
        super().v2_runner_on_failed(result, ignore_errors)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        if not (self._quiet and result.task.ignore_errors):
            super().v2_runner_item_on_failed(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        if self._quiet and result.task.ignore_unreachable:
            return
        self._say()
        self._failed.add(result.host.get_name())
        super().v2_runner_on_unreachable(result)

    def v2_runner_retry(self, result: Any) -> None:
        if not self._quiet:
            super().v2_runner_retry(result)

    def v2_runner_on_async_poll(self, result: Any) -> None:
        if not self._quiet:
            super().v2_runner_on_async_poll(result)

    def v2_runner_on_async_ok(self, result: Any) -> None:
        if not self._quiet:
            super().v2_runner_on_async_ok(result)

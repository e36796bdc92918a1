# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line. The role and the timer run C(keep); C(verify) is run on the control node and changes nothing."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .keeping import Keeping, Outcome, Wish, own
from .memory import lock, recall
from .pair import examine
from .refusal import SETTINGS, Refusal
from .settings import Settings, parse
from .tree import Tree

SETTINGS_FILE = "/etc/onprem-chat/public-certificate/settings.json"


def main(words: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0, or what L(refusal) names."""
    arguments = _arguments(words)
    os.umask(0o022)
    try:
        given = json.load(sys.stdin) if arguments.given else {}
        raw = given.get("settings") if arguments.given else json.loads(Path(arguments.settings).read_text(encoding="utf-8"))
        outcome = COMMANDS[arguments.command](parse(raw or {}), given, arguments)
    except Refusal as refusal:
        outcome = Outcome(problems=refusal.problems, code=refusal.code)
    except (OSError, ValueError) as error:
        outcome = Outcome(problems=[f"{arguments.settings}: {error}"], code=SETTINGS)
    if isinstance(outcome, Outcome):
        _tell(outcome, arguments.json)
        return outcome.code
    print(json.dumps(outcome, sort_keys=True))
    return 0


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="public_certificate", description="Keeps the certificate of the public name.")
    parser.add_argument(
        "command",
        choices=COMMANDS,
        help="keep: order, renew, install what is due; seed: take the local CA's; status: what is served; verify: check input",
    )
    parser.add_argument("--settings", default=SETTINGS_FILE, help="what the role wrote down")
    parser.add_argument("--given", action="store_true", help="settings, chain and key come as JSON on standard input")
    parser.add_argument("--check", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument(
        "--force", action="store_true", help="order even what is not due; the checks before it are made all the same"
    )
    parser.add_argument("--timer", action="store_true", help="wait longer after each failure")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    return parser.parse_args(words)


def _keep(settings: Settings, given: Mapping[str, Any], arguments: argparse.Namespace) -> Outcome:
    def wish() -> Wish:
        return Wish(datetime.datetime.now(datetime.timezone.utc), arguments.check, arguments.timer, arguments.force)

    way = "seed" if arguments.command == "seed" else ""
    if arguments.check:
        return Keeping(settings, wish()).run(given, way)
    with lock(settings.state) as held:
        return Keeping(settings, wish(), held).run(given, way)


def _verify(settings: Settings, given: Mapping[str, Any], _arguments: argparse.Namespace) -> Outcome:
    if settings.method == "files":
        own(given, settings.name, datetime.datetime.now(datetime.timezone.utc))
    return Outcome()


def _status(settings: Settings, _given: Mapping[str, Any], _arguments: argparse.Namespace) -> dict[str, Any]:
    tree, memory = Tree(settings.tree, settings.group), recall(settings.state)
    served = tree.served()
    status: dict[str, Any] = {"served": served, "failures": memory.failures, "problems": list(memory.problems)}
    if served:
        chain, key, _origin = tree.read(served)
        pair, problems = examine(chain, key, settings.name, datetime.datetime.now(datetime.timezone.utc))
        if pair:
            status |= {
                "issuer": pair.leaf.issuer.rfc4514_string(),
                "names": pair.names,
                "not_after": pair.not_after.isoformat(),
                "renew_after": pair.renew_after.isoformat(),
            }
        status["problems"] += problems
    return status


COMMANDS = {"keep": _keep, "seed": _keep, "status": _status, "verify": _verify}


def _tell(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        answer = {"changed": bool(outcome.actions), "actions": outcome.actions, "problems": outcome.problems}
        print(json.dumps({**answer, "served": outcome.served, "code": outcome.code}))
        return
    journal = "JOURNAL_STREAM" in os.environ  # there the first characters say how grave it is
    for line in outcome.actions:
        print(f"<5>{line}" if journal else line)
    for line in outcome.problems:
        print(f"<3>{line}" if journal else line, file=sys.stderr)
    sys.stdout.flush()

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python3 -I -S PROGRAM serve|register|manage [DOMAIN]: what each is for is said at the top of its file."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from onprem_invitations import registrar, service
from onprem_invitations.desk import Unsure
from onprem_invitations.line import Line
from onprem_invitations.manage import manage
from onprem_invitations.store import Store

DATABASE = Path("/var/lib/onprem-chat/invitations/invitations.sqlite")
REGISTRAR = Path("/run/onprem-chat-registrar.sock")


def managed() -> int:
    """JSON from standard input; 0 and the result, or 1 and why not."""
    try:
        told = manage(json.load(sys.stdin), Store(DATABASE), Line(REGISTRAR))
    except Unsure:
        told = {"error": "ejabberd: gives no answer; see journalctl -u 'onprem-chat-registrar@*' and systemctl status ejabberd"}
    except (ValueError, sqlite3.Error, OSError) as reason:
        told = {"error": str(reason)}
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if "error" in told else 0


def main() -> int:
    os.umask(0o077)
    verb, domain = (*sys.argv[1:], "", "")[:2]
    if verb == "serve":
        return service.serve(DATABASE, REGISTRAR, domain)
    if verb == "register":
        return registrar.main(domain)
    if verb == "manage":
        return managed()
    sys.stderr.write(f"{__doc__}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())

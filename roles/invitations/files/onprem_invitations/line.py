# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line from the service to the registrar: one object of JSON each way, on a socket that is the service's alone."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .desk import Unsure

#: Longer than the registrar waits for ejabberd.
PATIENCE = 40
LONGEST = 65536


class Line:
    """A registrar at the other end of a Unix socket; each call is a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def register(self, name: str, password: str, display_name: str) -> str:
        told = self._ask({"do": "register", "name": name, "password": password, "display_name": display_name})
        if told.get("outcome") not in ("made", "exists", "refused"):
            raise Unsure
        return str(told["outcome"])

    def existing(self, names: Sequence[str]) -> frozenset[str]:
        if not names:
            return frozenset()
        told = self._ask({"do": "existing", "names": list(names)})
        if not isinstance(told.get("existing"), list):
            raise Unsure
        return frozenset(map(str, told["existing"]))

    def _ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            with socket.socket(socket.AF_UNIX) as stream:
                stream.settimeout(PATIENCE)
                stream.connect(str(self._path))
                stream.sendall(json.dumps(question).encode() + b"\n")
                with stream.makefile("rb") as incoming:
                    told = json.loads(incoming.readline(LONGEST))
        except (OSError, ValueError):
            raise Unsure from None
        if not isinstance(told, dict):
            raise Unsure
        return told

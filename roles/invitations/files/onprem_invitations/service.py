# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service behind nginx: takes connections from systemd's socket one after the other, and goes when nobody comes."""

from __future__ import annotations

import socket
import sqlite3
import sys
from pathlib import Path

from . import scgi
from .desk import Desk, Unsure
from .line import Line
from .store import Store

#: nginx has the whole request before it calls, so nothing has to be waited for.
PATIENCE = 5
IDLE = 300
FIRST_DESCRIPTOR = 3  # sd_listen_fds(3)


def say(words: str) -> None:
    """One line for the journal; never a token, a password or anything else that somebody sent."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def answer(stream: socket.socket, desk: Desk) -> None:
    """One request."""
    stream.settimeout(PATIENCE)
    try:
        path, given = scgi.read(stream)
    except scgi.Malformed as reason:
        say(f"a request was refused: {reason}")
        stream.sendall(scgi.render("400 Bad Request", {"state": "unknown"}))
        return
    what = path.rpartition("/")[2]
    told = desk.answer(what, given)
    if what == "accept" or told["state"] == "later":
        say(f"{what}: {told['state']}{' ' + told['address'] if told['state'] == 'made' else ''}")
    stream.sendall(scgi.render("503 Service Unavailable" if told["state"] == "later" else "200 OK", told))


def serve(database: Path, registrar: Path, domain: str) -> int:
    """Answer until nobody has come for a while; systemd starts it again for the next one."""
    desk = Desk(Store(database), Line(registrar), domain)
    try:
        desk.recover()
    except Unsure:
        say("a try that was cut off cannot be judged yet: ejabberd gives no answer")
    with socket.socket(fileno=FIRST_DESCRIPTOR) as listening:
        listening.settimeout(IDLE)
        while True:
            try:
                stream, _peer = listening.accept()
            except TimeoutError:
                return 0
            with stream:
                try:
                    answer(stream, desk)
                except (OSError, sqlite3.Error) as reason:
                    say(f"a request was not answered: {type(reason).__name__}")

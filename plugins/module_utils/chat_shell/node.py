# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to the ejabberd of this host: its port, from the port mapper, and the words of C(erl_call)."""

from __future__ import annotations

import os
import socket

from ansible_collections.onprem.chat.plugins.module_utils.chat import erlang

EPMD = ("127.0.0.1", 4369)
EPMD_NAMES = b"\x00\x01n"  # a request of one byte, n: the names of all nodes


def port(node: str) -> int | None:
    """The port of a node, or None where it does not run."""
    return erlang.epmd_port(_names(), node)


def erl_call(program: str, at: int, patience: int) -> list[str]:
    """The command that evaluates what it reads, on the node at a port, and waits that many seconds.

    It has a name of its own each time: those that erl_call -r makes up are alike within a second, and ejabberd refuses to talk
    to a name that it has not yet seen leaving.
    """
    name = f"onprem-chat-{os.getpid()}-{os.urandom(6).hex()}"
    return [program, "-h", name, "-address", f"127.0.0.1:{at}", "-timeout", str(patience), "-e"]


def _names() -> str:
    """What the port mapper answers, empty where there is none."""
    try:
        with socket.create_connection(EPMD, 5) as stream:
            stream.sendall(EPMD_NAMES)
            return b"".join(iter(lambda: stream.recv(4096), b""))[4:].decode("ascii", "replace")
    except OSError:
        return ""

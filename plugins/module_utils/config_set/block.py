# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A marked block in a file that belongs to somebody else, such as /etc/hosts. Pure."""

from __future__ import annotations

import re


def _marks(name: str) -> tuple[bytes, bytes]:
    return f"# BEGIN onprem.chat {name}\n".encode(), f"# END onprem.chat {name}\n".encode()


def _place(live: bytes, name: str) -> re.Match[bytes] | None:
    begin, end = _marks(name)
    return re.search(rb"^" + re.escape(begin) + rb"(?:.*\n)*?" + re.escape(end), live, re.MULTILINE)


def _line(text: bytes) -> bytes:
    """I(text) so that another line can follow it."""
    return text if not text or text.endswith(b"\n") else text + b"\n"


def merge(block: bytes, live: bytes, name: str) -> bytes:
    """I(live) with the block of the set I(name) in the place of its old one, or at the end."""
    begin, end = _marks(name)
    marked = begin + _line(block) + end
    found = _place(_line(live), name)
    if found is None:
        return _line(live) + marked
    return found.string[: found.start()] + marked + found.string[found.end() :]


def strip(live: bytes, name: str) -> bytes:
    """I(live) without the block of the set I(name)."""
    found = _place(_line(live), name)
    return live if found is None else found.string[: found.start()] + found.string[found.end() :]

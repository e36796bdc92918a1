# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one sum of a whole directory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def directory_sum(sums: Mapping[str, str]) -> str:
    """Return the sum of a directory out of those of its files, by path from the top.

    It is what C(cd DIRECTORY && find . -type f | LC_ALL=C sort | xargs -d '\\n' sha256sum | sha256sum) prints.
    """
    rows = sorted((f"./{path}".encode(), value.encode()) for path, value in sums.items())
    return hashlib.sha256(b"".join(value + b"  " + path + b"\n" for path, value in rows)).hexdigest()

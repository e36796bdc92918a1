# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serials of bundles: YYYYMMDDNN, always rising."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from .errors import BundleError

_SERIAL = re.compile(r"^20\d{8}$")


def parse_serial(text: str) -> int:
    """The serial as a number; raises BundleError for anything but ten digits YYYYMMDDNN."""
    if not _SERIAL.match(str(text)):
        raise BundleError(f"serial: {text!r} is no bundle serial (ten digits YYYYMMDDNN)")
    return int(text)


def next_serial(previous: int | None, epoch: int) -> int:
    """The serial for a bundle of that epoch (seconds since 1970, UTC): of its day, and above the previous one."""
    first_of_day = int(datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y%m%d")) * 100 + 1
    return first_of_day if previous is None else max(first_of_day, previous + 1)

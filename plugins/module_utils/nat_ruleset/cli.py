# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program on the host: C(load) at boot and after a flush, C(fallback TOKEN) by the timer."""

from __future__ import annotations

import sys

from . import router, seat
from .error import NatRulesetError
from .store import Store


def main(key: str) -> None:
    """Obey for one seat; what happened goes to the journal."""
    here = Store(seat=seat.SEATS[key])
    try:
        if sys.argv[1:] == ["load"]:
            sys.stdout.write(f"{router.load(here)}\n")
        elif sys.argv[1:2] == ["fallback"] and len(sys.argv) == 3:
            sys.stdout.write(f"{router.fall_back(here, sys.argv[2])}\n")
        else:
            raise SystemExit("usage: load | fallback TOKEN")
    except (NatRulesetError, OSError) as error:
        raise SystemExit(f"{here.seat.name}: {error}") from error

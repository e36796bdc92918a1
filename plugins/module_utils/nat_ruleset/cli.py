# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program on the router: C(load) at boot and after a flush, C(fallback TOKEN) by the timer."""

from __future__ import annotations

import sys

from . import router
from .error import NatRulesetError
from .store import Store


def main() -> None:
    """Obey; what happened goes to the journal."""
    try:
        if sys.argv[1:] == ["load"]:
            print(router.load(Store()))
        elif sys.argv[1:2] == ["fallback"] and len(sys.argv) == 3:
            print(router.fall_back(Store(), sys.argv[2]))
        else:
            sys.exit("usage: load | fallback TOKEN")
    except (NatRulesetError, OSError) as error:
        sys.exit(f"onprem-chat-nat: {error}")

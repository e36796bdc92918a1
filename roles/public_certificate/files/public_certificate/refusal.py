# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stops a run, in words for the operator."""

from __future__ import annotations

from collections.abc import Iterable

#: Exit codes. What is served stays as it is with each of them.
SETTINGS, CHECK, ORDER, RELOAD = 2, 3, 4, 5


class Refusal(Exception):
    """The run cannot go on; C(code) says where it stopped, C(retry_after) for how many seconds to stay away."""

    def __init__(self, code: int, problems: Iterable[str], retry_after: float = 0) -> None:
        self.code = code
        self.problems = list(problems)
        self.retry_after = retry_after
        super().__init__("\n".join(self.problems))

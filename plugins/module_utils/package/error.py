# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an operator's package, or with what is said of it."""

from __future__ import annotations

from ..intent.error import IntentError


class PackageError(IntentError):
    """The package cannot be used as it is described; holds every problem that was found."""

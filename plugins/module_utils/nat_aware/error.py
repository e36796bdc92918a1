# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error of this area."""

from __future__ import annotations

from ..intent.error import IntentError


class NatAwareError(IntentError):
    """What is wrong with the settings that were asked for, or with the file that they go into."""

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error of this area."""

from __future__ import annotations


class EgressError(Exception):
    """What stands in the way, in words for the person at the controller."""

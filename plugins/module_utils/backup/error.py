# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the backup core."""

from __future__ import annotations


class BackupError(ValueError):
    """What is wrong with a backup or keeps it from being made, and what to do."""

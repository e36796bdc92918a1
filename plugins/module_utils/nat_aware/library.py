# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PyYAML, which Ansible brings to the control node. Nothing of this area but L(owed) is read on a host, which may lack it."""

from __future__ import annotations

try:
    import yaml
except ImportError:
    yaml = None  # type: ignore[assignment]

__all__ = ["yaml"]

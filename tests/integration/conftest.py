# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests read Ansible's ordinary output, without colours; people get onprem.chat.progress (ansible.cfg)."""

from __future__ import annotations

import os

os.environ["ANSIBLE_STDOUT_CALLBACK"] = "default"
os.environ.pop("ANSIBLE_FORCE_COLOR", None)  # molecule's
os.environ["ANSIBLE_NOCOLOR"] = "1"

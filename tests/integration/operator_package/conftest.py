# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages, the site that has one of them, and what may be seen of it from its hosts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.operator import ROOT, Site

FOLDER = ROOT / ".cache" / "operator-package"
BUILDER = Path(__file__).with_name("packager.py")


@pytest.fixture(scope="session")
def packages() -> dict:
    """What the inventory may say, by kind and version; built once a scenario."""
    told = FOLDER / "packages.json"
    if not told.exists() or told.stat().st_mtime < BUILDER.stat().st_mtime:
        environment = {"PYTHONPATH": str(ROOT / ".ansible" / "collections"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        subprocess.run([sys.executable, BUILDER, FOLDER], check=True, env=environment)
    return json.loads(told.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def site(packages) -> Site:
    return Site()

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two whole builds by the playbook, from the lab's cache: the same inputs give the same bytes, signatures included."""

from __future__ import annotations

import filecmp
import json
import os
import subprocess
from pathlib import Path

import pytest

from .conftest import EPOCH, ROOT, SERIAL

CACHE = ROOT / ".cache/bundle-downloads"


def build(dest):
    """One suite is enough: the other one goes the same way."""
    options = {"dest": dest, "cache": CACHE, "signing_key": ROOT / ".cache/bundle-key", "epoch": EPOCH, "serial": SERIAL}
    given = {"offline_bundle_suites": ["trixie"], **{f"offline_bundle_{name}": str(value) for name, value in options.items()}}
    command = ["ansible-playbook", "-i", "localhost,", ROOT / "playbooks/bundle.yml", "-e", json.dumps(given)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "TZ": "Asia/Tokyo"})
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return dest / f"bundle-{SERIAL}"


def listed(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.skipif(not (CACHE / "apt/trixie/Packages").exists(), reason="needs the lab's cache; tools/lab-bundle fills it")
def test_two_whole_builds_are_the_same_to_the_last_bit(tmp_path):
    old = os.umask(0o077)
    try:
        one = build(tmp_path / "one")
        os.umask(0o002)
        other = build(tmp_path / "a longer name of the folder")
    finally:
        os.umask(old)
    names = listed(one)
    assert names == listed(other) and len(names) > 400
    files = [name for name in names if (one / name).is_file()]
    assert filecmp.cmpfiles(one, other, files, shallow=False) == (files, [], [])
    assert [name for name in files if (one / name).stat().st_mode != (other / name).stat().st_mode] == []
    payload = sum(Path(one, name).stat().st_size for name in files if name.startswith(("debian/pool/", "python/wheels/", "web/")))
    everything = sum((one / name).stat().st_size for name in files)
    assert everything <= 1.1 * payload, f"{everything} bytes for {payload} of payload"

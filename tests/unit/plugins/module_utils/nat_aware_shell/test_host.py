# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On the host: a file is replaced in one step, an installer runs alone and to its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware_shell import installer
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware_shell.installer import (
    Installer,
    InstallerError,
    alive,
    await_end,
    found,
)
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware_shell.store import Store, StoreError, load, replace, seal


def test_a_file_keeps_its_owner_and_mode(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    replace(path, b"new")
    assert path.read_bytes() == b"new" and path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["config.yaml"]


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "config.yaml"
    path.write_bytes(b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace(path, b"new")
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


def test_what_is_no_file_is_told(tmp_path):
    assert load(tmp_path / "none") is None and seal(None) == ""
    with pytest.raises(StoreError, match="is no file"):
        load(tmp_path)


def test_the_record(tmp_path):
    store = Store(tmp_path / "state", "product")
    with store.locked():
        assert store.read() is None
        store.write({"ran_with": "x"})
        assert store.read() == {"ran_with": "x"}
        with pytest.raises(StoreError, match="another run is at work"), Store(tmp_path / "state", "product").locked():
            pass
    store.path.write_text("{", encoding="utf-8")
    assert store.read() == {}


def make(tmp_path, script):
    (tmp_path / "install.sh").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (tmp_path / "install.sh").chmod(0o755)
    return Installer(["./install.sh", "a b"], tmp_path, tmp_path / "log")


def test_nothing_runs_before_it_is_on_record(tmp_path):
    one = make(tmp_path, "echo $1 >ran")
    assert alive(one.process()) and not alive({**one.process(), "began": "1"})
    one.running.stdin.close()  # as when we are killed
    assert one.running.wait(10) != 0
    assert not (tmp_path / "ran").exists() and not alive(one.process())


def test_it_runs_to_its_end(tmp_path):
    one = make(tmp_path, "cat; echo $1 >ran; echo said; echo wrong >&2")
    process = one.process()
    one.go(10)
    assert (tmp_path / "ran").read_text(encoding="utf-8") == "a b\n"
    assert (tmp_path / "log").read_text(encoding="utf-8") == "said\nwrong\n"
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
    assert not alive(process)
    await_end(process, 0)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo why; exit 3", "ended with exit status 3; its output is in .*\nwhy$"),
        ("exit 3", "it said nothing"),
        ("kill -9 $$", "was ended by signal 9"),
        ("exec sleep 60", "did not end within 0.5 s and was ended"),
    ],
)
def test_what_goes_wrong_is_told(tmp_path, script, words):
    one = make(tmp_path, script)
    with pytest.raises(InstallerError, match=words):
        one.go(0.5 if "sleep" in script else 10)
    assert not alive(one.process())


def test_one_of_an_earlier_run_is_waited_for(tmp_path):
    one = make(tmp_path, "exec sleep 60")
    process = one.process()
    one.running.stdin.write(b"go\n")
    one.running.stdin.flush()
    with pytest.raises(InstallerError, match=f"still runs since an earlier run, as process {one.running.pid}"):
        await_end(process, 0.1)
    one.running.kill()
    one.running.wait()
    await_end(process, 1)


PARENT = """
import runpy, sys
from pathlib import Path
here = Path(sys.argv[1])
installer = runpy.run_path(sys.argv[2])["Installer"](["./install.sh"], here, here / "log")
(here / "began").write_text("")
installer.go(60)
"""


def test_it_goes_on_when_we_are_killed(tmp_path):
    """Half of an installation is worse than all of it."""
    (tmp_path / "install.sh").write_text("#!/bin/sh\nwhile [ ! -e on ]; do sleep 0.1; echo more; done\necho ended >ran\n")
    (tmp_path / "install.sh").chmod(0o755)
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path), installer.__file__])
    wait(lambda: (tmp_path / "log").exists() and (tmp_path / "log").stat().st_size)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    (tmp_path / "on").touch()
    wait((tmp_path / "ran").exists)


def wait(what):
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def test_a_command_that_cannot_run_is_told_before(tmp_path):
    (tmp_path / "install.sh").write_text("", encoding="utf-8")
    assert found(["no-such-program"], tmp_path) == "there is no program no-such-program"
    assert found(["./setup"], tmp_path) == f"there is no file {tmp_path}/setup"
    assert "is not executable; make it so, or name what reads it, as in [sh, ./install.sh]" in found(["./install.sh"], tmp_path)
    assert found(["sh", "./install.sh"], tmp_path) == "" == found([str(Path("/bin/sh"))], tmp_path)

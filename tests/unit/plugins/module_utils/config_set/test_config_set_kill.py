# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run killed at any step: what is on disk is half for nobody after the next run, whatever that run wants.

Every call that changes the disk is a place to die. A child runs until that call and ends there with os._exit, as SIGKILL would
end it; then another run follows on the same real files.
"""

from __future__ import annotations

import contextlib
import grp
import io
import os
import pwd
import shutil
import stat
import tarfile
import tempfile
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.config_set.engine import apply
from ansible_collections.onprem.chat.plugins.module_utils.config_set.model import ConfigSetError
from ansible_collections.onprem.chat.plugins.module_utils.config_set.outcome import Run
from ansible_collections.onprem.chat.plugins.module_utils.config_set.parse import parse

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

ME = {"owner": pwd.getpwuid(os.getuid()).pw_name, "group": grp.getgrgid(os.getgid()).gr_name}
NAMES = ("a", "b", "c", "sub/d", "sub/e", "deep/er/f")
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # fsync costs nothing there
KILLED = 9
WRITES = ["open", "rename", "link", "symlink", "mkdir", "rmdir", "unlink", "chmod", "chown", "fchmod", "fchown", "fsync"]


def snapshot(root: Path) -> dict[str, tuple]:
    found = {}
    for path in sorted(root.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            found[str(path.relative_to(root))] = ("link", str(path.readlink()))
        elif stat.S_ISREG(mode):
            found[str(path.relative_to(root))] = ("file", stat.S_IMODE(mode), path.read_bytes())
        else:
            found[str(path.relative_to(root))] = ("dir", stat.S_IMODE(mode))
    return found


class World:
    """One host's files, the places that the sets speak of and the memory of the sets."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.live = root / "live"
        self.live.mkdir()
        for version in "12":
            with tarfile.open(root / f"{version}.tar", "w") as tar:
                for name in ("x", f"only{version}", "in/side"):
                    info = tarfile.TarInfo(name)
                    info.size = 1
                    tar.addfile(info, io.BytesIO(version.encode()))

    def options(self, wanted: dict[str, tuple]) -> dict:
        found: dict[str, list] = {"files": [], "links": [], "directories": [], "trees": [], "absent": []}
        for name, (kind, value) in sorted(wanted.items()):
            path = str(self.live / name)
            if kind == "file":
                found["files"].append({"path": path, "content": value, "mode": "0640" if value else "0600", **ME})
            elif kind == "link":
                found["links"].append({"path": path, "target": value})
            elif kind == "dir":
                found["directories"].append({"path": path, "mode": value, **ME})
            elif kind == "tree":
                found["trees"].append({"path": path, "archive": str(self.root / f"{value}.tar"), **ME})
            else:
                found["absent"].append(path)
        return found

    def apply(self, wanted, state="present", **more):
        options = {} if state == "absent" else self.options(wanted)
        return apply(parse({"name": "demo", "state": state, **options, **more}), Run(str(self.root / "state"), 1))

    def killed_at(self, wanted, number: int, **more) -> bool:
        """Runs in a child that dies before its write I(number); False if it came to its end."""
        child = os.fork()
        if child == 0:
            die_before_write(number)
            with contextlib.suppress(ConfigSetError):
                self.apply(wanted, **more)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, KILLED)
        return code == KILLED


def die_before_write(number: int) -> None:
    """Lets this process end at the call with that number among all that change the disk."""
    left = [number]

    def watched(call):
        def watch(*arguments, **options):
            writes = call.__name__ != "open" or arguments[1] & (os.O_CREAT | os.O_TRUNC)
            left[0] -= bool(writes)
            if left[0] < 0:
                os._exit(KILLED)
            return call(*arguments, **options)

        return watch

    for name in WRITES:
        setattr(os, name, watched(getattr(os, name)))


@contextlib.contextmanager
def world():
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield World(Path(folder))


def reset(there: World, copy: Path) -> None:
    shutil.rmtree(there.live)
    shutil.rmtree(there.root / "state", ignore_errors=True)
    shutil.copytree(copy / "live", there.live, symlinks=True)
    if (copy / "state").exists():
        shutil.copytree(copy / "state", there.root / "state", symlinks=True)


def leftovers(there: World) -> list[str]:
    known = (".lock", "demo.json", "demo.d")
    found = [str(path) for path in there.live.rglob("*") if ".onprem-" in path.name]
    state = there.root / "state"
    return found + [path.name for path in (state.iterdir() if state.exists() else ()) if path.name not in known]


def keep(there: World) -> Path:
    copy = there.root / "copy"
    shutil.copytree(there.live, copy / "live", symlinks=True)
    if (there.root / "state").exists():
        shutil.copytree(there.root / "state", copy / "state", symlinks=True)
    return copy


FOREIGN = {"a": "package a", "sub/d": "package d", "c": "package c"}
OLD = {"a": ("file", "old"), "b": ("file", "old b"), "deep/er/f": ("file", "f"), "t": ("tree", "1"), "c": ("absent", None)}
NEW = {"a": ("file", "new"), "sub/d": ("file", "d"), "sub/e": ("link", "d"), "t": ("tree", "2"), "n": ("dir", "0750")}


def prepare(there: World, old) -> tuple[Path, dict, dict]:
    for name, content in FOREIGN.items():
        (there.live / name).parent.mkdir(exist_ok=True)
        (there.live / name).write_text(content)
    untouched = snapshot(there.live)
    there.apply(old)
    return keep(there), untouched, snapshot(there.live)


def expect_healed(there: World, old_files: dict, untouched: dict, new: dict, new_files: dict, turn: int) -> None:
    """After the kill: half on disk, perhaps; after any next run (they take turns): new, old or nothing, whole."""
    if turn % 4 == 1:
        with pytest.raises(ConfigSetError):
            there.apply({**new, "refused": ("file", "x")}, validate=["false"])
        assert snapshot(there.live) in (old_files, new_files), f"refused after {turn}"
    elif turn % 4 == 3:
        there.apply({}, state="absent")
        assert snapshot(there.live) == untouched, f"taken away after {turn}"
        assert leftovers(there) == []
    else:
        there.apply(new)
        assert snapshot(there.live) == new_files, f"finished after {turn}"
        assert leftovers(there) == []
        assert not there.apply(new).changed


@pytest.mark.parametrize(
    ("old", "new", "failing"), [(OLD, NEW, False), (OLD, NEW, True), (NEW, OLD, True), ({}, NEW, False), (OLD, {}, False)]
)
def test_killed_at_every_write(old, new, failing):
    with world() as there:
        copy, untouched, old_files = prepare(there, old)
        there.apply(new)
        new_files = snapshot(there.live)
        more = {"commands": ["false"]} if failing else {}
        for number in range(10000):
            reset(there, copy)
            if not there.killed_at(new, number, **more):
                break
            expect_healed(there, old_files, untouched, new, new_files, number + failing)
        assert number > 40
        assert snapshot(there.live) == (old_files if failing else new_files)


def test_a_kill_during_recovery_is_healed_too():
    with world() as there:
        copy, untouched, old_files = prepare(there, OLD)
        there.apply(NEW)
        new_files = snapshot(there.live)
        log = there.root / "log"
        more = {"commands": [f"touch {log}"]}
        settled = 0
        while not log.exists():  # the last kill before this came when all was swapped and nothing settled
            reset(there, copy)
            assert there.killed_at(NEW, settled, **more)
            settled += 1
        for number in range(10000):
            reset(there, copy)
            assert there.killed_at(NEW, settled - 2, **more)
            if not there.killed_at(NEW, number):
                break
            expect_healed(there, old_files, untouched, NEW, new_files, number)
        assert number > 80


def test_what_a_package_brings_after_a_kill_before_the_swap_is_not_taken_for_ours():
    with world() as there:
        for number in range(10000):
            killed = there.killed_at({"a": ("file", "new")}, number)
            if not killed or (there.live / "a").exists():
                break
            (there.live / "a").write_text("package")
            there.apply({}, state="absent")
            assert (there.live / "a").read_text() == "package"
            (there.live / "a").unlink()
        assert number > 10


@pytest.mark.parametrize("refused_between", [False, True])
@pytest.mark.parametrize("then", [OLD, NEW], ids=["then back", "then again"])
def test_the_commands_see_the_last_state_whenever_the_kill_comes(then, refused_between):
    """A command stands for a daemon: what it last read has to be what is there in the end."""
    with world() as there:
        view = there.root / "view"
        commands = [f"sh -c 'cat {there.live}/a > {view}'"]
        there.apply(OLD, commands=commands)
        copy = keep(there)
        for number in range(10000):
            reset(there, copy)
            view.write_text("old")
            if not there.killed_at(NEW, number, commands=commands):
                break
            if refused_between:
                with pytest.raises(ConfigSetError):
                    there.apply({**NEW, "refused": ("file", "x")}, commands=commands, validate=["false"])
            there.apply(then, commands=commands)
            assert view.read_text() == (there.live / "a").read_text() == then["a"][1], f"killed at {number}"
            assert leftovers(there) == []
            assert not there.apply(then, commands=commands).changed
        assert number > 50


ITEMS = st.one_of(
    st.tuples(st.just("file"), st.sampled_from(["", "1", "22"])),
    st.tuples(st.just("link"), st.sampled_from(["x", "y"])),
    st.tuples(st.just("tree"), st.sampled_from(["1", "2"])),
    st.tuples(st.just("dir"), st.sampled_from(["0700", "0755"])),
    st.tuples(st.just("absent"), st.none()),
)
SETS = st.dictionaries(st.sampled_from(NAMES), ITEMS, max_size=5)
FOREIGNS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["f", "g"]), max_size=4)


@hypothesis.settings(max_examples=25)
@hypothesis.given(FOREIGNS, SETS, SETS, st.data())
def test_random_sets_killed_anywhere_end_as_the_new_set(foreign, old, new, data):
    with world() as there:
        for name, content in foreign.items():
            (there.live / name).parent.mkdir(parents=True, exist_ok=True)
            (there.live / name).write_text(content)
        untouched = snapshot(there.live)
        try:
            there.apply(old)
        except ConfigSetError:
            assert snapshot(there.live) == untouched
            return
        old_files = snapshot(there.live)
        copy = keep(there)
        try:
            there.apply(new)
        except ConfigSetError:  # what is a file is wanted as a directory, or the other way round
            assert snapshot(there.live) == old_files
            return
        new_files = snapshot(there.live)
        for name, (kind, value) in new.items():
            assert (name in new_files) == (kind != "absent")
            if kind in ("file", "link"):
                assert new_files[name][0] == kind
                assert new_files[name][-1] == (value.encode() if kind == "file" else value)
        reset(there, copy)
        if there.killed_at(new, data.draw(st.integers(0, 120))):
            expect_healed(there, old_files, untouched, new, new_files, len(new))

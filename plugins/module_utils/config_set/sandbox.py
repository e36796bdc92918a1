# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the validators where the new set already stands at its final paths, while the host goes on with the old one.

A child in a mount namespace of its own lays an overlay in memory over every directory that the set touches and does the real
operations there, so that new, changed and removed files, links and trees are all seen. Nothing is written on the host.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
from collections.abc import Sequence
from typing import Callable

from .command import Result, run
from .model import ConfigSetError
from .node import Op
from .observe import mount_points
from .swap import Record, Swap

CLONE_NEWNS = 0x00020000
MS_NOSUID, MS_NODEV, MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 2, 4, 0x1000, 0x2000, 0x4000, 0x40000
MNT_DETACH = 2
STANDS = ("/mnt", "/media", "/opt", "/srv", "/tmp", "/run")


class Unavailable(Exception):
    """No private view can be made here; the reason is for a warning."""


def validate(name: str, ops: Sequence[Op], lines: Sequence[str]) -> list[Result]:
    """The results of the validators I(lines) up to the first failure; raises L(Unavailable) where no view can be made."""
    folders = affected(ops)
    return _in_child(lambda: _check(name, ops, lines, folders))


def affected(ops: Sequence[Op]) -> list[str]:
    """The existing directories in which the operations happen, outermost first."""
    found = set()
    for op in ops:
        folder = os.path.dirname(op.path)
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        if folder == "/":
            raise Unavailable(f"{op.path} is to be made in the root directory")
        found.add(folder)
    return sorted(found)


def _check(name: str, ops: Sequence[Op], lines: Sequence[str], folders: Sequence[str]) -> list[Result]:
    _private_view(folders)
    swap = Swap(name, [Record.of(op) for op in ops])
    swap.stage(ops)
    swap.commit(ops)
    swap.clean()
    results: list[Result] = []
    for line in lines:
        results.append(run(line))
        if results[-1].failed:
            break
    return results


def _private_view(folders: Sequence[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)

    def call(what: str, code: int) -> None:
        if code != 0:
            raise Unavailable(f"{what}: {os.strerror(ctypes.get_errno())}")

    def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
        words = [None if word is None else os.fsencode(word) for word in (source, target, kind, options)]
        call(f"mount {kind or ''} on {target}", libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]))

    call("unshare", libc.unshare(CLONE_NEWNS))
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    stand = _stand(folders)
    points = mount_points()
    mount("tmpfs", stand, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700")
    for index, folder in enumerate(_outermost(folders, points)):
        layers = [os.path.join(stand, f"{index}.{part}") for part in ("upper", "work")]
        below = [point for point in points if point.startswith(folder + "/")]
        for layer in layers:
            os.mkdir(layer, 0o700)
        _copy_meta(folder, layers[0])
        held = [_hold(mount, point, os.path.join(stand, f"{index}.{number}")) for number, point in enumerate(below)]
        os.chdir(folder)  # so that no character of the path can disturb the options
        mount("overlay", folder, "overlay", 0, f"lowerdir=.,upperdir={layers[0]},workdir={layers[1]}")
        os.chdir("/")
        for point, place in zip(below, held):
            mount(place, point, None, MS_MOVE)
    call("umount", libc.umount2(os.fsencode(stand), MNT_DETACH))


def _stand(folders: Sequence[str]) -> str:
    """A directory of the host on which to put the memory for a moment: it is hidden only while the view is made."""
    for stand in STANDS:
        busy = any(folder == stand or folder.startswith(stand + "/") for folder in folders)
        if not busy and os.path.isdir(stand) and not os.path.islink(stand):
            return stand
    raise Unavailable("no directory is left to mount on")


def _outermost(folders: Sequence[str], points: Sequence[str]) -> list[str]:
    """Without those that an overlay further up covers; an overlay ends where another file system is mounted."""
    found: list[str] = []
    for folder in sorted(folders):
        holder = max(
            (point for point in points if folder == point or folder.startswith(point.rstrip("/") + "/")), key=len, default="/"
        )
        if not any(folder == outer or (folder.startswith(outer + "/") and len(holder) <= len(outer)) for outer in found):
            found.append(folder)
    return found


def _hold(mount: Callable[..., None], point: str, place: str) -> str:
    """Keeps a file system that is mounted below an overlay, to be put back on top of it."""
    if os.path.isdir(point):
        os.mkdir(place)
    else:
        os.close(os.open(place, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    mount(point, place, None, MS_BIND | MS_REC)
    return place


def _copy_meta(folder: str, layer: str) -> None:
    seen = os.stat(folder)
    os.chown(layer, seen.st_uid, seen.st_gid)
    os.chmod(layer, seen.st_mode & 0o7777)


def _in_child(work: Callable[[], list[Result]]) -> list[Result]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _answer(writer, work)
    os.close(writer)
    try:
        with open(reader, "rb") as handle:
            answer = handle.read()
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.waitpid(child, 0)
    if not answer:
        raise Unavailable("the checking process died")
    kind, value = json.loads(answer)
    if kind == "results":
        return [Result(*item) for item in value]
    if kind == "unavailable":
        raise Unavailable(value)
    raise ConfigSetError([f"validate: the set cannot be put together: {value}"])


def _answer(writer: int, work: Callable[[], list[Result]]) -> None:
    """Runs in the child and never returns."""
    try:
        try:
            answer = ["results", [[item.command, item.code, item.output] for item in work()]]
        except Unavailable as error:
            answer = ["unavailable", str(error)]
        except Exception as error:
            answer = ["error", f"{type(error).__name__}: {error}"]
        with open(writer, "wb") as handle:
            handle.write(json.dumps(answer).encode())
    finally:
        os._exit(0)

"""Base images: what a minimal Debian server install has, built once from the machine's own mirror and cached."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import time
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import kernel
from .state import CHECKOUT, LabError, run
from .topology import FLAVOURS

CACHE = CHECKOUT / ".cache/lab-base"
ARCHIVES = CHECKOUT / ".cache/lab-packages"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

# Counts with the package lists of bases.toml: raise it when the way of building changes.
RECIPE = 1


@dataclass(frozen=True)
class Mirror:
    """Where Debian comes from; `security` is None when the machine has no such source."""

    main: str
    security: str | None

    @classmethod
    def of_machine(cls) -> Mirror:
        """The machine's own apt sources; ONPREM_LAB_MIRROR=MAIN[,SECURITY] where those are not Debian's."""
        if chosen := os.environ.get("ONPREM_LAB_MIRROR"):
            main, _, security = chosen.partition(",")
            return cls(main, security or None)
        lines = run("apt-get", "indextargets", "--format", "$(CREATED_BY)|$(ORIGIN)|$(LABEL)|$(REPO_URI)").splitlines()
        found: dict[str, str] = {}
        for line in lines:
            kind, origin, label, address = line.split("|")
            if (kind, origin) == ("Packages", "Debian"):
                found.setdefault(label, address)
        if "Debian" not in found:
            raise LabError(
                "no Debian mirror in this machine's apt sources: run apt-get update, "
                "or name one in ONPREM_LAB_MIRROR (http://HOST/debian[,http://HOST/debian-security])"
            )
        return cls(found["Debian"], found.get("Debian-Security"))

    def sources(self, suite: str) -> str:
        """The lines of a sources.list."""
        lines = [f"deb {self.main} {suite} main", f"deb {self.main} {suite}-updates main"]
        if self.security:
            lines.append(f"deb {self.security} {suite}-security main")
        return "".join(f"{line}\n" for line in lines)


def packages(flavour: str) -> list[str]:
    """What a flavour holds; bases.toml says it, and `+desk` there stands for all of `desk`."""
    lists: dict[str, list[str]] = tomllib.loads((CHECKOUT / "lab/bases.toml").read_text())
    own = lists.get(flavour, [])
    others = [package for item in own if item.startswith("+") for package in lists[item[1:]]]
    return sorted([*lists["server"], *others, *(item for item in own if not item.startswith("+"))])


def path(name: str) -> Path:
    """Root of a base image (`trixie`, `trixie-desk`), there or not; another package list is another path."""
    suite, _, flavour = name.partition("-")
    key = "\n".join([str(RECIPE), suite, *packages(flavour)])
    return CACHE / name / hashlib.sha256(key.encode()).hexdigest()[:8]


def ensure(names: Iterable[str]) -> list[str]:
    """Build what is missing, two at a time; gives a line about each image. Raises LabError."""
    wanted = sorted(set(names))
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(_ensure_one, wanted))


def _ensure_one(name: str) -> str:
    root = path(name)
    if root.is_dir():
        return f"base {name}: cached"
    root.parent.mkdir(parents=True, exist_ok=True)
    with (root.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another lab may be at it
        if root.is_dir():
            return f"base {name}: cached"
        started = time.monotonic()
        _build(name, root)
    size = run("du", "-sm", root).split()[0]
    return f"base {name}: built, {size} MB, {time.monotonic() - started:.0f} s"


def _build(name: str, root: Path) -> None:
    suite, _, flavour = name.partition("-")
    mirror = Mirror.of_machine()
    archives = ARCHIVES / suite
    archives.mkdir(parents=True, exist_ok=True)
    unfinished = root.with_suffix(".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a build that was killed: its mounts died with it
    environment = {**os.environ, "ARCHIVES": str(archives), "LC_ALL": "C.UTF-8", "TMPDIR": str(root.parent)}
    command = [
        *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"),
        *("mmdebstrap", "--mode=root", "--format=directory", "--variant=minbase", "--quiet"),
        *(f"--keyring={KEYRING}", "--skip=essential/unlink", f"--include={','.join(packages(flavour))}"),
        *('--aptopt=Acquire::Retries "3"', *_proxies()),
        # hard links: a package is downloaded once and costs its space once
        '--setup-hook=mkdir -p "$1/var/cache/apt/archives"; ln "$ARCHIVES"/*.deb "$1/var/cache/apt/archives/" || true',
        '--customize-hook=ln -f "$1"/var/cache/apt/archives/*.deb "$ARCHIVES/"',
        '--customize-hook=rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/hostname; : >"$1/etc/machine-id"',
        # what comes with a flavour is there and does nothing
        "--customize-hook=for unit in firewalld named; do "
        '! [ -e "$1/usr/lib/systemd/system/$unit.service" ] || systemctl --root="$1" disable "$unit"; done',
        '--customize-hook=chroot "$1" useradd --create-home --shell /bin/bash user',
        *(suite, str(unfinished), "-"),
    ]
    log = root.parent / "build.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=environment, preexec_fn=kernel.die_with_parent
        )
        process.communicate(mirror.sources(suite).encode())
    if process.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise LabError(f"base {name} could not be built; the end of {log}:\n{tail}")
    unfinished.rename(root)


def _proxies() -> list[str]:
    """The machine's own proxy settings for apt, as options of mmdebstrap."""
    lines = run("apt-config", "dump", "--format", '%f "%v";%n', "Acquire::http", "Acquire::https").splitlines()
    return [f"--aptopt={line}" for line in lines if "::Proxy" in line and not line.endswith('"";')]


@contextlib.contextmanager
def held(names: Iterable[str]) -> Iterator[None]:
    """Keep images from being pruned, by this checkout or by another one that shares the cache."""
    with contextlib.ExitStack() as locks:
        for name in sorted(set(names)):
            folder = os.open(path(name), os.O_RDONLY | os.O_DIRECTORY)
            locks.callback(os.close, folder)
            fcntl.flock(folder, fcntl.LOCK_SH)
        yield


def prune() -> None:
    """Remove images that no current package list leads to and that no lab stands on.

    A flavour that is unknown here is another checkout's, when two share a cache: it stays.
    """
    for folder in CACHE.glob("*/????????"):
        flavour = folder.parent.name.partition("-")[2] or "server"
        if flavour in FLAVOURS and folder != path(folder.parent.name):
            _remove_unless_held(folder)


def _remove_unless_held(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        shutil.rmtree(folder)
    finally:
        os.close(lock)

"""A throw-away Debian: the lab's base image and the rivals' packages, in a network namespace with two idle interfaces."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab import base

from .machine import CHECKOUT, WORK, BenchmarkError, say

INSIDE = "/bench"

# $1 the folder that is seen as /bench, $2 the lower folders, $3 what is run; all mounts die with the namespace
ENTER = """
set -e
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay none -o "lowerdir=$2,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
mount -t proc none /mnt/root/proc
mount --rbind /dev /mnt/root/dev
mount -t sysfs -o ro none /mnt/root/sys
mount -t tmpfs none /mnt/root/run
mkdir -p /mnt/root/bench /mnt/root/onprem
mount --bind "$1" /mnt/root/bench
mount --bind "$4" /mnt/root/onprem
ip link set lo up
interface() {
  ip link add "$1" type veth peer name "$1.far"
  ip address add "$2" dev "$1"
  ip link set "$1" up
  ip link set "$1.far" up
}
interface wan0 203.0.113.10/24
interface lan0 10.0.0.1/16
exec env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot /mnt/root bash -c "$3"
"""

INSTALL = """
set -e
printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends $PACKAGES
"""


@dataclass(frozen=True)
class Root:
    """A Debian with packages on top; nothing that runs in it changes it."""

    suite: str
    packages: tuple[str, ...]

    @property
    def layer(self) -> Path:
        """What the packages added, kept from run to run."""
        key = hashlib.sha256("\n".join([str(base.path(self.suite)), *self.packages]).encode()).hexdigest()[:8]
        return WORK / "roots" / f"{self.suite}-{key}"

    def install(self) -> None:
        """Make it, unless it is there. Raises BenchmarkError."""
        base.ensure([self.suite])
        if self.layer.is_dir():
            return
        say(f"installing {', '.join(self.packages)} of {self.suite} into a folder of their own")
        unfinished = self.layer.with_suffix(".tmp")
        shutil.rmtree(unfinished, ignore_errors=True)
        for name in ("upper", "work", "root"):
            (unfinished / name).mkdir(parents=True)
        script = f"""
            set -e
            cd "{unfinished}"
            mount -t overlay none -o lowerdir="{base.path(self.suite)}",upperdir=upper,workdir=work root
            mount -t proc none root/proc
            mount --rbind /dev root/dev
            touch root/etc/resolv.conf
            mount --bind /etc/resolv.conf root/etc/resolv.conf
            PACKAGES="{" ".join(self.packages)}" exec chroot root bash -c "$1"
        """
        command = ["unshare", "--mount", "--propagation", "private", "bash", "-c", script, "-", INSTALL]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchmarkError(f"the rivals could not be installed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        (unfinished / "upper").rename(self.layer)
        shutil.rmtree(unfinished)

    def run(self, script: str, files: Mapping[str, str], seconds: float) -> str:
        """Run a shell script in a fresh copy, with ``files`` in /bench and the checkout in /onprem; returns what it printed.

        Raises BenchmarkError when it fails or takes longer than ``seconds``.
        """
        work = WORK / "given"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        for name, text in files.items():
            (work / name).write_text(text)
        lower = f"{self.layer}:{base.path(self.suite)}"
        unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
        command = [*unshare, "bash", "-c", ENTER, "-", str(work), lower, script, str(CHECKOUT)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise BenchmarkError(f"took longer than {seconds:.0f} s") from error
        if done.returncode:
            raise BenchmarkError(f"exit code {done.returncode}:\n{done.stdout[-1500:]}{done.stderr[-3000:]}")
        return done.stdout

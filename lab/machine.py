"""One host: its overlay over the shared base, its first files, and systemd-nspawn to boot it."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from typing import NoReturn

from . import base, fabric, kernel
from .state import Lab, run
from .topology import Host, Topology

KEY = "ssh_host_ed25519_key"


def prepare(lab: Lab, topology: Topology) -> None:
    """Make the keys of the lab and of all its hosts, and the list that lets ssh know them."""
    _make_key(lab.directory / "key")
    known = []
    for host in topology.hosts:
        folder = lab.host_directory(host.name)
        folder.mkdir(parents=True)
        _make_key(folder / KEY)
        public = " ".join((folder / f"{KEY}.pub").read_text().split()[:2])
        known.append(f"{','.join([host.name, *host.addresses])} {public}\n")
    (lab.directory / "known_hosts").write_text("".join(known))


def _make_key(path: Path) -> None:
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", path)


def launch(lab: Lab, host: Host, cgroup: Path) -> NoReturn:
    """Become a host's systemd-nspawn; runs in a child of the supervisor. Raises OSError or LabError."""
    folder = lab.host_directory(host.name)
    os.chdir(folder)
    log = os.open("console.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    if not os.path.ismount("root"):
        _mount_root(host)
    if not Path("prepared").exists():
        _first_files(lab, host)
        Path("prepared").touch()
    fabric.plug(host)
    cgroup.mkdir(exist_ok=True)  # its own: hosts that share one fight over it silently
    (cgroup / "cgroup.procs").write_text("0")
    os.dup2(log, 1)
    os.dup2(log, 2)
    command = [
        *("systemd-nspawn", "--quiet", "--boot", "--directory=root"),
        *(f"--machine={lab.name}-{host.name}", f"--hostname={host.name}"),
        *(f"--network-namespace-path=/run/netns/{host.name}", "--capability=CAP_NET_ADMIN"),
        *("--keep-unit", "--register=no", "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=read-only"),
        *host.nspawn,
    ]
    # Without this variable the host's sysctls are refused, silently.
    os.execvpe(command[0], command, {**os.environ, "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"})


def _mount_root(host: Host) -> None:
    for name in ("upper", "work", "root"):
        Path(name).mkdir(exist_ok=True)
    # A relative link: the mount options would not take a comma or a colon in the checkout's path.
    lower = Path("base")
    lower.unlink(missing_ok=True)
    lower.symlink_to(os.path.relpath(base.path(host.base)))
    kernel.mount("overlay", "root", "overlay", "lowerdir=base,upperdir=upper,workdir=work")


def _first_files(lab: Lab, host: Host) -> None:
    etc = Path("root/etc")
    (etc / "hostname").write_text(f"{host.name}\n")
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {host.name}\n::1 localhost ip6-localhost ip6-loopback\n")
    (etc / "machine-id").write_text(f"{uuid.uuid4().hex}\n")  # an empty one gives all hosts the same
    (etc / "resolv.conf").unlink(missing_ok=True)
    (etc / "resolv.conf").write_text("".join(f"nameserver {address}\n" for address in host.dns))
    for name in (KEY, f"{KEY}.pub"):
        shutil.copy(name, etc / "ssh" / name)
    authorized = Path("root/root/.ssh")
    authorized.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(lab.directory / "key.pub", authorized / "authorized_keys")

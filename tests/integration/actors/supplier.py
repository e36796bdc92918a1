"""The supplier: brings Debian packages to a host of the lab that its site does not have, and takes them away again.

They come from where the lab's base images come from (ONPREM_LAB_MIRROR), and stay in .cache/lab-supplies.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .desk import CHECKOUT, EXEC, run

CACHE = CHECKOUT / ".cache/lab-supplies"
#: No service starts by itself: who wants one starts it.
INSTALL = r"""
mkdir -p /run/supplies
tar -x -C /run/supplies
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
DEBIAN_FRONTEND=noninteractive dpkg --install /run/supplies/*.deb
rm -r /run/supplies /usr/sbin/policy-rc.d
"""


def _missing(host: str, folder: Path, packages: tuple[str, ...]) -> list[Path]:
    """The files of the packages and of what they need, as far as the host does not have it."""
    sys.path.insert(0, str(CHECKOUT))
    from lab import base

    suite = run(host, "sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME").strip()
    lists, archives = CACHE / suite / "lists", CACHE / suite / "archives"
    for one in (lists, archives, folder):
        (one / "partial").mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(base.Mirror.of_machine().sources(suite), encoding="utf-8")
    (folder / "status").write_text(run(host, "cat", "/var/lib/dpkg/status"), encoding="utf-8")
    options = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::trusted": base.KEYRING,
        "Dir::State::lists": lists,
        "Dir::State::status": folder / "status",
        "Dir::Cache::archives": archives,
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", "--yes", *(f"-o{name}={value}" for name, value in options.items())]
    subprocess.run([*apt, "update"], check=True)
    # 'ADDRESS' FILE SIZE SUM of each, unless it lies among the archives; so with none
    asked = [*apt, f"-oDir::Cache::archives={folder}", "install", "--print-uris", *packages]
    rows = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    names = [row.split()[1] for row in rows.splitlines() if row.startswith("'")]
    subprocess.run([*apt, "install", "--download-only", *packages], check=True, stdout=subprocess.DEVNULL)
    return [archives / name for name in names]


def _install(host: str, files: list[Path]) -> None:
    heap = io.BytesIO()
    with tarfile.open(fileobj=heap, mode="w") as tar:
        for file in files:
            tar.add(file, file.name)
    subprocess.run([*EXEC, host, "sh", "-euc", INSTALL], input=heap.getvalue(), check=True, capture_output=True, cwd="/")


@contextmanager
def supplied(host: str, folder: Path, *packages: str) -> Iterator[None]:
    """The packages are installed inside the block, and gone after it."""
    files = _missing(host, folder, packages)
    if not files:
        yield
        return
    try:
        _install(host, files)
        yield
    finally:
        run(host, "dpkg", "--purge", *(file.name.split("_")[0] for file in files))


def main(host: str, *packages: str) -> None:
    """Install the packages for good, for a scenario that prepares itself: `python -m ...actors.supplier HOST PACKAGE...`."""
    with tempfile.TemporaryDirectory() as folder:
        files = _missing(host, Path(folder), packages)
        if files:
            _install(host, files)


if __name__ == "__main__":
    main(*sys.argv[1:])

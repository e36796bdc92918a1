"""What listens on this host, and which process holds it: out of /proc, so that a bare host needs no tool for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.onprem.chat.plugins.module_utils.preflight import procnet


def text(path: str | Path) -> str:
    """Content of a file, empty when it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def holders() -> dict[str, tuple[int, str]]:
    """Which process has which socket: {inode: (pid, name)}."""
    owners: dict[str, tuple[int, str]] = {}
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            links = [str(link.readlink()) for link in (process / "fd").iterdir()]
        except OSError:
            continue
        inodes = [inode for inode in map(procnet.socket_inode, links) if inode]
        name = text(process / "comm").strip() if inodes else ""
        for inode in inodes:
            # systemd keeps the listening socket that it has handed on: the daemon is the holder then
            if inode not in owners or owners[inode][0] == 1:
                owners[inode] = (int(process.name), name)
    return owners


def listening() -> list[dict[str, Any]]:
    """Every listening socket with protocol, address, port, process and pid."""
    found: list[procnet.Listener] = []
    for protocol in ("tcp", "udp"):
        for table in (protocol, protocol + "6"):
            found.extend(procnet.listeners(protocol, text(f"/proc/net/{table}")))
    return procnet.merged(found, holders())

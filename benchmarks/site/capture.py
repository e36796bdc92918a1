"""The configuration of a host that playbooks/airgap.yml has finished: what the rivals have to write too."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from .machine import CHECKOUT, Site

# Each rival makes certificates of its own and derives these from them
OF_CERTIFICATES = (
    "/etc/onprem-chat/tls/",
    "/var/www/onprem-chat/pki/",
    "/usr/local/share/ca-certificates/",
    "/etc/chromium/",
    "/etc/opt/chrome/",
)
# Written by our roles, but not as files of a set
BESIDE_THE_SETS = ("/etc/hosts", "/etc/apt/onprem-chat.list", "/etc/apt/apt.conf.d/99onprem-chat-offline")
LIST = """
import glob, json
for manifest in sorted(glob.glob("/var/lib/onprem-chat/sets/*.json")):
    for path, entry in sorted(json.load(open(manifest))["entries"].items()):
        if entry["kind"] == "file" and not entry["tree"]:
            print(path)
"""

# What a flat playbook in the wild does without: other programs that write resolv.conf, policies for browsers, our health check
NOT_FLAT = ("/etc/NetworkManager/", "/etc/dhcp", "/etc/systemd/resolved", "/etc/firefox/", "/usr/local/lib/onprem-chat/")
DONE_BEFORE = ("/etc/apt/",)
# Files of one kind are one task with a loop
LOOPS = {
    "/etc/bind/zones/": "zones",
    "/etc/nginx/onprem-chat/": "parts of the web server's configuration",
    "/etc/systemd/system/": "drop-ins of units",
    "/var/www/onprem-chat/web/": "files of the web client",
}
HANDLERS = {
    "chrony": "Restart chrony",
    "bind": "Restart named",
    "named": "Restart named",
    "postgresql": "Restart postgresql",
    "nginx": "Restart nginx",
    "ejabberd": "Restart ejabberd",
    "epmd": "Restart ejabberd",
}


@dataclass(frozen=True)
class ConfigFile:
    """A file of the finished host."""

    path: str
    owner: str
    group: str
    mode: str
    content: bytes

    @property
    def handler(self) -> str | None:
        """What a flat playbook restarts when the file changes."""
        return next((handler for word, handler in HANDLERS.items() if self.path.startswith("/etc/") and word in self.path), None)

    @property
    def loop(self) -> str | None:
        """The folder whose files are one task."""
        return next((folder for folder in LOOPS if self.path.startswith(folder)), None)


def capture(site: Site, host: str) -> tuple[ConfigFile, ...]:
    """Every configuration file that does not hold certificates."""
    listed = site.read(host, "python3", "-c", LIST).decode().split("\n")
    wanted = [path for path in (*listed, *BESIDE_THE_SETS) if path and not path.startswith(OF_CERTIFICATES)]
    archive = site.read(host, "tar", "-C", "/", "-c", *(path.lstrip("/") for path in wanted))
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tuple(_file(tar, member) for member in tar.getmembers())


def _file(tar: tarfile.TarFile, member: tarfile.TarInfo) -> ConfigFile:
    content = tar.extractfile(member)
    return ConfigFile(f"/{member.name}", member.uname, member.gname, f"{member.mode:04o}", content.read() if content else b"")


def write_payload(folder: Path, files: tuple[ConfigFile, ...], packages: list[str]) -> None:
    """What both rivals carry: files/, files.txt, packages.txt, ca.cnf."""
    for file in files:
        target = folder / "files" / file.path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
    lines = [f"{file.owner} {file.group} {file.mode} {file.path}\n" for file in files]
    (folder / "files.txt").write_text("".join(lines))
    (folder / "packages.txt").write_text(" ".join(packages) + "\n")
    (folder / "ca.cnf").write_text((CHECKOUT / "benchmarks/site/ca.cnf").read_text())


def flat_tasks(files: tuple[ConfigFile, ...]) -> list[dict]:
    """One template or copy task a file, or a folder of files of one kind; as a flat playbook has them."""
    chosen = [file for file in files if not file.path.startswith((*NOT_FLAT, *DONE_BEFORE))]
    folders = {file.loop: [other for other in chosen if other.loop == file.loop] for file in chosen if file.loop}
    tasks = [_task(f"Write {file.path}", [file]) for file in chosen if not file.loop]
    for folder, members in folders.items():
        of_units = folder.startswith("/etc/systemd")
        parents = sorted({str(Path(file.path).parent) for file in members})
        task = {"name": f"Make the folder of {LOOPS[folder]}", "ansible.builtin.file": {"state": "directory", "mode": "0755"}}
        task["ansible.builtin.file"]["path"] = "{{ item }}" if of_units else parents[0]
        tasks += [{**task, "loop": parents} if of_units else task, _task(f"Write the {LOOPS[folder]}", members)]
    return tasks


def _task(name: str, files: list[ConfigFile]) -> dict:
    plain = all(mark not in file.content for file in files for mark in (b"{{", b"{%", b"{#"))
    module = "ansible.builtin.template" if plain and files[0].path.startswith("/etc/") else "ansible.builtin.copy"
    first, looped = files[0], len(files) > 1
    path = "{{ item }}" if looped else first.path
    arguments = {
        "src": "{{ payload }}/files" + path,
        "dest": path,
        "owner": first.owner,
        "group": first.group,
        "mode": first.mode,
    }
    task: dict = {"name": name, module: arguments}
    if looped:
        task["loop"] = [file.path for file in files]
    handlers = sorted({file.handler for file in files if file.handler})
    return {**task, "notify": handlers} if handlers else task


def write_flat_tasks(folder: Path, files: tuple[ConfigFile, ...]) -> None:
    """files.yml of the flat playbook."""
    (folder / "files.yml").write_text("---\n" + yaml.safe_dump(flat_tasks(files), sort_keys=False, width=200))

"""Outside, a router with the real tools of a Debian release, and a host behind it: in namespaces, gone with one process each."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import ansible

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
ANSIBLE = Path(ansible.__file__).parent
CACHE = CHECKOUT / ".cache/nat-probe"
FAR, PUBLIC, ROUTER, SERVER = "198.51.100.77", "203.0.113.10", "192.168.1.1", "192.168.1.30"
LINKS = f"""
set -e
ip link add wan0 type veth peer name eth0 netns $OUTSIDE
ip link add lan0 type veth peer name eth0 netns $INSIDE
ip address add {PUBLIC}/24 dev wan0
ip address add {ROUTER}/24 dev lan0
ip link set lo up; ip link set wan0 up; ip link set lan0 up
ip route add default via 203.0.113.1
sysctl -qw net.ipv4.ip_forward=1
"""
OUTSIDE = f"ip link set lo up; ip address add 203.0.113.1/24 dev eth0; ip address add {FAR}/32 dev lo; ip link set eth0 up"
INSIDE = f"ip link set lo up; ip address add {SERVER}/24 dev eth0; ip link set eth0 up; ip route add default via {ROUTER}"
#: What our own table does, in short: forwards, hairpin, ordinary outbound NAT, and an accept for all of it.
OURS = f"""
table inet onprem_chat {{
  chain pre {{ type nat hook prerouting priority dstnat
    ip daddr {PUBLIC} meta l4proto {{ tcp, udp }} th dport {{ 443, 50000-50100 }} dnat ip to {SERVER}
  }}
  chain post {{ type nat hook postrouting priority srcnat
    ct status dnat ip saddr 192.168.1.0/24 ip daddr 192.168.1.0/24 snat ip to {ROUTER}
    oifname "wan0" ip saddr 192.168.1.0/24 snat ip to {PUBLIC}
  }}
  chain forward {{ type filter hook forward priority filter
    accept
  }}
}}
"""
PORTS = [
    {"protocol": "tcp", "port": "443", "host": SERVER, "public_address": PUBLIC},
    {"protocol": "udp", "port": "50000-50100", "host": SERVER, "public_address": PUBLIC},
]
#: Where Ansible and the collection are seen in the router's system.
LIBRARY = "/opt/library"
PROBE = f"""
import json, sys
sys.path.insert(0, "{LIBRARY}")
from ansible.module_utils.testing import patch_module_args
from ansible_collections.onprem.chat.plugins.modules import nat_probe
with patch_module_args(json.load(sys.stdin)):
    nat_probe.main()
"""
ASK = """
import socket, sys
kind, target, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
sock.settimeout(float(sys.argv[4]))
try:
    sock.connect((target, port))
    kind == "udp" and sock.send(b"?")
    print(sock.recv(9).decode())
except OSError:
    print("")
"""


def system(suite: str) -> Path:
    """Root of a system with the tools, made once; raises what its making raises."""
    sys.path.insert(0, str(CHECKOUT))
    from lab import base

    root = CACHE / suite
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{suite}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            base.ensure([suite])
            unfinished = root.with_suffix(".tmp")
            shutil.rmtree(unfinished, ignore_errors=True)
            subprocess.run(["cp", "-a", base.path(suite), unfinished], check=True)
            isolated = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
            with (CACHE / f"{suite}.log").open("wb") as log:
                subprocess.run([*isolated, str(HERE / "packages"), unfinished], check=True, stdout=log, stderr=log)
            unfinished.rename(root)
    return root


class Network:
    """Three namespaces; commands run in each of them, those of the router in its own system."""

    def __init__(self, suite: str, folder: Path) -> None:
        self.root = folder / "root"
        self.lower = system(suite)
        self.processes: list[subprocess.Popen[bytes]] = []
        self.folder = folder
        for name in ("root", "layers"):
            (folder / name).mkdir()
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def _build(self) -> None:
        self.outside = self._namespace("exec sleep infinity")
        self.inside = self._namespace("exec sleep infinity")
        self.router = self._namespace(self._mounts())
        self._wait(lambda: (self.folder / "ready").exists())
        names = {"OUTSIDE": str(self.outside), "INSIDE": str(self.inside)}
        # by the machine's process ids, so not in the process namespace
        run = ["nsenter", "-t", str(self.router), "--net", "bash", "-c", LINKS]
        subprocess.run(run, check=True, env={**os.environ, **names})
        self._in(self.outside, "bash", "-c", OUTSIDE)
        self._in(self.inside, "bash", "-c", INSIDE)
        for where in (self.outside, self.inside):
            self._serve(where, "answer.py")
        self.sh("nft -f - <<'X'\n" + OURS + "X")
        self._wrapper()

    def _mounts(self) -> str:
        layers, root = self.folder / "layers", self.root
        return f"""
        set -e
        mount -t tmpfs tmpfs {layers}
        mkdir {layers}/upper {layers}/work
        mount -t overlay overlay -o lowerdir={self.lower},upperdir={layers}/upper,workdir={layers}/work {root}
        mount -t proc proc {root}/proc
        mount -t sysfs -o ro sysfs {root}/sys
        mount --rbind /dev {root}/dev
        mount -t tmpfs tmpfs {root}/run
        mount -t tmpfs tmpfs {root}/tmp
        mkdir -p {root}{LIBRARY}/ansible {root}{LIBRARY}/ansible_collections/onprem/chat/plugins
        mount --bind {ANSIBLE} {root}{LIBRARY}/ansible
        mount --bind {CHECKOUT}/plugins {root}{LIBRARY}/ansible_collections/onprem/chat/plugins
        touch {self.folder}/ready
        exec sleep infinity
        """

    def _namespace(self, script: str) -> int:
        isolated = ["unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
        process = subprocess.Popen([*isolated, "bash", "-c", script])
        self.processes.append(process)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        self._wait(lambda: children.read_text().split())
        return int(children.read_text().split()[0])

    @staticmethod
    def _wait(condition) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, "it does not come up"
            time.sleep(0.02)

    @staticmethod
    def _enter(pid: int) -> list[str]:
        return ["nsenter", "-t", str(pid), "--net", "--mount", "--pid"]

    def _in(self, pid: int, *command: str) -> str:
        done = subprocess.run([*self._enter(pid), *command], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def _serve(self, where: int, script: str, *words: str) -> None:
        command = [*self._enter(where), sys.executable, str(HERE / script), *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.processes.append(process)
        assert process.stdout and process.stdout.readline()

    def serve_names(self, known: dict[str, str]) -> None:
        """A name server outside, on FAR."""
        self._serve(self.outside, "names.py", *(f"{name}={address}" for name, address in known.items()))

    def _wrapper(self) -> None:
        """An interpreter for Ansible: Python of the router's system, in the router."""
        path = self.folder / "python"
        path.write_text(f'#!/bin/sh\nexec {" ".join(self._enter(self.router))} chroot {self.root} /usr/bin/python3 "$@"\n')
        path.chmod(0o755)

    def sh(self, script: str) -> str:
        """Runs a script on the router; it has to succeed."""
        return self._in(self.router, "chroot", str(self.root), "bash", "-c", script)

    def reached(self, expected: set[str]) -> set[str]:
        """Which of the site's ways work, by the kernel's own answer; for those that are expected to there is more time."""
        ways = {
            "in tcp": (self.outside, "tcp", PUBLIC, 443),
            "in udp": (self.outside, "udp", PUBLIC, 50050),
            "hairpin": (self.inside, "tcp", PUBLIC, 443),
            "out": (self.inside, "tcp", FAR, 443),
        }
        asking = {}
        for way, (pid, *words) in ways.items():
            seconds = 5 if way in expected else 0.4
            command = [*self._enter(pid), sys.executable, "-S", "-c", ASK, *map(str, words), str(seconds)]
            asking[way] = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        return {way for way, process in asking.items() if process.communicate()[0].strip()}

    def probe(self, **options) -> dict:
        """The module's answer, by the router's own Python."""
        arguments = json.dumps({"ports": PORTS, "public_address": PUBLIC, "lab": True, **options})
        done = subprocess.run(
            [self.folder / "python", "-c", PROBE], input=arguments, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def ansible(self, **options) -> dict:
        """The same as Ansible does it, with the module as it is sent to a host."""
        words = ["-i", "router,", "-c", "local", "-e", f"ansible_python_interpreter={self.folder}/python"]
        words += [
            "-m",
            "onprem.chat.nat_probe",
            "-a",
            json.dumps({"ports": PORTS, "public_address": PUBLIC, "lab": True, **options}),
            "router",
        ]
        environment = {**os.environ, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_PIPELINING": "1"}
        environment |= {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
        tool = Path(sys.executable).with_name("ansible")
        done = subprocess.run([tool, *words], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
        head, _arrow, body = done.stdout.partition("=>")
        assert "SUCCESS" in head, done.stdout + done.stderr
        return json.loads(body)

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()

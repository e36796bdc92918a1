"""A provider of the zone example.com: a primary and a secondary, real BINDs in a network of their own, gone with one process."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import ansible

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
LIBRARY = [str(CHECKOUT / ".ansible/collections"), str(Path(ansible.__file__).parents[1])]
PRIMARY, SECONDARY, NOBODY = "192.0.2.53", "192.0.2.54", "192.0.2.55"
SECRETS = {
    "site-key": base64.b64encode(b"the secret of the site, 32 bytes").decode(),
    "guest-key": base64.b64encode(b"who may ask but change nothing..").decode(),
}
WRONG_SECRET = base64.b64encode(b"not at all the secret, 32 bytes.").decode()
ZONE = f"""\
$TTL 300
@ IN SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
@ NS ns2
ns1 A {PRIMARY}
ns1 AAAA 2001:db8::53
ns2 A {SECONDARY}
www A 198.51.100.80
alias CNAME www
*.wild A 198.51.100.81
*.wildalias CNAME www
below NS ns.elsewhere.example.net.
"""
COMMON = """
options {{
  directory "{folder}"; pid-file none; session-keyfile none; lock-file none; listen-on {{ {address}; }}; listen-on-v6 {{ none; }};
  recursion no; dnssec-validation no; notify-source {address}; transfer-source {address}; allow-transfer {{ any; }};
}};
controls {{ }};
{keys}
"""
PRIMARY_ZONE = f"""
zone "example.com" {{
  type primary; file "zone"; also-notify {{ {SECONDARY}; }}; notify explicit; notify-delay 0;
  update-policy {{ grant site-key subdomain example.com. A AAAA SRV CAA TXT; }};
}};
"""
SECONDARY_ZONE = f"""
zone "example.com" {{ type secondary; file "zone"; primaries {{ {PRIMARY}; }}; }};
"""
#: One call of the module in this network. The clock may be told to be wrong.
CALL = """
import json, sys, time
sys.path[:0] = json.loads(sys.argv[1])
order = json.load(sys.stdin)
if order["clock"]:
    real, wrong = time.time, order["clock"]
    time.time = lambda: real() + wrong
from ansible.module_utils.testing import patch_module_args
from ansible_collections.onprem.chat.plugins.modules import dns_records
with patch_module_args(order["options"]):
    dns_records.main()
"""
RECORDS = [
    {"name": "chat.example.com", "type": "A", "values": ["203.0.113.10"]},
    {"name": "chat.example.com", "type": "AAAA", "values": ["2001:db8:1::30"]},
    {"name": "chat.example.com", "type": "CAA", "values": ['0 issue "ca.example.net"']},
    {"name": "_xmpp-client._tcp.chat.example.com", "type": "SRV", "values": ["0 5 5222 chat.example.com."]},
    {"name": "chat.example.com", "type": "TXT", "values": ['say "hallo"; \\ ü', "long " * 100]},
]


class Provider:
    """Two name servers and whoever talks to them."""

    primary, secondary, nobody = PRIMARY, SECONDARY, NOBODY
    records, secrets, wrong_secret = RECORDS, SECRETS, WRONG_SECRET

    def __init__(self, folder: Path, python: str) -> None:
        self.folder = folder
        self.python = python
        self.named: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "resolv.conf").write_text(f"nameserver {PRIMARY}\noptions timeout:1 attempts:1\n")
        links = "; ".join(f"ip address add {address}/32 dev lo" for address in (PRIMARY, SECONDARY, NOBODY))
        begin = f"set -e; ip link set lo up; {links}; mount --bind {folder}/resolv.conf /etc/resolv.conf; touch {folder}/ready"
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "--propagation", "private", "bash", "-c", f"{begin}; exec sleep infinity"]
        )
        try:
            self._wait(lambda: (folder / "ready").exists(), "the network")
            self.start("primary", PRIMARY, PRIMARY_ZONE, zone=ZONE)
            self.start("secondary", SECONDARY, SECONDARY_ZONE)
        except BaseException:
            self.close()
            raise

    def start(self, name: str, address: str, zone_text: str, zone: str = "") -> None:
        """Start a name server and wait until it has the zone."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        if zone:
            (folder / "zone").write_text(zone)
        keys = "\n".join(f'key {key} {{ algorithm hmac-sha256; secret "{secret}"; }};' for key, secret in SECRETS.items())
        text = COMMON.format(folder=folder, address=address, keys=keys) + zone_text
        (folder / "named.conf").write_text(text)
        with (folder / "log").open("ab") as log:
            self.named[name] = subprocess.Popen(
                self._inside("named", "-4", "-g", "-n", "1", "-c", str(folder / "named.conf")), stderr=log
            )
        self._wait(lambda: self.dig("example.com", "SOA", address), f"{name}: {folder}/log")

    def stop(self, name: str) -> None:
        process = self.named.pop(name)
        process.kill()
        process.wait()

    def deaf(self) -> None:
        """Let the secondary miss what the primary tells it."""
        rule = f"add rule t c ip saddr {PRIMARY} ip daddr {SECONDARY} udp dport 53 drop"
        assert self.run("nft", f"add table t; add chain t c {{ type filter hook output priority 0; }}; {rule}").returncode == 0

    def pause(self, name: str) -> None:
        self.named[name].send_signal(signal.SIGSTOP)

    def go_on(self, name: str) -> None:
        self.named[name].send_signal(signal.SIGCONT)

    def run(self, *command: str, **options) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self._inside(*command), capture_output=True, text=True, check=False, **options)

    def popen(self, *command: str, **options) -> subprocess.Popen[str]:
        return subprocess.Popen(self._inside(*command), text=True, **options)

    def dig(self, name: str, kind: str, server: str = PRIMARY) -> list[str]:
        done = self.run("dig", "+short", "+norecurse", "+time=1", "+tries=1", f"@{server}", name, kind)
        return sorted(done.stdout.split("\n")[:-1]) if done.returncode == 0 and ";;" not in done.stdout else []

    def zone(self, server: str = PRIMARY) -> list[str]:
        """Every record of the zone but its SOA, one blank between words."""
        done = self.run("dig", "+noall", "+answer", "+onesoa", f"@{server}", "example.com", "AXFR")
        return sorted(" ".join(line.split()) for line in done.stdout.splitlines() if "\tSOA\t" not in line)

    def serial(self) -> int:
        return int(self.dig("example.com", "SOA")[0].split()[2])

    def order(self, check: bool = False, clock: int = 0, **options) -> str:
        """What a call is told by standard input."""
        given = {
            "zone": "example.com",
            "server": "ns1.example.com",
            "key_name": "site-key",
            "key_secret": SECRETS["site-key"],
            "records": RECORDS,
            "wait": 15,
            **options,
        }
        given = {key: value for key, value in given.items() if value is not None}
        return json.dumps({"options": {**given, "_ansible_check_mode": check, "_ansible_diff": True}, "clock": clock})

    def call(self, check: bool = False, clock: int = 0, **options) -> dict:
        """Call the module and return what it says; the secret is never in it."""
        done = self.run(*self.calling(), input=self.order(check, clock, **options))
        for secret in (*SECRETS.values(), WRONG_SECRET):
            assert secret not in done.stdout + done.stderr
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def calling(self) -> list[str]:
        return [self.python, "-c", CALL, json.dumps(LIBRARY)]

    def play(self, playbook: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a playbook in this network; its host is this machine."""
        command = [
            str(Path(sys.executable).parent / "ansible-playbook"),
            "-i",
            "localhost,",
            "-c",
            "local",
            str(playbook),
            *arguments,
        ]
        interpreter = ["-e", f"ansible_python_interpreter={self.python}"]
        return self.run(*command, *interpreter, cwd=CHECKOUT, env={**os.environ, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg")})

    def close(self) -> None:
        for name in list(self.named):
            self.stop(name)
        self.holder.kill()
        self.holder.wait()

    def _inside(self, *command: str) -> list[str]:
        return ["nsenter", "-t", str(self.holder.pid), "--net", "--mount", *command]

    def _wait(self, ready, what: str) -> None:
        end = time.monotonic() + 20
        while not ready():
            if time.monotonic() > end or self.holder.poll() is not None:
                raise RuntimeError(f"not ready: {what}")
            time.sleep(0.05)

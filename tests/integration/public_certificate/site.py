"""A chat host with its web server, a public zone with two name servers, a LAN's own view of it, and an ACME server: one network
namespace, in the system of a Debian release, gone with one process."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
CACHE = CHECKOUT / ".cache/public-certificate"
PROGRAM = "/usr/local/lib/onprem-chat/public_certificate"
NAME, DIRECTORY = "chat.example.com", "https://acme.example.net:14000/dir"
PUBLIC, ELSEWHERE, REFUSED, SILENT = "203.0.113.10", "203.0.113.80", "203.0.113.81", "203.0.113.77"
FIRST, SECOND, LAN, ACME = "203.0.113.53", "203.0.113.54", "192.168.1.53", "203.0.113.14"
TREE, STATE, WEBROOT = (
    Path(path) for path in ("/etc/onprem-chat/public-certificate", "/var/lib/onprem-chat/public-certificate", "/srv/acme")
)
SECRET, WRONG_SECRET = "c2VjcmV0LW9mLXRoZS1sYWItMDEyMzQ1Njc4OQ==", "d3Jvbmctc2VjcmV0LW9mLXRoZS1sYWItMDEyMzQ1Ng=="

LINKS = f"""
set -e
ip link set lo up
for each in {PUBLIC} {ELSEWHERE} {REFUSED} {FIRST} {SECOND} {LAN} {ACME} 192.168.1.30; do ip address add $each/32 dev lo; done
ip link add nowhere type veth peer name beyond
ip link set nowhere up
ip link set beyond up
ip route add {SILENT} dev nowhere src {PUBLIC}
ip neigh add {SILENT} lladdr 02:00:00:00:00:01 dev nowhere
"""
ZONE = f"""$TTL 30
@ SOA ns1 hostmaster 1 60 30 3600 30
@ NS ns1
@ NS ns2
ns1 A {FIRST}
ns2 A {SECOND}
chat A {PUBLIC}
"""
NAMED = """
options {{ directory "/var/cache/bind/{name}"; pid-file "/run/named-{name}.pid"; session-keyfile "/run/named-{name}.key";
  listen-on {{ {address}; }}; listen-on-v6 {{ none; }}; query-source address {address}; transfer-source {address};
  notify-source {address}; dnssec-validation no; {options} }};
controls {{ }};
key site {{ algorithm hmac-sha256; secret "{secret}"; }};
key other {{ algorithm hmac-sha256; secret "{secret}"; }};
{zones}
"""
SERVERS = {
    "first": (
        FIRST,
        "recursion no; notify explicit; allow-transfer { any; }; also-notify { " + SECOND + "; };",
        'zone example.com { type primary; file "example.com"; update-policy { grant site zonesub ANY; }; };'
        'zone example.net { type primary; file "example.net"; };',
    ),
    "second": (
        SECOND,
        "recursion no;",
        "zone example.com { type secondary; primaries { " + FIRST + '; }; file "example.com"; };',
    ),
    "lan": (
        LAN,
        "recursion yes; forward only; forwarders { " + FIRST + "; };",
        'zone chat.example.com { type primary; file "chat.example.com"; };',
    ),
}
NGINX = f"""
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events {{ }}
http {{
  access_log /var/log/nginx/access.log;
  server {{ listen {PUBLIC}:80; listen 127.0.0.1:80; server_name {NAME};
    location /.well-known/acme-challenge/ {{ root {WEBROOT}; default_type text/plain; }}
    location / {{ return 301 https://{NAME}$request_uri; }} }}
  server {{ listen {ELSEWHERE}:80; location / {{ return 302 http://router.example/login; }} }}
  server {{ listen {PUBLIC}:443 ssl; server_name {NAME};
    ssl_certificate {TREE}/served/chain.pem; ssl_certificate_key {TREE}/served/key.pem;
    location = /long {{ root {WEBROOT}; limit_rate 50; }}
    location / {{ return 200 "chat"; }} }}
}}
"""
KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
#: What the local CA hands out, in short.
SEED = (
    f"cd /etc/onprem-chat/tls; openssl req -x509 {KEY} -keyout {NAME}.key -out {NAME}.pem -days 90 -subj /CN=seed "
    f"-addext subjectAltName=DNS:{NAME} -addext basicConstraints=critical,CA:FALSE 2>&1"
)
#: nginx without systemd; as it answers, so does the real one. What it was asked is kept.
SYSTEMCTL = """#!/bin/sh
case "$*" in
  "is-active --quiet nginx") test -s /run/nginx.pid && kill -0 "$(cat /run/nginx.pid)" 2>/dev/null ;;
  "reload nginx") echo reload >> /run/reloads; nginx -t -q && nginx -s reload ;;
  *) exit 3 ;;
esac
"""


AUTHORITY = f"""
mkdir -p /etc/pebble; cd /etc/pebble
openssl req -x509 {KEY} -keyout ca.key -out ca.pem -subj /CN=private 2>&1
openssl req {KEY} -keyout key.pem -out csr.pem -subj /CN=acme 2>&1; printf subjectAltName=DNS:acme.example.net > ext
openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 90 -extfile ext -out cert.pem 2>&1
"""


def files() -> dict[str, str]:
    """Configuration of the web server, and of the name servers with their zones, by path."""
    head = "$TTL 30\n@ SOA ns x 1 60 30 3600 30\n@ NS ns\n"
    contents = {
        "/etc/nginx/nginx.conf": NGINX,
        "/var/cache/bind/first/example.com": ZONE,
        "/var/cache/bind/first/example.net": f"{head}ns A {FIRST}\nacme A {ACME}\n",
        "/var/cache/bind/lan/chat.example.com": f"{head}ns A {LAN}\n@ A 192.168.1.30\n",
        "/var/cache/bind/second/README": "zones are transferred\n",
    }
    for name, (address, options, zones) in SERVERS.items():
        contents[f"/etc/named-{name}.conf"] = NAMED.format(
            name=name, address=address, options=options, zones=zones, secret=SECRET
        )
    return contents


def pebble(seconds: int) -> dict:
    """Configuration of the ACME server, whose certificates live so long."""
    config = {
        "listenAddress": f"{ACME}:14000",
        "managementListenAddress": f"{ACME}:15000",
        "certificate": "/etc/pebble/cert.pem",
        "privateKey": "/etc/pebble/key.pem",
        "httpPort": 80,
        "tlsPort": 443,
        "certificateValidityPeriod": seconds,
        "domainBlocklist": ["blocked.example.com"],
    }
    return {"pebble": config}


def system(suite: str) -> Path:
    """Root of a system with the daemons, made once; raises what its making raises."""
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


class Site:
    """Everything of it; files are written by their path in the system."""

    def __init__(self, suite: str, folder: Path) -> None:
        self.folder, self.root = folder, folder / "root"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.pebble: subprocess.Popen[bytes] | None = None
        self.settings: dict = {}
        try:
            self._build(system(suite))
        except BaseException:
            self.close()
            raise

    def _build(self, lower: Path) -> None:
        layers, root = self.folder / "layers", self.root
        for path in (layers, root):
            path.mkdir()
        script = f"""
        set -e
        mount -t tmpfs tmpfs {layers}
        mkdir {layers}/upper {layers}/work
        mount -t overlay overlay -o lowerdir={lower},upperdir={layers}/upper,workdir={layers}/work {root}
        mount -t proc proc {root}/proc
        mount --rbind /dev {root}/dev
        mount -t tmpfs tmpfs {root}/run
        mount -t tmpfs tmpfs {root}/tmp
        mkdir -p {root}{PROGRAM}
        mount --bind {CHECKOUT}/roles/public_certificate/files/public_certificate {root}{PROGRAM}
        {LINKS}
        touch {self.folder}/ready
        exec sleep infinity
        """
        isolated = ["unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
        process = subprocess.Popen([*isolated, "bash", "-c", script])
        self.processes.append(process)
        self.wait(lambda: (self.folder / "ready").exists())
        self.pid = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
        self.sh("useradd -r ejabberd; rm -f /etc/resolv.conf; echo nameserver " + LAN + " > /etc/resolv.conf")
        self.write("/usr/bin/systemctl", SYSTEMCTL, 0o755)
        self._names()
        self._web()
        self._authority()

    # by hand

    def run(self, *words: str, input: str | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.enter, *words], input=input, capture_output=True, text=True, check=False, timeout=timeout)

    @property
    def enter(self) -> list[str]:
        return ["nsenter", "-t", str(self.pid), "--net", "--mount", "--pid", "chroot", str(self.root)]

    def sh(self, script: str) -> str:
        done = self.run("bash", "-c", script)
        assert done.returncode == 0, f"{script}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def write(self, path: str | Path, content: str, mode: int = 0o644) -> None:
        done = self.run(
            "sh", "-c", f'mkdir -p "$(dirname "$1")" && cat > "$1" && chmod {mode:o} "$1"', "write", str(path), input=content
        )
        assert done.returncode == 0, done.stderr

    @staticmethod
    def wait(condition, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it does not come up"
            time.sleep(0.05)

    def start(self, *words: str, environment: dict[str, str] | None = None, log: str = "daemon.log") -> subprocess.Popen[bytes]:
        variables = [f"{key}={value}" for key, value in (environment or {}).items()]
        with (self.folder / log).open("ab") as output:
            process = subprocess.Popen([*self.enter, "env", *variables, *words], stdout=output, stderr=output)
        self.processes.append(process)
        return process

    # its daemons

    def _names(self) -> None:
        for path, content in files().items():
            self.write(path, content)
        self.sh(f"mkdir -p {' '.join(f'/var/cache/bind/{name}' for name in SERVERS)}")
        self.sh("chown -R bind /var/cache/bind")
        for name in SERVERS:
            self.start("named", "-f", "-4", "-u", "bind", "-c", f"/etc/named-{name}.conf", log="named.log")
        for server in (FIRST, SECOND):
            self.wait(
                lambda server=server: (
                    self.run("dig", "+short", "+time=1", "+tries=1", f"@{server}", NAME, "A").stdout.strip() == PUBLIC
                )
            )
        self.wait(lambda: self.run("dig", "+short", "+time=1", "acme.example.net", "A").stdout.strip() == ACME)

    def _web(self) -> None:
        self.sh(f"mkdir -p {TREE} {WEBROOT} /etc/onprem-chat/tls; {SEED}")

    def web(self) -> None:
        """Start the web server, as the role chat_server does after the seed."""
        self.start("nginx", "-g", "daemon off;", log="nginx.log")
        self.wait(self.served_issuer)

    def _authority(self) -> None:
        self.sh(AUTHORITY)
        self.write("/etc/pebble/tsig.secret", SECRET + "\n", 0o600)
        self.write("/etc/pebble/wrong.secret", WRONG_SECRET + "\n", 0o600)
        self.authority()

    def authority(self, seconds: int = 7776000, **environment: str) -> None:
        """A new ACME server, that knows nothing of the one before; its log goes on."""
        if self.pebble:
            self.stop(self.pebble, "pebble")
        self.write("/etc/pebble/config.json", json.dumps(pebble(seconds)))
        self.pebble = self.start(
            "pebble", "-config", "/etc/pebble/config.json", "-dnsserver", f"{FIRST}:53",
            environment={"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0", **environment}, log="pebble.log",
        )  # fmt: skip
        up = "import socket; socket.create_connection(('" + ACME + "', 14000), 1)"
        self.wait(lambda: self.run("python3", "-c", up).returncode == 0)

    def stop(self, process: subprocess.Popen[bytes], name: str) -> None:
        self.run("sh", "-c", f"kill -9 $(pidof {name})")
        process.wait()

    # what is asked of it

    def orders(self) -> int:
        """How often an order reached the ACME server, by its own log."""
        return (self.folder / "pebble.log").read_text().count("POST /order-plz")

    def reloads(self) -> int:
        return len(self.run("cat", "/run/reloads").stdout.splitlines())

    def acme(self, **more) -> dict:
        return {
            "name": NAME, "method": "acme", "address": PUBLIC, "directory": DIRECTORY,
            "email": "admin@example.com", "terms_agreed": True,
            "ca_certificate": "/etc/pebble/ca.pem", "webroot": str(WEBROOT), "zone": "example.com", **more,
        }  # fmt: skip

    def by_dns(self, **more) -> dict:
        return self.acme(
            challenge="dns-01", dns_server="ns1.example.com", key_name="site", key_secret_path="/etc/pebble/tsig.secret", **more
        )

    def words(self, command: str, *options: str) -> list[str]:
        return ["/usr/bin/python3", "-I", PROGRAM, command, "--given", "--json", *options]

    def keep(self, settings: dict, *options: str, **given) -> dict:
        return self._answer(self.words("keep", *options), {"settings": settings, **given})

    def seed(self, *options: str, **given) -> dict:
        chain = self.sh(f"cat /etc/onprem-chat/tls/{NAME}.pem")
        asked = {
            "settings": {"name": NAME, "method": "local_ca"},
            "chain": chain + "\n",
            "key_path": f"/etc/onprem-chat/tls/{NAME}.key",
        }
        return self._answer(self.words("seed", *options), {**asked, **given})

    def _answer(self, words: list[str], asked: dict) -> dict:
        done = self.run(*words, input=json.dumps(asked), timeout=300)
        assert done.stdout.startswith("{"), done.stdout + done.stderr
        answer = json.loads(done.stdout)
        assert answer["code"] == done.returncode, answer
        return answer

    def served_issuer(self) -> str:
        """Who signed what the web server presents; empty when it does not answer."""
        script = f"openssl s_client -connect {PUBLIC}:443 -servername {NAME} </dev/null | openssl x509 -noout -issuer -serial"
        return self.run("bash", "-c", script).stdout.strip()

    def presents(self, words: str) -> None:
        """A reload is taken a moment after nginx has said so."""
        self.wait(lambda: words in self.served_issuer(), 5)

    def whole(self) -> None:
        """What is served is a key and its certificate, whatever happened before."""
        self.sh(
            f'cd {TREE}/served && test "$(openssl x509 -in chain.pem -noout -pubkey)" = "$(openssl pkey -in key.pem -pubout)" '
            "&& test \"$(stat -Lc '%U %G %a' key.pem)\" = 'root ejabberd 640'"
        )

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()

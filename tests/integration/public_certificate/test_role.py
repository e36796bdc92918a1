"""The role on a host with systemd: twice, predicted, by its timer, with sessions that live on, and without a word of a secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import HERE, module

CHECKOUT = module.CHECKOUT
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
NAME, TREE = module.NAME, module.TREE
TOPOLOGY = """
[networks.lan]
closed = true

[hosts.chat]
suite = "{suite}"
nics.eth0 = {{ network = "lan", addresses = ["192.168.1.30/24"] }}
nspawn = ["--bind-ro={debs}:/srv/debs"]

[hosts.desk1] # through which the control node comes
suite = "{suite}"
nics.eth0 = {{ network = "lan", addresses = ["192.168.1.101/24"] }}
"""
#: The daemons, as units of the host; PATH and lines of the files are those of the namespace's site.
SET_UP = """
set -e
for each in {addresses}; do ip address replace $each/32 dev lo; done
echo nameserver {lan} > /etc/resolv.conf
for each in first second lan; do
  chown -R bind /var/cache/bind/$each
  systemctl is-active -q names-$each || systemd-run -q -u names-$each named -f -4 -u bind -c /etc/named-$each.conf
done
mkdir -p /etc/onprem-chat/tls {webroot}
test -e /etc/onprem-chat/tls/{name}.key || ({seed})
cat > /etc/ejabberd/ejabberd.yml <<'X'
hosts: [{name}]
certfiles: [{tree}/served/chain.pem, {tree}/served/key.pem]
ca_file: {tree}/served/chain.pem
listen: [{{port: 5222, ip: 0.0.0.0, module: ejabberd_c2s, starttls_required: true}}]
X
"""
ACME = {
    "public_certificate_address": module.PUBLIC,
    "public_certificate_directory": module.DIRECTORY,
    "public_certificate_email": "admin@example.com",
    "public_certificate_terms_agreed": True,
    "public_certificate_webroot": str(module.WEBROOT),
    "public_certificate_zone": "example.com",
}
DNS = {
    "public_certificate_challenge": "dns-01",
    "public_certificate_dns_server": "ns1.example.com",
    "public_certificate_key_name": "site",
    "public_certificate_key_secret": module.SECRET,
}


class Host:
    """The chat host, by the lab and by Ansible."""

    def __init__(self, suite: str, folder: Path) -> None:
        self.folder, self.environment = folder, {**os.environ, "ONPREM_LAB_NAME": "it-certificate"}
        debs = module.system(suite) / "var/cache/apt/archives"
        (folder / "topology.toml").write_text(TOPOLOGY.format(suite=suite, debs=debs))
        self.lab("down", code=None)
        self.lab("up", "--topology", str(folder / "topology.toml"))
        self._set_up()

    def _set_up(self) -> None:
        addresses = (module.PUBLIC, module.ELSEWHERE, module.FIRST, module.SECOND, module.LAN, module.ACME)
        words = {"lan": module.LAN, "webroot": module.WEBROOT, "name": NAME, "seed": module.SEED, "tree": TREE}
        script = SET_UP.format(addresses=" ".join(addresses), **words)
        files = module.files()
        script = (
            "\n".join(f"mkdir -p $(dirname {path}); cat > {path} <<'EOF'\n{text}EOF" for path, text in files.items()) + script
        )
        code, said = self.play("prepare.yml", script=script + module.AUTHORITY + self.pebble(7776000))
        assert code == 0, said

    def pebble(self, seconds: int) -> str:
        """A script that starts the ACME server."""
        config = json.dumps(module.pebble(seconds))
        return (
            f"\nprintf %s '{config}' > /etc/pebble/config.json; systemctl stop acme 2>/dev/null || true; sleep 0.5\n"
            "systemd-run -q -u acme -p StandardError=append:/var/log/acme -p StandardOutput=append:/var/log/acme "
            f"-E PEBBLE_VA_NOSLEEP=1 pebble -config /etc/pebble/config.json -dnsserver {module.FIRST}:53\n"
        )

    def lab(self, *words: str, code: int | None = 0) -> str:
        command = [str(CHECKOUT / "lab/lab"), *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=600, check=False)
        assert code is None or done.returncode == code, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def sh(self, script: str, code: int | None = 0) -> str:
        return self.lab("exec", "chat", "sh", "-c", script, code=code)

    def play(self, name: str, *words: str, **variables) -> tuple[int, str]:
        variables = {"public_certificate_name": NAME, "public_certificate_install": False, **variables}
        variables["public_certificate_ca_certificate"] = getattr(self, "authority", "")
        given = self.folder / "variables.json"
        given.write_text(json.dumps(variables))
        command = [str(PLAYBOOK), "-i", str(CHECKOUT / "inventories/lab"), "-e", f"@{given}", *words, str(HERE / name)]
        done = subprocess.run(
            command, cwd=CHECKOUT, env=self.environment, capture_output=True, text=True, timeout=600, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def role(self, *words: str, **variables) -> str:
        code, said = self.play("role.yml", *words, **{**ACME, **variables})
        assert code == 0, said
        return said

    def presented(self, port: int) -> str:
        how = "-starttls xmpp -xmpphost " + NAME if port == 5222 else ""
        script = (
            f"openssl s_client -connect {module.PUBLIC}:{port} {how} </dev/null 2>/dev/null | openssl x509 -noout -issuer -serial"
        )
        return self.sh(script, code=None)

    def wait(self, condition, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it does not come"
            time.sleep(0.5)


@pytest.fixture(scope="module")
def host(suite, tmp_path_factory):
    host = Host(suite, tmp_path_factory.mktemp("host"))
    host.authority = host.sh("cat /etc/pebble/ca.pem") + "\n"
    yield host
    host.lab("down")


def test_the_role_from_nothing_to_renewal_by_the_timer(host):
    said = host.role("--check")
    assert "failed=0" in said and "changed=0" not in said
    assert host.sh(f"ls {TREE} 2>/dev/null", code=None) == ""
    code, said = host.play("role.yml", **ACME)
    assert code != 0 and "its own web server does not serve" in said, said
    host.sh("systemctl restart ejabberd nginx; ! grep order-plz /var/log/acme")
    host.wait(lambda: "seed" in host.presented(443) and "seed" in host.presented(5222))
    # one with a request under way, as a websocket has: a connection without any is closed by nginx after a minute, reload or not
    host.sh(f"truncate -s 1M {module.WEBROOT}/long")
    asked = f'printf "GET /long HTTP/1.1\\r\\nHost: {NAME}\\r\\n\\r\\n"; '
    sessions = (
        (asked, f"openssl s_client -connect {module.PUBLIC}:443 -quiet"),
        ("", f"openssl s_client -connect {module.PUBLIC}:5222 -starttls xmpp -xmpphost {NAME} -quiet"),
    )
    for number, (first, session) in enumerate(sessions):
        host.sh(f"systemd-run -q -u session-{number} sh -c '({first}sleep 600) | {session}'")
    host.wait(lambda: host.sh("ss -Htn state established '( dport = :443 or dport = :5222 )' | wc -l") == "2")
    assert "changed=0" not in host.role("--check")
    host.role()
    for words in ((), ("--check",)):
        assert "changed=0" in host.role(*words)
    host.wait(lambda: "Pebble" in host.presented(443) and "Pebble" in host.presented(5222))
    # from here on nobody but the host's own timer
    host.sh(host.pebble(40) + "sleep 1; python3 -I /usr/local/lib/onprem-chat/public_certificate keep --force")
    host.sh(
        "d=/run/systemd/system/onprem-chat-certificate.timer.d; mkdir $d; printf '[Timer]\\nOnCalendar=\\nOnCalendar=*:*:0/5\\n"
        "RandomizedDelaySec=0\\nAccuracySec=100ms\\n' > $d/t; mv $d/t $d/t.conf\n"
        "systemctl daemon-reload; systemctl restart onprem-chat-certificate.timer"
    )
    for _number in range(2):
        before = host.presented(443)
        host.wait(lambda before=before: "Pebble" in host.presented(443) and host.presented(443) != before, 60)
        host.wait(lambda: host.presented(443) == host.presented(5222))
    journal = host.sh("journalctl -u onprem-chat-certificate -o cat")
    assert "ordered at" in journal and "reloaded ejabberd" in journal
    left = host.sh("ss -Htn state established '( dport = :443 or dport = :5222 )'")
    assert len(left.splitlines()) == 2, f"the sessions of before: {left}"
    assert host.sh("systemctl is-active session-0 session-1").split() == ["active", "active"]
    host.sh(f"ip address del {module.PUBLIC}/32 dev lo")
    host.wait(lambda: host.sh("systemctl is-failed onprem-chat-certificate", code=None) == "failed", 60)
    assert "nothing was ordered" in host.sh("journalctl -p err -u onprem-chat-certificate -o cat")
    host.sh(f"ip address replace {module.PUBLIC}/32 dev lo; rm -r /run/systemd/system/onprem-chat-certificate.timer.d")
    host.sh("systemctl daemon-reload; systemctl restart onprem-chat-certificate.timer")
    host.sh("systemd-analyze security --no-pager --threshold=35 onprem-chat-certificate.service")


def test_secrets_are_nowhere(host):
    host.sh(host.pebble(7776000) + "sleep 1")
    said = host.role("-vvv", "--diff", **DNS)
    key = host.sh("openssl ecparam -name prime256v1 -genkey -noout")
    host.sh(f"test $(stat -c '%U %a' {TREE}/tsig.secret | tr ' ' -) = root-600")
    assert module.SECRET not in said
    bad = {"public_certificate_method": "files", "public_certificate_chain": "none", "public_certificate_key": key}
    code, said = host.play("role.yml", "-vvv", "--diff", **bad)
    assert code != 0 and "site_public_certificate.certificate: holds no certificate" in said
    assert key.splitlines()[1] not in said
    host.role(public_certificate_method="local_ca")
    assert "changed=0" in host.role("--check", public_certificate_method="local_ca")
    assert host.sh("systemctl is-enabled onprem-chat-certificate.timer", code=None) in ("not-found", "")
    assert host.sh(f"readlink {TREE}/served; ls {TREE}/tsig.secret 2>/dev/null", code=None) == "seed"

"""Runs of the playbook as an operator makes them, on the lab that is up; ONPREM_INVENTORY names another inventory."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
INVENTORY = ROOT / os.environ.get("ONPREM_INVENTORY", "inventories/lab")
COMMAND = ["ansible-playbook", "-i", str(INVENTORY), str(ROOT / "playbooks" / "airgap.yml")]
ENVIRONMENT = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_FORCE_COLOR": "0"}

# What a run could change on a host, as a few sums: packages, files with size, owner and mode, units that are enabled.
FINGERPRINT = r"""
dpkg-query -W -f '${Package} ${Version} ${Status}\n' | sha256sum
find /etc /srv /usr/local /var/lib/onprem-chat /var/lib/bind /usr/share/onprem-chat -xdev \
  \( -type f -o -type l \) -printf '%p %s %m %u %T@\n' 2>/dev/null | sort | sha256sum
systemctl list-unit-files --state=enabled --no-legend | sort | sha256sum
"""


class Site:
    """The site of the lab, from where the operator sits."""

    def hosts(self) -> list[str]:
        """Inventory names of all hosts."""
        listed = subprocess.run(
            ["ansible", "-i", str(INVENTORY), "all", "--list-hosts"], env=ENVIRONMENT, capture_output=True, text=True, check=True
        )
        return [line.strip() for line in listed.stdout.splitlines()[1:]]

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start a run in a process group of its own."""
        return subprocess.Popen(
            [*COMMAND, *options],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *options: str) -> str:
        """Run to the end and return the output; a failed run fails the test with its own words."""
        run = self.start(*options)
        output, _ = run.communicate()
        assert run.returncode == 0, output[-6000:]
        return output

    def changes(self, output: str) -> dict[str, int]:
        """Number of changes of each host, from the recap."""
        return {host: int(count) for host, count in re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", output, re.MULTILINE)}

    def shell(self, host: str, command: str) -> str:
        """Run a command on a host and return what it printed."""
        done = subprocess.run(
            [str(ROOT / "lab" / "lab"), "exec", host, "sh", "-c", command], capture_output=True, text=True, check=True
        )
        return done.stdout

    def reboot(self) -> None:
        """Power every host off and boot it."""
        subprocess.run([str(ROOT / "lab" / "lab"), "reboot", *self.hosts()], check=True)

    def fingerprints(self) -> dict[str, str]:
        """What a run could change, of every host."""
        return {host: self.shell(host, FINGERPRINT) for host in self.hosts()}

    def secrets(self) -> list[str]:
        """The secrets of the inventory."""
        variables = yaml.safe_load((INVENTORY / "group_vars" / "all" / "site.yml").read_text(encoding="utf-8"))
        return [variables["site_ca_passphrase"], *(user["password"] for user in variables["site_users"])]

    def assert_no_secret(self, output: str) -> None:
        """Passphrases, passwords and private keys are nowhere in what was printed."""
        assert not [secret for secret in self.secrets() if secret in output]
        assert "PRIVATE KEY" not in output


@pytest.fixture(scope="session")
def site() -> Site:
    return Site()

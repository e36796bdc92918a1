"""The operator of the site in the lab: runs of its playbook as people make them, and what may be seen of them.

ONPREM_INVENTORY names the inventories (with blanks between), ONPREM_PLAYBOOK the playbook, ONPREM_OPTIONS further options of
every run.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
INVENTORIES = [ROOT / name for name in os.environ.get("ONPREM_INVENTORY", "inventories/lab").split()]
INVENTORY_OPTIONS = [word for inventory in INVENTORIES for word in ("-i", str(inventory))]
PLAYBOOK = ROOT / os.environ.get("ONPREM_PLAYBOOK", "playbooks/airgap.yml")
#: The browser on the ladder takes as long as all other rungs; scenarios have it when they converge, tests run far more often.
WITHOUT_BROWSER = ("-e", '{"site_verify_browser": false}')
OPTIONS = shlex.split(os.environ.get("ONPREM_OPTIONS", ""))
COMMAND = ["ansible-playbook", *INVENTORY_OPTIONS, str(PLAYBOOK), *OPTIONS, *WITHOUT_BROWSER]
ENVIRONMENT = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_FORCE_COLOR": "0"}
LAB = str(ROOT / "lab/lab")
#: The world around a site is in some inventories too; it is not the site's.
OF_THE_SITE = "all:!internet:!outside:!unmanaged"
SECRET = re.compile(r"pass|secret|vault")
#: A key itself, with its line breaks as they are or written out; programs that are shown in a diff may name its first line.
PRIVATE_KEY = re.compile(r"PRIVATE KEY-----(?:\s|\\n|\+)+[A-Za-z0-9+/=]{16}")

# What a run could change on a host, as a few sums: packages, files with size, owner and mode, units that are enabled.
FINGERPRINT = r"""
dpkg-query -W -f '${Package} ${Version} ${Status}\n' | sha256sum
find /etc /srv /usr/local /var/lib/onprem-chat /var/lib/bind /usr/share/onprem-chat -xdev \
  \( -type f -o -type l \) -printf '%p %s %m %u %T@\n' 2>/dev/null | sort | sha256sum
systemctl list-unit-files --state=enabled --no-legend | sort | sha256sum
"""


class Site:
    """The site of the lab, from where the operator sits: in a folder of the control node."""

    def __init__(self, folder: Path = ROOT) -> None:
        self.folder = folder

    def hosts(self) -> list[str]:
        """Inventory names of all hosts of the site."""
        command = ["ansible", *INVENTORY_OPTIONS, OF_THE_SITE, "--list-hosts"]
        listed = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
        return [line.strip() for line in listed.stdout.splitlines()[1:]]

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start a run in a process group of its own."""
        return subprocess.Popen(
            [*COMMAND, *options],
            cwd=self.folder,
            env={**ENVIRONMENT, "PWD": str(self.folder)},  # what the playbook takes for "where you stand"
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

    def fail(self, *options: str) -> str:
        """Run to the end, which has to be a failure, and return the output."""
        run = self.start(*options)
        output, _ = run.communicate()
        assert run.returncode != 0, f"the run went well:\n{output[-3000:]}"
        return output

    def changes(self, output: str) -> dict[str, int]:
        """Number of changes of each host, from the recap."""
        return {host: int(count) for host, count in re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", output, re.MULTILINE)}

    def shell(self, host: str, command: str) -> str:
        """Run a command on a host and return what it printed."""
        return subprocess.run([LAB, "exec", host, "sh", "-c", command], capture_output=True, text=True, check=True).stdout

    def reboot(self) -> None:
        """Power every host off and boot it."""
        subprocess.run([LAB, "reboot", *self.hosts()], check=True)

    def fingerprints(self) -> dict[str, str]:
        """What a run could change, of every host."""
        return {host: self.shell(host, FINGERPRINT) for host in self.hosts()}

    def secrets(self) -> list[str]:
        """The secrets of the inventories."""
        files = [file for inventory in INVENTORIES for file in sorted((inventory / "group_vars/all").glob("*.yml"))]
        found = {secret for file in files for secret in _secrets(yaml.safe_load(file.read_text(encoding="utf-8")))}
        assert found, "an inventory without a secret: the test would look for nothing"
        return sorted(found)

    def assert_no_secret(self, output: str) -> None:
        """Passphrases, passwords and private keys are nowhere in what was printed."""
        assert not [secret for secret in self.secrets() if secret in output]
        assert not PRIVATE_KEY.search(output)


def _secrets(value: object, secret: bool = False) -> Iterator[str]:
    """Every string below a key that speaks of a secret, unless it is only the name of another variable."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _secrets(below, secret or SECRET.search(key) is not None)
    elif isinstance(value, list):
        for below in value:
            yield from _secrets(below, secret)
    elif secret and isinstance(value, str) and value and "{{" not in value:
        yield value

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another version, another kind, one that does not work, a run that was cut off: what is served then, and what it took."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.operator import (
    ENVIRONMENT,
    INVENTORY_OPTIONS,
    ROOT,
    WITHOUT_BROWSER,
)

PLAYBOOK = Path(__file__).with_name("serve.yml")
VERIFY = ROOT / "playbooks" / "verify.yml"


@pytest.fixture
def serve(site):
    """Brings a package onto the chat server; the number of its changes, or the words of a run that failed."""

    def run(package, **more):
        variables = json.dumps({"package_now": package, **more})
        command = ["ansible-playbook", *INVENTORY_OPTIONS, str(PLAYBOOK), "-e", variables]
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        return site.changes(done.stdout)["chat"] if done.returncode == 0 else done.stdout + done.stderr

    return run


@pytest.fixture
def on(site):
    return lambda command, host="chat": site.shell(host, command).strip()


@pytest.fixture
def says(on):
    return lambda: on("curl --silent --max-time 5 https://chat.example.lan/health", "desk1")


def test_a_newer_version_is_installed_once_and_its_data_stay(serve, packages, on, says):
    starts = int(on("cat /var/lib/examplechat/starts"))
    assert serve(packages["archive-2.0"]) == 2
    assert "examplechat 2.0 is well" in says()
    assert on("cat /opt/examplechat/installs") == "run\nrun"
    assert int(on("cat /var/lib/examplechat/starts")) == starts + 1
    assert serve(packages["archive-2.0"]) == 0
    assert int(on("cat /var/lib/examplechat/starts")) == starts + 1


def test_a_directory_runs_as_a_service_of_ours_without_rights(serve, packages, on, says):
    assert serve(packages["directory-1.0"]) > 0
    assert "examplechat 1.0 is well" in says()
    assert on("systemctl show --property=User --value onprem-chat-package") == "examplechat"
    assert on("systemctl is-active examplechatd || true") == "inactive"
    assert on("stat -c %U /opt/onprem-chat/package/*/server.py | sort -u") == "root"
    assert serve(packages["directory-1.0"]) == 0


def test_its_variables_restart_it_and_what_is_nginx_s_does_not(serve, packages, on, says):
    assert serve({**packages["directory-1.0"], "environment": {"LICENCE": "longer than that one"}}) == 1
    assert "licence 20" in says()
    starts = on("cat /var/lib/onprem-chat-package/starts")
    assert serve(packages["directory-1.0"], upload_max_mb=7) == 1
    assert "licence 16" in says()
    assert serve(packages["directory-1.0"], upload_max_mb=8) == 1
    assert int(on("cat /var/lib/onprem-chat-package/starts")) == int(starts) + 1


def test_one_that_is_not_well_is_taken_back(serve, packages, says):
    """The release before is still there, and the unit that is put back names it."""
    bad = {**packages["directory-2.0"], "health": {"path": "/health", "expect": "never said"}, "start_seconds": 5}
    assert "answered without 'never said'" in serve(bad)
    assert "examplechat 1.0 is well" in says()
    assert serve(packages["directory-2.0"]) > 0
    assert "examplechat 2.0 is well" in says()


def test_a_deb_starts_when_it_is_configured_and_may_go_back(serve, packages, on, says):
    assert serve(packages["deb-2.0"]) > 0
    assert "examplechat 2.0 is well" in says()
    assert on("test -e /usr/sbin/policy-rc.d && echo there || echo gone") == "gone"
    assert serve(packages["deb-2.0"]) == 0
    assert serve(packages["deb-1.0"]) > 0
    assert "examplechat 1.0 is well" in says()
    assert on("dpkg-query -W -f '${Version}' examplechat") == "1.0"


def test_a_run_that_was_cut_off_is_begun_anew(serve, packages, on, says):
    on('sed -i \'s/"done": true/"done": false/\' /var/lib/onprem-chat/package.json && rm /usr/lib/examplechat/server.py')
    assert serve(packages["deb-1.0"]) > 0
    assert "examplechat 1.0 is well" in says()
    assert serve(packages["deb-1.0"]) == 0


def test_after_a_reboot_it_is_there_and_its_port_is_shut(site, says, on):
    site.reboot()
    on("systemctl is-system-running --wait || true")
    assert "examplechat 1.0 is well" in says()
    assert on("curl --silent --max-time 5 http://192.168.1.30:8080/ || echo status $?", "desk1") == "status 7"


def test_one_that_is_down_is_one_fault_and_said(on, tmp_path):
    """From every seat nginx answers and the package does not; what stands on that is not named beside it."""
    command = ["ansible-playbook", *INVENTORY_OPTIONS, str(VERIFY), "-e", f"onprem_report={tmp_path}", *WITHOUT_BROWSER]
    on("systemctl stop examplechat")
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    on("systemctl start examplechat")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert done.returncode != 0
    assert [(one["rung"], sorted(one["vantages"])) for one in report["problems"]] == [("page", ["chat", "desk1"])]
    assert "the operator's package behind it does not answer" in report["problems"][0]["cause"]

"""To a newer bundle and back, with what people wrote intact; the tests build on one another, in this order."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time

from ansible_collections.onprem.chat.plugins.module_utils.bundle.control import parse_index
from ansible_collections.onprem.chat.plugins.module_utils.bundle.versions import compare
from ansible_collections.onprem.chat.tests.integration.actors.operator import LAB

from .conftest import NEWER, OLDER

UP = ["-e", f"site_bundle={NEWER}"]
BACK = ["-e", f"site_bundle={OLDER}"]
UPGRADE, ROLLBACK, BACKUP = "playbooks/upgrade.yml", "playbooks/rollback.yml", "tests/integration/upgrade/backup.yml"


def newer(installed: dict[str, str]) -> dict[str, str]:
    """What of it the newer bundle has newer."""
    text = (NEWER / "latest/debian/dists/trixie/main/binary-amd64/Packages").read_text(encoding="utf-8")
    offered = {package.name: package.version for package in parse_index(text)}
    return {name: offered[name] for name, version in installed.items() if name in offered and compare(version, offered[name]) < 0}


def test_check_mode_names_every_package_and_changes_nothing(site, before, people):
    people.write()
    fingerprints = site.fingerprints()
    output = site.done(UPGRADE, "--check", *UP)
    for host, installed in before.items():
        wanted = newer(installed)
        assert wanted, f"{host}: both bundles have the same, this test would prove nothing"
        for name, version in wanted.items():
            assert f"{name}: {installed[name]} -> {version}" in output
    assert site.fingerprints() == fingerprints


def test_a_plug_that_is_pulled_in_the_middle(site, before):
    seen = int(site.shell("chat", "wc -l </var/log/dpkg.log"))
    run = site.play(UPGRADE, *UP)
    deadline = time.time() + 300
    while "status unpacked erlang-base" not in site.shell("chat", f"tail -n +{seen + 1} /var/log/dpkg.log"):
        assert run.poll() is None, run.communicate()[0][-6000:]
        assert time.time() < deadline
        time.sleep(0.2)
    subprocess.run([LAB, "kill", "chat"], check=True)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    subprocess.run([LAB, "start", "chat"], check=True)
    assert site.record("chat")["state"] == "started"
    half = site.packages("chat")
    assert half != before["chat"] and any(half.get(name) != version for name, version in newer(before["chat"]).items())


def test_the_next_run_completes_the_upgrade(site, before, people):
    site.done(UPGRADE, *UP)
    assert len(site.shell("chat", "ls /var/backups/onprem-chat").split()) == 1  # from before, not from half way
    for host, installed in before.items():
        assert not newer(site.packages(host))
        record = site.record(host)
        assert record["state"] == "done"
        assert {name: change["before"] for name, change in record["packages"].items() if change["before"]} == {
            name: installed[name] for name in newer(installed)
        }
        assert site.shell(host, "dpkg --audit; systemctl list-units --failed --no-legend") == ""
    assert people.read() == people.written


def test_no_service_runs_what_was_replaced(site, before):
    for host in before:
        assert site.shell(host, "grep -lE ' /usr/.* [(]deleted[)]' /proc/[0-9]*/maps || true") == ""


def test_a_second_run_changes_nothing(site):
    assert set(site.changes(site.done(UPGRADE, *UP)).values()) == {0}


def test_there_is_no_way_back_without_the_earlier_bundle_or_the_record(site, before, people):
    people.write()
    upgraded = {host: site.packages(host) for host in before}
    assert re.search(r"is a bundle \d{10}; copy it there", site.refused(ROLLBACK, *UP))
    site.shell("desk1", "mv /srv/onprem-chat/upgrade.json /srv/onprem-chat/aside")
    assert "has no record of an upgrade from" in site.refused(ROLLBACK, *BACK)
    site.shell("desk1", "mv /srv/onprem-chat/aside /srv/onprem-chat/upgrade.json")
    assert {host: site.packages(host) for host in before} == upgraded


def test_back_to_where_it_was_and_nothing_that_people_wrote_is_lost(site, before, people):
    output = site.done(ROLLBACK, *BACK)
    for host, installed in before.items():
        for name, version in newer(installed).items():
            assert f"{name}: {version} -> {installed[name]}" in output
        assert site.packages(host) == installed
        assert site.record(host)["state"] == "undone"
        assert site.shell(host, "dpkg --audit; systemctl list-units --failed --no-legend") == ""
    assert len(people.written) == 2 and people.read() == people.written


def test_going_back_twice_changes_nothing(site):
    assert set(site.changes(site.done(ROLLBACK, *BACK)).values()) == {0}


def test_a_backup_brings_back_what_was_lost(site, people):
    site.done(BACKUP, "-e", "entry=main")
    site.shell(
        "chat",
        "cd / && runuser -u postgres -- psql -qc 'delete from archive' ejabberd && find /var/lib/ejabberd/upload -type f -delete",
    )
    assert people.read() == []
    site.done(BACKUP, "-e", "entry=restore")
    assert people.read() == people.written


def test_a_damaged_backup_is_refused_and_the_chat_runs_on(site, people):
    running = site.shell("chat", "systemctl show -p MainPID ejabberd")
    site.shell("chat", "cd /var/backups/onprem-chat && cd $(ls | tail -1) && printf Q >>chat.pgdump")
    assert "is not what was saved" in site.refused(BACKUP, "-e", "entry=restore")
    assert site.shell("chat", "systemctl show -p MainPID ejabberd") == running
    assert people.read() == people.written


def test_backups_are_roots_alone_and_the_oldest_go(site):
    for _number in range(2):
        site.done(BACKUP, "-e", "entry=main")
    assert len(site.shell("chat", "ls -A /var/backups/onprem-chat").split()) == 2
    assert site.shell("chat", "stat -c %a /var/backups/onprem-chat /var/backups/onprem-chat/*").split() == ["700"] * 3

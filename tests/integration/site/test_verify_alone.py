"""On a finished site: playbooks/verify.yml finds nothing wrong, changes nothing, and what it wrote itself is gone afterwards."""

from __future__ import annotations

import json
import subprocess

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.operator import ENVIRONMENT, INVENTORY_OPTIONS, LAB, ROOT

#: What the chat server keeps: the rows of every table, and every uploaded file; what anybody leaves behind in passing.
KEPT = r"""
cd /
if [ -d /var/lib/ejabberd ]; then
  su postgres -s /bin/sh -c "psql -Atq ejabberd -c \"select format('select %L, count(*) from %I;', tablename, tablename)
    from pg_tables where schemaname = 'public' order by 1\" | psql -Atq ejabberd"
  find /var/lib/ejabberd/upload
fi
find /tmp /var/tmp /root /home -xdev -not -path '*/.ansible*' -not -path '*/systemd-*' -not -path '*/.cache*' | sort
find /root/.ansible/tmp -mindepth 1 2>/dev/null | wc -l
grep -c . /etc/passwd /etc/group
nft list tables 2>/dev/null
"""
RUN = ["ansible-playbook", *INVENTORY_OPTIONS, str(ROOT / "playbooks/verify.yml")]


@pytest.fixture
def verify(tmp_path):
    """Runs it with a report of its own; its output, the report as data, and the folder that it is in."""

    def run(*options: str):
        folder = tmp_path / "report"
        command = [*RUN, "-e", f"onprem_report={folder}", "-vvv", *options]
        done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
        assert (folder / "report.json").exists(), done.stdout[-4000:] + done.stderr
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        assert report["ok"] == (done.returncode == 0), done.stdout[-4000:]
        return done.stdout, report, folder

    return run


def hosts() -> list[str]:
    """Every vantage, machines outside too."""
    groups = ["chat_servers", "clients", "outside", "routers", "controllers"]
    command = ["ansible", *INVENTORY_OPTIONS, ":".join(groups), "--list-hosts"]
    listed = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return [line.strip() for line in listed.stdout.splitlines()[1:]]


def kept() -> dict[str, str]:
    command = {host: [LAB, "exec", host, "sh", "-ec", KEPT] for host in hosts()}
    return {host: subprocess.run(one, capture_output=True, text=True, check=True).stdout for host, one in command.items()}


def test_it_finds_nothing_and_leaves_no_trace(site, verify):
    before, kept_before = site.fingerprints(), kept()
    output, report, folder = verify()
    assert report["ok"], report["problems"]
    assert report["problems"] == [] and report["silent"] == []
    assert set(report["vantages"]) == set(hosts())
    assert set(site.changes(output).values()) == {0}
    assert site.fingerprints() == before
    assert kept() == kept_before
    site.assert_no_secret(output)
    site.assert_no_secret((folder / "report.html").read_text(encoding="utf-8") + json.dumps(report))


def test_everybody_hears_everybody(verify):
    """What each vantage wrote is in the history that each other one reads after a log-in of its own."""
    _output, report, _folder = verify()
    heard = {
        vantage: {step["target"] for step in one["steps"] if step["kind"] == "from" and step["state"] == "ok"}
        for vantage, one in report["vantages"].items()
        if one["seat"] != "router"
    }
    assert all(found == set(heard) for found in heard.values())


def test_its_accounts_go_even_when_the_chat_breaks_in_the_middle(site, verify):
    """nginx is away, so that the ladder breaks; the accounts are made and removed all the same."""
    before = kept()["chat"]
    site.shell("chat", "systemctl stop nginx")
    try:
        _output, report, _folder = verify()
    finally:
        site.shell("chat", "systemctl start nginx")
    assert [problem["rung"] for problem in report["problems"]] == ["tcp 80"]
    assert kept()["chat"] == before

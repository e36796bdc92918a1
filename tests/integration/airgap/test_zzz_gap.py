"""Runs last: whatever the tests before did, nobody tried to leave the LAN, by a packet or by a name.

What only time would bring is brought on first: every timer of the servers.
"""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import CHECKOUT, VISITOR

SERVERS = ("dns", "second", "chat")
DESKS = ("desk1", "desk2")
DOMAIN = "example.lan"
#: What site_verify asks for on purpose, from desks and from the chat server: a name outside has to be answered at once.
PROBED = "www.example.com"
VANTAGE = "chat"
#: Whom Chromium calls; what Debian adds to it is its search engine.
BROWSERS = (".google.com", ".googleapis.com", ".gvt1.com", ".duckduckgo.com")
#: Runs what every timer starts, whether or not its time has come; prints the units.
DAY = """
for timer in $(systemctl list-units --all --type=timer --no-legend --plain | cut -d' ' -f1); do
  unit=$(systemctl show -P Unit "$timer"); echo "$unit"; timeout 100 systemctl start "$unit" || true
done
"""


@pytest.fixture(scope="module")
def a_day(on) -> dict[str, list[str]]:
    """A day of the servers, in half a minute."""
    return {host: on(host, "sh", "-c", DAY).split() for host in SERVERS}


@pytest.fixture(scope="module")
def leaks(a_day) -> dict[str, object]:
    """What the lab saw of all this, and since it came up; skipped where it is not the project's own lab."""
    if "ONPREM_LAB_EXEC" in os.environ:
        pytest.skip("not the project's own lab")
    command = [f"{CHECKOUT}/lab/lab", "leaks", "--domain", DOMAIN]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, check=False)
    return json.loads(answer.stdout)


def test_the_timers_ran(a_day):
    for units in a_day.values():
        assert {"apt-daily.service", "apt-daily-upgrade.service"} <= set(units)


def test_no_packet_tried_to_leave(leaks):
    assert leaks["packets"] == 0, leaks["seen"]


@pytest.mark.parametrize("host", SERVERS)
def test_no_server_had_to_be_refused_by_its_own_kernel(leaks, host):
    assert leaks["refused_by_host"][host] == 0


@pytest.mark.parametrize("host", SERVERS)
def test_no_server_asked_for_a_foreign_name(leaks, host):
    rows = [row for row in leaks["foreign_questions"] if row["host"] == host]
    assert [row for row in rows if (host, row["name"]) != (VANTAGE, PROBED)] == []


@pytest.mark.parametrize("host", DESKS)
def test_at_a_desk_only_the_persons_browser_asked(leaks, on, host):
    """Chromium calls home where it can; that the web client makes it ask for nothing is test_browser's to show."""
    person = on(host, "id", "-u", VISITOR).strip()
    rows = [row for row in leaks["foreign_questions"] if row["host"] == host and row["name"] != PROBED]
    assert [row for row in rows if set(row["uids"]) - {person}] == []
    assert [row for row in rows if not row["name"].endswith(BROWSERS)] == []


@pytest.mark.parametrize("host", DESKS)
def test_there_is_no_way_out(on, host):
    assert on(host, "ip", "route", "show", "default") == ""

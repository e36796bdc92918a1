"""Calls between a site and two offices elsewhere, each behind a real NAT whose kind the tests choose.

    molecule converge -s calls && ONPREM_LAB_NAME=molecule ONPREM_LAB_TOPOLOGY=restrictive \
      ONPREM_INVENTORY=inventories/lab_restrictive ONPREM_PLAYBOOK=playbooks/nat-fixed-ip.yml \
      pytest tests/integration/calls_nat
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.operator import ENVIRONMENT, INVENTORY_OPTIONS, LAB

from .gates import KINDS, OFFICES
from .people import Person, sit_down

LAN = "lan0"


@pytest.fixture
def reboot():
    return lambda host: subprocess.run([LAB, "reboot", host], check=True, capture_output=True)


@pytest.fixture(scope="session")
def planned(tmp_path_factory) -> dict[tuple[str, str], dict]:
    """What the plan says of every pair, either way round: the LAN by its interface, others by the kind of their gate."""
    written = tmp_path_factory.mktemp("plan") / "paths.json"
    said = {"networks": [{"name": kind, "class": kind} for kind in KINDS], "written": str(written)}
    playbook = str(Path(__file__).with_name("paths.yml"))
    command = ["ansible-playbook", *INVENTORY_OPTIONS, playbook, "-e", json.dumps(said)]
    subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True)
    found = {}
    for row in json.loads(written.read_text(encoding="utf-8")):
        transports = row["from_transport"], row["to_transport"]
        found[row["from"], row["to"]] = {"way": row["way"], "transports": transports}
        found[row["to"], row["from"]] = {"way": row["way"], "transports": transports[::-1]}
    return found


@pytest.fixture(scope="module")
def people() -> Iterator[dict[str, Person]]:
    """Alice in one office and in the LAN, Bob in the other office: all of them logged in."""
    seats = ((OFFICES[0].desk, "alice", OFFICES[0]), (OFFICES[1].desk, "bob", OFFICES[1]), ("desk1", "alice", None))
    seated: dict[str, Person] = {}
    try:
        for host, name, office in seats:
            seated[host] = sit_down(host, name, office)
        yield seated
    finally:
        for person in seated.values():
            person.desk.close()
        for office in OFFICES:
            office.becomes(KINDS[0])

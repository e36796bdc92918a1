"""One fault at a time on the finished one-server lab: the verification names the rung that it broke, and no other.

    molecule converge -s site_verify && ONPREM_LAB_NAME=molecule ONPREM_INVENTORY=inventories/lab_minimal \
      pytest tests/integration/verify
"""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.tests.integration.actors import inspector, saboteur

from .faults import BOTH, FAKETIME, FAULTS

ACCOUNTS = "ejabberdctl registered_users chat.example.lan"


def test_a_sound_site_has_no_finding_and_keeps_no_trace(tmp_path):
    before = saboteur.on("chat", ACCOUNTS)
    found = inspector.inspect(tmp_path)
    inspector.is_sound(found, BOTH)
    assert saboteur.on("chat", ACCOUNTS) == before
    assert "onprem-probe" not in before


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(tmp_path, name):
    if name.startswith("clock") and FAKETIME is None:
        pytest.skip("no libfaketime on this machine")
    with saboteur.planted(FAULTS[name]):
        found = inspector.inspect(tmp_path, *inspector.look_for(FAULTS[name]))
    inspector.names(found, FAULTS[name])


def test_the_site_is_sound_again(tmp_path):
    inspector.is_sound(inspector.inspect(tmp_path), BOTH)
    assert "onprem-probe" not in saboteur.on("chat", ACCOUNTS)


def test_no_password_is_shown(tmp_path):
    # a seed would give a known password; so look for every place where one could stand
    shown = inspector.inspect(tmp_path, "-vvv").printed
    places = [line.split(":", 1)[1].strip() for line in shown.splitlines() if line.strip().startswith("password:")]
    assert set(places) <= {"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "null"}

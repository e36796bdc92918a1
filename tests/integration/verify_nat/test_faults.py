"""One fault at a time on a site behind a router: the verification names what it broke, whoever sees it.

    molecule converge -s nat_one_server && ONPREM_LAB_NAME=molecule ONPREM_LAB_TOPOLOGY=nat \
      ONPREM_INVENTORY="inventories/nat_one_server inventories/lab_nat_one_server" \
      ONPREM_OPTIONS="-e site_router_backend=iptables" pytest tests/integration/verify_nat
"""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.tests.integration.actors import inspector, saboteur

from .faults import BEYOND, FAULTS, ROUTER, SERVER

VANTAGES = (SERVER, ROUTER, *BEYOND)


def test_a_sound_site_has_no_finding(tmp_path):
    inspector.is_sound(inspector.inspect(tmp_path), VANTAGES)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(tmp_path, name):
    with saboteur.planted(FAULTS[name]):
        found = inspector.inspect(tmp_path, *inspector.look_for(FAULTS[name]))
    inspector.names(found, FAULTS[name])


def test_the_site_is_sound_again(tmp_path):
    inspector.is_sound(inspector.inspect(tmp_path), VANTAGES)

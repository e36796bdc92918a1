"""Runs of the playbook as an operator makes them, on the lab that is up; see actors/operator.py for what may be chosen."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.operator import Site


@pytest.fixture(scope="session")
def site() -> Site:
    return Site()

"""What people see, looked at in a real Chromium on a desk of the lab. Pictures go to .cache/looks.

    lab/lab up --topology minimal && pytest tests/integration/looks

A page that is one file needs no site, only the desk that ONPREM_LOOKS_DESK names.
"""

from __future__ import annotations

import os

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import Desk, make_visitor


@pytest.fixture(scope="session")
def viewer():
    """Somebody at a desk with a browser."""
    host = os.environ.get("ONPREM_LOOKS_DESK", "desk1")
    make_visitor(host)
    desk = Desk(host, "viewer.py")
    yield desk
    desk.close()

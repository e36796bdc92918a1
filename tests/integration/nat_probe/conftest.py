"""nat_probe against the real tools: run as root with `pytest tests/integration/nat_probe`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def _network():
    specification = importlib.util.spec_from_file_location("nat_probe_network", HERE / "network.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session", params=["bookworm", "trixie"])
def suite(request):
    """Both Debian releases, the one after the other."""
    return request.param


@pytest.fixture
def router(suite, tmp_path):
    """A fresh router of that release between outside and a host, with our own rules and no others."""
    network = _network().Network(suite, tmp_path)
    yield network
    network.close()

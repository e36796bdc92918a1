"""Role public_certificate's program against a real ACME server: as root, `pytest tests/integration/public_certificate`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
specification = importlib.util.spec_from_file_location("public_certificate_site", HERE / "site.py")
module = importlib.util.module_from_spec(specification)
sys.modules[specification.name] = module
specification.loader.exec_module(module)


@pytest.fixture(scope="session", params=["bookworm", "trixie"])
def suite(request):
    """Both Debian releases, the one after the other."""
    return request.param


@pytest.fixture
def site(suite, tmp_path):
    """A fresh site of that release; nothing is served yet."""
    site = module.Site(suite, tmp_path)
    yield site
    site.close()


@pytest.fixture(scope="module")
def idle(suite, tmp_path_factory):
    """One that never comes to order anything."""
    site = module.Site(suite, tmp_path_factory.mktemp("idle"))
    site.seed()
    site.web()
    yield site
    site.close()


@pytest.fixture
def seeded(site):
    """A fresh one with the local CA's certificate, and a web server that presents it."""
    site.seed()
    site.web()
    return site

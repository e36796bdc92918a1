"""public_dns against real name servers: run as root with `pytest tests/integration/public_dns`; needs BIND's named and dig."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
NEEDED = ("named", "dig", "unshare", "nsenter", "ip", "nft")


def _provider():
    specification = importlib.util.spec_from_file_location("public_dns_provider", HERE / "provider.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def _pythons():
    """The control node's Python, and Debian's with the oldest dnspython that is supported, where it is installed."""
    found = [sys.executable]
    if subprocess.run(["/usr/bin/python3", "-c", "import dns.update"], capture_output=True, check=False).returncode == 0:
        found.append("/usr/bin/python3")
    return found


@pytest.fixture(scope="session", autouse=True)
def tools():
    lacking = [name for name in NEEDED if not shutil.which(name)]
    if lacking or os.geteuid() != 0:
        what = ", ".join(lacking or NEEDED)
        reason = f"NOT TESTED: public_dns needs root and {what} (apt-get install bind9 bind9-dnsutils nftables)"
        warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)


@pytest.fixture(scope="session", params=_pythons())
def python(request):
    """What the module runs on."""
    return request.param


@pytest.fixture
def provider(python, tmp_path):
    """A fresh provider with the zone example.com at two name servers."""
    made = _provider().Provider(tmp_path, python)
    yield made
    made.close()


@pytest.fixture(scope="module")
def standing(python, tmp_path_factory):
    """One provider for all the tests that change nothing."""
    made = _provider().Provider(tmp_path_factory.mktemp("provider"), python)
    yield made
    made.close()

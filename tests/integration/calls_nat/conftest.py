import subprocess

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.operator import LAB


@pytest.fixture
def reboot():
    return lambda host: subprocess.run([LAB, "reboot", host], check=True, capture_output=True)

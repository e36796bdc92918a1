"""A certificate that lasts two minutes: the host renews it with no controller at hand, and nobody who is logged in notices."""

from __future__ import annotations

import re
import time

import pytest
from ansible_collections.onprem.chat.tests.integration.actors import provider
from ansible_collections.onprem.chat.tests.integration.actors.desk import run

from .conftest import NAME

SECONDS = 120
UNIT = "onprem-chat-certificate"
ORDER = "python3 -I /usr/local/lib/onprem-chat/public_certificate keep --force"
# The timer looks every hour, give or take some minutes; nobody here can wait for that.
DROP_IN = f"/run/systemd/system/{UNIT}.timer.d"
IMPATIENT = f"""
mkdir -p {DROP_IN}
printf '[Timer]\\nOnCalendar=\\nOnCalendar=*:*:0/5\\nRandomizedDelaySec=0\\nAccuracySec=1\\n' >{DROP_IN}/lab.conf
systemctl daemon-reload
systemctl restart {UNIT}.timer
"""
PATIENT = f"rm -r {DROP_IN}; systemctl daemon-reload; systemctl restart {UNIT}.timer"


def served(port: int = 443) -> dict[str, str]:
    """The certificate that a client outside is shown: serial number and end."""
    start = "-starttls xmpp" if port == 5222 else ""
    question = f"openssl s_client -connect {NAME}:{port} {start} -servername {NAME} -xmpphost {NAME} </dev/null 2>/dev/null"
    answer = run("remote", "sh", "-c", f"{question} | openssl x509 -noout -serial -enddate")
    return dict(re.findall(r"^(\w+)=(.*)$", answer, re.MULTILINE))


def renewed(before: dict[str, str]) -> bool:
    """Whether every port shows the same certificate, and another one than before; one daemon is reloaded after the other."""
    shown = [served(port) for port in (443, 5222, 5223)]
    return shown[0]["serial"] != before["serial"] and shown[0] == shown[1] == shown[2]


@pytest.fixture(scope="module")
def short_lived():
    """Certificates that last two minutes, from now until the end of this module."""
    provider.build(internet_certificate_seconds=SECONDS)
    run("chat", "sh", "-c", ORDER)
    yield
    provider.build()
    run("chat", "sh", "-c", ORDER)


@pytest.fixture
def impatient_timer():
    run("chat", "sh", "-euc", IMPATIENT)
    yield
    run("chat", "sh", "-euc", PATIENT)


def websockets_that_ended() -> int:
    """nginx writes of a websocket when it ends."""
    return run("chat", "cat", "/var/log/nginx/access.log").count('"GET /ws ')


@pytest.mark.usefixtures("short_lived")
def test_renewed_with_no_controller_and_no_session_lost(sit_down, people, impatient_timer, token):
    bob, alice = sit_down("remote", "native.py"), sit_down("remote", "browser.py")
    assert bob.login(people["bob"]["address"], people["bob"]["password"], 5222, False) == "session_start"
    alice.go(f"https://{NAME}/")
    alice.login("alice", people["alice"]["password"])
    alice.online()
    alice.chat(people["bob"]["address"])
    before, ended, begun = served(), websockets_that_ended(), time.monotonic()
    while not renewed(before):
        assert time.monotonic() - begun < SECONDS, run("chat", "journalctl", f"--unit={UNIT}", "--lines=20", "--output=cat")
        time.sleep(2)
    alice.say(f"the same session, {token}")
    bob.hears(f"the same session, {token}")
    bob.say(people["alice"]["address"], f"here too, {token}")
    alice.hears(f"here too, {token}")
    assert websockets_that_ended() == ended
    alice.leave()
    bob.leave()
    assert websockets_that_ended() == ended + 1
    late = sit_down("remote", "native.py")
    assert late.login(people["alice"]["address"], people["alice"]["password"], 5223, True) == "session_start"
    late.leave()

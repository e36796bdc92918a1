"""A real relay (coturn) beside the chat: the verification asks it for an address from every seat, and names what breaks it.

The relay is brought here by the test, and the seats are told of it as they are where the router's services have one.
"""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest
from ansible_collections.onprem.chat.tests.integration.actors import inspector, saboteur, supplier
from ansible_collections.onprem.chat.tests.integration.actors.saboteur import Fault

from .faults import ADDRESS, BOTH, CHAIN, CHAT, CHAT_ANSWERS, DESK, NAME, SERVER

SECRET = "only-for-the-lab-0123456789"
RELAYS = [
    {"name": NAME, "address": ADDRESS, "port": 3478, "transport": "udp"},
    {"name": NAME, "address": ADDRESS, "port": 5349, "transport": "tls"},
]
UDP, TLS = (f"relay {NAME} {one['transport']}" for one in RELAYS)
SETTINGS = "/etc/turnserver.conf"
LISTENS = "patiently sh -c 'ss -lnt | grep -q :5349'"
STARTED = f"""
install -m 600 -o turnserver {CHAIN} /etc/turnserver.pem
install -m 600 -o turnserver {CHAIN.removesuffix("pem")}key /etc/turnserver.key
cat >{SETTINGS} <<'EOF'
listening-ip={ADDRESS}
relay-ip={ADDRESS}
realm={NAME}
use-auth-secret
static-auth-secret={SECRET}
fingerprint
cert=/etc/turnserver.pem
pkey=/etc/turnserver.key
no-cli
EOF
systemctl start coturn
{LISTENS}
"""
GONE = "systemctl stop coturn; rm -f /etc/turnserver.pem /etc/turnserver.key"
AGAIN = f"systemctl restart coturn; {LISTENS}"
#: As the role chat_server writes it for chat_server_relays.
OFFER = "{host: %s, port: %d, type: %s, transport: %s, restricted: true}"
OFFERS = ", ".join((OFFER % (NAME, 3478, "turn", "udp"), OFFER % (NAME, 5349, "turns", "tcp")))
DISCO = f"mod_stun_disco: {{offer_local_services: false, secret: {SECRET}, services: [{OFFERS}]}}"
RELOADED = f"systemctl reload ejabberd\n{CHAT_ANSWERS}"

FAULTS = {
    "relay down": Fault(SERVER, "systemctl stop coturn", AGAIN, UDP, BOTH, "nothing listens on 3478"),
    "relay filtered": Fault(
        SERVER,
        "nft 'table inet fault { chain input { type filter hook input priority 0; udp dport 3478 drop; }; }'",
        "unfilter inet fault",
        UDP,
        BOTH,
        "drops port 3478",
    ),
    "relay filtered before the desk": Fault(
        DESK,
        "nft 'table inet fault { chain output { type filter hook output priority 0; tcp dport 5349 drop; }; }'",
        "unfilter inet fault",
        TLS,
        [DESK],
        "drops port 5349",
    ),
    "relay with another secret": Fault(
        SERVER,
        f"edit {SETTINGS} 's/^static-auth-secret=.*/static-auth-secret=another-one-0123456789/'\n{AGAIN}",
        f"back {SETTINGS}\n{AGAIN}",
        UDP,
        BOTH,
        "does not accept the chat server's credentials",
    ),
}


def inspect(folder):
    return inspector.inspect(folder, "-e", json.dumps({"site_verify_relays": RELAYS, "site_verify_browser": False}))


def seen(found, vantage):
    return [step["seen"] for step in found.report["vantages"][vantage]["steps"] if step["kind"] == "relay"]


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    """The relay runs, and both vantages can ask it."""
    folder = tmp_path_factory.mktemp("supplies")
    wanted = {SERVER: ("coturn", "python3-aioice"), DESK: ("python3-aioice",)}
    with ExitStack() as stack:
        for host, packages in wanted.items():
            stack.enter_context(supplier.supplied(host, folder / host, *packages))
        stack.callback(saboteur.on, SERVER, GONE)
        saboteur.on(SERVER, STARTED)
        yield


@pytest.fixture(scope="module")
def offered(relay):
    """The chat server tells who is logged in of the relay, with credentials that it takes."""
    try:
        saboteur.on(SERVER, f"edit {CHAT} 's/^modules:$/&\\n  {DISCO}/'\n{RELOADED}")
        yield
    finally:
        saboteur.on(SERVER, f"back {CHAT}\n{RELOADED}")


@pytest.mark.usefixtures("relay")
def test_without_credentials_its_question_for_them_is_an_answer(tmp_path):
    found = inspect(tmp_path)
    inspector.is_sound(found, BOTH)
    assert {vantage: seen(found, vantage) for vantage in BOTH} == dict.fromkeys(BOTH, ["it answers and asks for credentials"] * 2)


@pytest.mark.usefixtures("offered")
def test_with_credentials_it_lends_an_address(tmp_path):
    found = inspect(tmp_path)
    inspector.is_sound(found, BOTH)
    assert all(words.startswith(f"lent {ADDRESS}:") for vantage in BOTH for words in seen(found, vantage))


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(tmp_path, name):
    with saboteur.planted(FAULTS[name]):
        found = inspect(tmp_path)
    inspector.names(found, FAULTS[name])

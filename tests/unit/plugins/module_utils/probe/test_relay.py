"""Relays: which credentials are theirs, and what they answer; aioice is stood in for by what it promises."""

from __future__ import annotations

import asyncio
import sys
import types
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.probe import errands, relay
from ansible_collections.onprem.chat.plugins.module_utils.verify.intent import Relay

WANTED = Relay("relay.example.lan", "127.0.0.1", 3478, "udp")
UDP = relay.Offer("relay.example.lan", 3478, "udp", "1:a", "p1")
TLS = relay.Offer("relay.example.lan", 5349, "tls", "1:b", "p2")


@pytest.mark.parametrize(
    ("offers", "found"),
    [
        ([], ("", "")),
        ([UDP], ("1:a", "p1")),
        ([TLS, UDP], ("1:a", "p1")),
        ([TLS], ("1:b", "p2")),
        ([relay.Offer("127.0.0.1", 3478, "udp", "1:c", "p3")], ("1:c", "p3")),
        ([relay.Offer("other.example.lan", 3478, "udp", "1:d", "p4")], ("", "")),
        ([relay.Offer("relay.example.lan", 3478, "udp", "", "")], ("", "")),
        ([relay.Offer("relay.example.com", 3478, "udp", "1:e", "p5")], ("1:e", "p5")),
        ([relay.Offer("relay.example.com", 3478, "udp", "1:e", "p5"), UDP], ("1:a", "p1")),
    ],
)
def test_credentials(monkeypatch, offers, found):
    def resolve(host, _port):
        if host != "relay.example.com":
            raise OSError("no such name")
        return [(2, 1, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(relay.socket, "getaddrinfo", resolve)
    assert relay.credentials(offers, WANTED) == found


@pytest.mark.parametrize(
    ("offers", "leads", "seen"),
    [
        ([], [], None),
        ([relay.Offer("relay.example.com", 3478, "udp", "u", "p")], [], None),
        ([UDP], ["127.0.0.1"], None),
        ([UDP], ["192.0.2.1", "127.0.0.1"], None),
        ([UDP], ["192.0.2.1"], "relay.example.lan is 192.0.2.1 here"),
        ([TLS], [], "relay.example.lan is no name here"),
    ],
)
def test_the_name_that_is_offered_leads_there(monkeypatch, offers, leads, seen):
    monkeypatch.setattr(relay.socket, "getaddrinfo", lambda _host, _port: [(2, 1, 6, "", (one, 0)) for one in leads])
    found = relay.misled(offers, WANTED)
    assert (found and (found.seen, found.fault)) == (seen and (seen, "relay-name"))


@pytest.mark.parametrize(
    ("row", "offer"),
    [
        ({"type": "turn", "host": "r", "port": "3478", "transport": "udp", "username": "u", "password": "p"}, ("r", 3478, "udp")),
        ({"type": "turns", "host": "r", "transport": "tcp", "username": "u", "password": "p"}, ("r", 5349, "tls")),
        ({"type": "turn", "host": "r", "username": "u", "password": "p"}, ("r", 3478, "udp")),
    ],
)
def test_an_offer(row, offer):
    found = errands._offer(row)
    assert (found.host, found.port, found.transport) == offer
    assert (found.user, found.password) == ("u", "p")


def test_offers_are_read_from_the_servers_answer():
    class Client:
        boundjid = types.SimpleNamespace(domain="chat.example.lan")

        def make_iq_get(self, ito):
            query = ET.Element("iq", {"to": ito})
            rows = "<service type='stun' host='s'/><service type='turn' host='r' port='3478' username='u' password='p'/>"
            given = ET.fromstring(f"<iq><services xmlns='urn:xmpp:extdisco:2'>{rows}</services></iq>")

            async def send(timeout):
                return types.SimpleNamespace(xml=given)

            return types.SimpleNamespace(append=query.append, send=send)

    assert [one.host for one in asyncio.run(errands.offers(Client(), 1))] == ["r"]


class Failed(Exception):
    def __init__(self, code):
        self.response = types.SimpleNamespace(attributes={"ERROR-CODE": (code, "words")})


class TimedOut(Exception):
    pass


@pytest.fixture
def answering(monkeypatch):
    """Puts a relay in place that answers an allocation in the given way."""

    def put(outcome):
        class Session(asyncio.DatagramProtocol):
            def __init__(self, *_arguments, **_settings):
                self.transport = None

            def connection_made(self, transport):
                self.transport = transport

            async def connect(self):
                if outcome == "refused by ICMP":
                    self.error_received(ConnectionRefusedError(111, "x"))
                if outcome in ("refused by ICMP", "silence"):
                    await asyncio.sleep(60)
                if isinstance(outcome, Exception):
                    raise outcome
                return ("192.0.2.9", 50000)

            async def delete(self):
                self.transport.close()

        modules = {
            "aioice": types.ModuleType("aioice"),
            "aioice.turn": types.SimpleNamespace(TurnClientUdpProtocol=Session),
            "aioice.stun": types.SimpleNamespace(TransactionFailed=Failed, TransactionTimeout=TimedOut),
        }
        for name, module in modules.items():
            monkeypatch.setitem(sys.modules, name, module)

    return put


@pytest.mark.parametrize(
    ("outcome", "credential", "fault"),
    [
        ("lent", ("u", "p"), ""),
        (Failed(401), ("", ""), ""),
        (Failed(401), ("u", "p"), "relay-refused"),
        (Failed(486), ("u", "p"), "relay-refused"),
        (TimedOut(), ("u", "p"), "relay-silent"),
        ("silence", ("u", "p"), "relay-silent"),
        ("refused by ICMP", ("u", "p"), "relay-closed"),
    ],
)
def test_what_a_relay_answers(answering, outcome, credential, fault):
    answering(outcome)
    assert relay.lends(WANTED, credential, 0.3).fault == fault

"""Relays to what ejabberd tells clients of them."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.chat.model import ChatError
from ansible_collections.onprem.chat.plugins.module_utils.chat.relays import offers


@pytest.mark.parametrize(
    ("relay", "rows"),
    [
        ({"name": "relay.example.lan"}, [("stun", "udp", 3478, False), ("turn", "udp", 3478, True)]),
        ({"name": "relay.example.lan", "transport": "tcp"}, [("turn", "tcp", 3478, True)]),
        ({"name": "relay.example.lan", "transport": "tls"}, [("turns", "tcp", 5349, True)]),
        ({"name": "203.0.113.20", "transport": "tls", "port": 443}, [("turns", "tcp", 443, True)]),
        ({"name": "2001:db8::1", "transport": "tcp", "port": None}, [("turn", "tcp", 3478, True)]),
    ],
)
def test_what_is_offered(relay, rows):
    assert [(row["type"], row["transport"], row["port"], row["restricted"]) for row in offers([relay])] == rows
    assert {row["host"] for row in offers([relay])} == {relay["name"]}


def test_no_relays():
    assert offers([]) == []


@pytest.mark.parametrize(
    ("relays", "words"),
    [
        ("x", "chat_server_relays: is not a list"),
        (["x"], "chat_server_relays[0]: is not a mapping"),
        ([{}], "chat_server_relays[0].name: nothing is neither"),
        ([{"name": "Relay"}], "chat_server_relays[0].name: Relay is neither"),
        ([{"name": "relay.example.lan", "transport": "sctp"}], "chat_server_relays[0].transport: sctp is none of udp, tcp, tls"),
        ([{"name": "relay.example.lan", "port": 70000}], "chat_server_relays[0].port: 70000 is not a port"),
    ],
)
def test_bad_input_is_named(relays, words):
    with pytest.raises(ChatError) as caught:
        offers(relays)
    assert words in str(caught.value)

"""One name, seen from two sides."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import run

from .conftest import CHAT, LAN_NAME, NAME, PROVIDER, ask

CLIENTS = {f"_xmpp-client._tcp.{NAME}": 5222, f"_xmpps-client._tcp.{NAME}": 5223}


def test_outside_it_is_the_public_address(places):
    assert ask("remote", PROVIDER, NAME, "A") == (0, [places.public])
    assert run("remote", "getent", "ahostsv4", NAME).split()[0] == places.public


def test_inside_it_is_the_private_one(places):
    assert ask("desk1", places.dns, NAME, "A") == (0, [CHAT])
    assert run("desk1", "getent", "ahostsv4", NAME).split()[0] == CHAT
    assert ask("desk1", places.dns, LAN_NAME, "A") == (0, [CHAT])


@pytest.mark.parametrize("service", CLIENTS)
def test_native_clients_find_it_on_both_sides(places, service):
    for host, server in (("remote", PROVIDER), ("desk1", places.dns)):
        code, records = ask(host, server, service, "SRV")
        assert code == 0
        assert [record.split()[2:] for record in records] == [[str(CLIENTS[service]), f"{NAME}."]]


def test_the_rest_of_the_zone_is_the_providers(places):
    assert ask("desk1", places.dns, "www.example.com", "A") == (0, ["203.0.113.80"])
    assert ask("desk1", places.dns, "nobody.example.com", "A")[0] == 3  # NXDOMAIN

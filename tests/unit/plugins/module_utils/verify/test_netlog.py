"""Chromium's log of the network: what the page asked for, and not what the browser wanted for itself."""

from __future__ import annotations

from ansible_collections.onprem.chat.plugins.module_utils.verify.netlog import hosts

ORIGIN = "https://chat.example.lan"


def started(url, initiator="not an origin"):
    return {"type": 2, "params": {"url": url, "initiator": initiator}}


LOG = {
    "constants": {"logEventTypes": {"REQUEST_ALIVE": 1, "URL_REQUEST_START_JOB": 2}},
    "events": [
        started("https://accounts.example.com/ListAccounts"),
        started("https://chat.example.lan/"),
        started("https://chat.example.lan/chat.js", ORIGIN),
        started("wss://chat.example.lan/ws", ORIGIN),
        started("https://tracker.example.com/a.png", ORIGIN),
        {"type": 1, "params": {"url": "https://dropped.example.com/", "initiator": ORIGIN}},
        {"type": 2},
    ],
}


def test_the_hosts_that_the_page_asked():
    assert hosts(LOG, ORIGIN) == ["chat.example.lan", "tracker.example.com"]
    assert hosts(LOG, "https://other.example.lan") == []

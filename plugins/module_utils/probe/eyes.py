"""Answers the rungs of a ladder, each by its kind, from the host that this runs on."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any

from ..verify import classify
from ..verify.intent import Intent
from ..verify.ladder import Observation, Rung
from ..verify.rungs import TLS
from . import client, names, relay, size, start, transport, web, xmpp
from .looking import look


class Eyes:
    """What a person's device would see; ``params`` are the options of M(onprem.chat.site_probe). Close it whatever happens."""

    def __init__(self, intent: Intent, params: Mapping[str, Any]) -> None:
        self.intent = intent
        self.params = params
        self.timeout: float = params["timeout"]
        self.body = params["body"] or f"onprem.chat verification {secrets.token_hex(8)}"
        self.talk: xmpp.Talk | None = None
        self.ports: Mapping[int, Observation] = {}
        self.kinds = {
            "dns": lambda rung: names.of_server(rung, intent.name, intent.addresses, self.timeout),
            "foreign": lambda rung: names.foreign(rung, intent.foreign, self.timeout),
            "name": lambda rung: names.by_resolver(intent.name, intent.addresses, self.timeout),
            "wrong-name": lambda rung: names.wrong_names(intent.domain, self._elsewhere(), self.timeout),
            "srv": lambda rung: names.services(intent, self.timeout),
            "tcp": self._port,
            "mtu": lambda rung: size.of_packets(rung, self.timeout),
            "clock": lambda rung: web.clock(rung, self.timeout),
            "tls": self._certificate,
            "crl": lambda rung: web.revocation(rung, intent.crl_urls, params["soon_hours"], self.timeout),
            "page": lambda rung: web.page(rung, self.timeout, intent.xmpp),
            "websocket": lambda rung: web.websocket(rung, self.timeout, intent.xmpp),
            "health": self._health,
            "client": lambda rung: client.of_page(rung, intent.names, params["browser"], self.timeout),
            "redirect": lambda rung: web.redirect(rung, self.timeout),
            "start": lambda rung: start.page(rung, intent.start_ca, self.timeout),
            "door": lambda rung: web.door(rung, self.timeout),
            "accounts": self._accounts,
            "login": self._login,
            "message": lambda rung: self._session().message("a", "b", self.body),
            "history": lambda rung: self._session().history("b", [self.body])[self.body],
            "upload": lambda rung: self._session().upload("a"),
            "relay": self._relay,
        }

    def look(self, rung: Rung) -> Observation:
        return look(self.kinds, rung)

    def close(self) -> None:
        if self.talk:
            self.talk.close()

    def _elsewhere(self) -> str:
        # in an air gap every name server has been asked for it already
        return "" if self.intent.foreign else str(self.params["foreign_name"])

    def _port(self, rung: Rung) -> Observation:
        # all at once: where nothing answers, one wait is enough
        self.ports = self.ports or transport.opened(rung.target, self.intent.ports, self.timeout)
        return self.ports[rung.port]

    def _certificate(self, rung: Rung) -> Observation:
        return transport.certificate(rung, TLS[rung.port], self.params["soon_days"], time.time(), self.timeout)

    def _accounts(self, _rung: Rung) -> Observation:
        fault = self.params["accounts_fault"]
        return Observation(fault, classify.accounts(fault)) if fault else Observation("made")

    def _health(self, rung: Rung) -> Observation:
        return web.health(rung, self.intent.health, self.timeout) if self.intent.health else Observation("not asked")

    def _session(self) -> xmpp.Talk:
        self.talk = self.talk or xmpp.Talk(self.intent.name, self.timeout)
        return self.talk

    def _login(self, rung: Rung) -> Observation:
        account = self.params["accounts"]["ab".index(rung.target)]
        return self._session().login(rung.target, account["name"], account["password"], rung.port)

    def _relay(self, rung: Rung) -> Observation:
        wanted = next(one for one in self.intent.relays if one.rung == rung.name)
        offers = self.talk.offers() if self.talk else []
        return relay.misled(offers, wanted) or relay.lends(wanted, relay.credentials(offers, wanted), self.timeout)

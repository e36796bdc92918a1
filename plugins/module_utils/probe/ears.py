"""Answers the rungs of what one account does at the chat server, from the host that this runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..verify.ladder import Observation, Rung
from . import xmpp
from .looking import look

_KEY = "self"


class Ears:
    """One account; ``params`` are the options of M(onprem.chat.chat_probe). Close it whatever happens."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params
        self.talk: xmpp.Talk | None = None
        self.kept: dict[str, Observation] = {}
        self.kinds = {"login": self._login, "to": self._to, "from": self._from, "upload": self._upload}

    def look(self, rung: Rung) -> Observation:
        return look(self.kinds, rung)

    def close(self) -> None:
        if self.talk:
            self.talk.close()

    def _session(self) -> xmpp.Talk:
        self.talk = self.talk or xmpp.Talk(self.params["name"], self.params["timeout"])
        return self.talk

    def _login(self, rung: Rung) -> Observation:
        return self._session().login(_KEY, self.params["user"], self.params["password"], rung.port)

    def _to(self, rung: Rung) -> Observation:
        return self._session().write(_KEY, rung.target, self.params["send"][rung.target])

    def _from(self, rung: Rung) -> Observation:
        wanted = self.params["messages"]
        # one question for all of them
        self.kept = self.kept or self._session().history(_KEY, list(wanted.values()))
        seen = self.kept[wanted[rung.target]]
        return replace(seen, fault="archive-missing") if seen.fault else seen

    def _upload(self, _rung: Rung) -> Observation:
        return self._session().upload(_KEY)

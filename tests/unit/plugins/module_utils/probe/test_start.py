"""The page on which people begin, and the root that it offers."""

from __future__ import annotations

import http.client
import ssl
import types

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.probe import start
from ansible_collections.onprem.chat.plugins.module_utils.verify.ladder import Rung

NAME = "chat.example.lan"
PAGE, ROOT = f"http://{NAME}/start", f"http://{NAME}/start/files/{NAME}-root.crt"
SOUND = {PAGE: (200, f"Welcome to {NAME}".encode()), ROOT: (200, b"the root")}


class Link:
    def close(self):
        pass


def look(monkeypatch, served, ca=True, trusted=True, port=80):
    """The fault when the server answers so, and its certificate is (not) one of the root."""

    def fetch(url, _timeout):
        if url not in served:
            raise http.client.RemoteDisconnected("x")
        status, body = served[url]
        return types.SimpleNamespace(status=status), body

    def secured(*_arguments):
        if not trusted:
            error = ssl.SSLCertVerificationError("x")
            error.verify_message = "unable to get local issuer certificate"
            raise error
        return Link()

    def context(cadata=""):
        # of nothing Python makes a context that trusts what this host trusts
        if cadata not in ("", "the root"):
            raise ssl.SSLError("not a certificate")

    monkeypatch.setattr(start.web, "fetch", fetch)
    monkeypatch.setattr(start.transport, "secured", secured)
    monkeypatch.setattr(start.ssl, "create_default_context", context)
    return start.page(Rung("start", "start", "", target=NAME, port=port), ca, 2).fault


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ({}, ""),
        ({PAGE: (404, b"")}, "start-absent"),
        ({PAGE: (301, NAME.encode())}, "start-absent"),
        ({PAGE: (403, b"")}, "web-refused"),
        ({PAGE: (200, b"Welcome to nginx")}, "start-absent"),
        ({ROOT: (404, b"")}, "start-root"),
        ({ROOT: (200, b"")}, "start-root"),
        ({ROOT: (200, b"\xff")}, "start-root"),
        ({ROOT: (200, b"something else")}, "start-root"),
    ],
)
def test_what_is_served(monkeypatch, parts, fault):
    assert look(monkeypatch, {**SOUND, **parts}) == fault


def test_nobody_answers(monkeypatch):
    assert look(monkeypatch, {}) == "start-absent"
    assert look(monkeypatch, {PAGE: SOUND[PAGE]}) == "start-root"


def test_the_root_of_another_authority(monkeypatch):
    assert look(monkeypatch, SOUND, trusted=False) == "start-root"


def test_without_an_authority_of_its_own_there_is_no_root(monkeypatch):
    assert look(monkeypatch, {PAGE: SOUND[PAGE]}, ca=False, trusted=False) == ""


def test_where_port_80_is_closed(monkeypatch):
    served = {url.replace("http:", "https:"): answer for url, answer in SOUND.items()}
    assert look(monkeypatch, served, port=443) == ""

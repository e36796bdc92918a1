"""What the chat server must not do, tried with a bare socket and a real library."""

from __future__ import annotations

import base64

import pytest

REGISTER = (
    "<iq type='set' id='r1'><query xmlns='jabber:iq:register'>"
    "<username>mallory</username><password>let-me-in</password></query></iq>"
)
ASK = "<iq type='get' id='r0'><query xmlns='jabber:iq:register'/></iq>"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"


@pytest.fixture(scope="module")
def stranger(sit_down):
    return sit_down("desk2", "native.py")


@pytest.mark.parametrize(("port", "direct"), [(5222, False), (5223, True)])
@pytest.mark.parametrize(("user", "password"), [("alice", "not her password"), ("nobody-here", "lab-only-nobody")])
def test_who_has_no_right_is_refused(stranger, site, people, user, password, port, direct):
    assert stranger.login(f"{user}@{site['name']}", password, port, direct) == "failed_all_auth"
    # a right one, too: a server that refuses everybody proves nothing (and it ends the server's count of wrong ones)
    assert stranger.login(people["alice"]["address"], people["alice"]["password"], port, direct) == "session_start"
    stranger.leave()


def test_before_tls_nothing_is_offered_but_tls(stranger, site):
    (features,) = stranger.talk(site["name"], 5222, False, [])
    assert "urn:ietf:params:xml:ns:xmpp-tls" in features
    assert "<required" in features
    assert "<mechanism>" not in features
    assert "register" not in features


def test_a_password_in_the_clear_is_refused(stranger, site, people):
    plain = base64.b64encode(f"\0alice\0{people['alice']['password']}".encode()).decode()
    _features, answer = stranger.talk(site["name"], 5222, False, [f"<auth xmlns='{SASL}' mechanism='PLAIN'>{plain}</auth>"])
    assert "<success" not in answer
    assert answer == "" or "policy-violation" in answer or "<failure" in answer or "not-authorized" in answer


def test_accounts_are_made_by_the_admin_alone(stranger, site):
    features, asked, made = stranger.talk(site["name"], 5222, True, [ASK, REGISTER])
    assert "<mechanism>" in features
    assert "register" not in features
    assert "type='result'" not in asked + made and 'type="result"' not in asked + made
    assert stranger.login(f"mallory@{site['name']}", "let-me-in", 5222, False) == "failed_all_auth"


def test_no_other_server_is_let_in(stranger, site):
    assert stranger.opens(site["name"], 5269) != "open"


@pytest.mark.parametrize("port", [25, 1883, 4369, 5280, 5432, 5443])
def test_only_what_people_need_is_open(stranger, site, port):
    assert stranger.opens(site["name"], port) != "open"

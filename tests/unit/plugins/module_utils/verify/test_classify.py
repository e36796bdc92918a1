"""From the system's errors to fault codes."""

from __future__ import annotations

import errno
import ssl

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.verify import classify


def verification(code, words="words"):
    error = ssl.SSLCertVerificationError(1, words)
    error.verify_code, error.verify_message = code, words
    return error


def tls(reason):
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "tcp-refused"),
        (TimeoutError("timed out"), "tcp-silent"),
        (OSError(errno.EHOSTUNREACH, "x"), "tcp-unreachable"),
        (OSError(errno.ENETUNREACH, "x"), "tcp-unreachable"),
    ],
)
def test_connecting(error, fault):
    assert classify.connecting(error) == fault


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (verification(20), "tls-unknown"),
        (verification(18), "tls-unknown"),
        (verification(10), "tls-expired"),
        (verification(9), "tls-early"),
        (verification(62), "tls-name"),
        (verification(23), "tls-revoked"),
        (verification(12), "crl-stale"),
        (verification(3), "crl-foreign"),
        (verification(47), "tls-constraint"),
        (verification(89), "tls-invalid"),
        (tls("WRONG_VERSION_NUMBER"), "tls-none"),
        (tls("TLSV1_ALERT_PROTOCOL_VERSION"), "tls-version"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "tls-none"),
        (TimeoutError("timed out"), "tls-silent"),
        (ValueError("x"), "probe"),
    ],
)
def test_handshake(error, fault):
    assert classify.handshake(error) == fault


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (verification(20, "unable to get local issuer certificate"), "unable to get local issuer certificate"),
        (TimeoutError("timed out"), "no answer in time"),
        (tls("WRONG_VERSION_NUMBER"), "wrong version number"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "Connection refused"),
        (ValueError("odd"), "ValueError: odd"),
    ],
)
def test_words(error, words):
    assert classify.words(error) == words


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("ejabberd: node 'ejabberd' does not run here; see systemctl status ejabberd", "accounts-absent"),
        ("ejabberd: erl_call could not reach it on port 4200 (exit status 1)", "accounts-absent"),
        ("ejabberd: runs and gave no answer in 8 s; is its database up?", "accounts-silent"),
        ("ejabberd: gave no readable answer; see /var/log/ejabberd/ejabberd.log", "accounts"),
        ("ejabberd: does not serve chat.example.lan; see hosts in /etc/ejabberd/ejabberd.yml", "accounts-host"),
        ('account onprem-probe-a: register was refused: ["error"]', "accounts-refused"),
        ("MODULE FAILURE", "accounts"),
    ],
)
def test_accounts(said, fault):
    assert classify.accounts(said) == fault

"""What a content-security policy lets a page ask for."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.verify.policy import outside

NAMES = ("chat.example.com", "chat.example.lan")
SOUND = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' "
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; "
    "img-src 'self' data: blob: https://chat.example.com; connect-src 'self' wss://chat.example.com wss://chat.example.lan; "
    "base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    ("policy", "faults"),
    [
        (SOUND, []),
        (SOUND.upper().replace("'NONE'", "'none'"), []),
        ("", ["no policy"]),
        ("script-src 'self'", ["no default-src"]),
        ("default-src 'self'; img-src *", ["img-src *"]),
        ("default-src 'self'; img-src https:", ["img-src https:"]),
        ("default-src 'self'; script-src cdn.example.com", ["script-src cdn.example.com"]),
        ("default-src 'self'; connect-src wss://*.example.com", ["connect-src wss://*.example.com"]),
        ("default-src 'self'; connect-src wss://chat.example.com:8443", []),
        ("default-src https://chat.example.com.evil.example", ["default-src https://chat.example.com.evil.example"]),
        ("default-src 'self'; report-uri /csp", []),
        ("default-src 'self'; report-uri //collector.example.com/csp", ["report-uri //collector.example.com/csp"]),
        # the first of two lines of a directive counts
        ("default-src 'self'; default-src *", []),
        # two policies hold both
        ("default-src *, default-src 'self'", []),
        ("default-src *, img-src 'self'", ["default-src *"]),
        ("frame-ancestors *; default-src 'none'; sandbox allow-scripts", []),
    ],
)
def test_what_is_outside(policy, faults):
    assert outside(policy, NAMES) == faults

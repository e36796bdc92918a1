# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# Well-formed, expired, signed by a key that was thrown away: good for a file in a prediction, for nothing else.
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBNTCB26ADAgECAgEBMAoGCCqGSM49BAMCMCQxIjAgBgNVBAMMGXBsYWNlaG9s
ZGVyIG9mIGNoZWNrIG1vZGUwHhcNMjYwMTAxMDAwMDAwWhcNMjYwMTAyMDAwMDAw
WjAkMSIwIAYDVQQDDBlwbGFjZWhvbGRlciBvZiBjaGVjayBtb2RlMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEPV1DaqmMscMOoQtUguDst/wWbC+T/wqs/52+Cjvv
RSwJEZ/ajzVIpbVUh4tyoNxvxgmk+OflS5Pv8N8k/4YLoDAKBggqhkjOPQQDAgNJ
ADBGAiEAqB8jmknXMHqioZlXyP4oTYwpyUAWJt49P2fMjb+++3ECIQC3uGubv2u8
WIO+jkp83GWe5I4WZXFh3CM7O3wq2Sxryw==
-----END CERTIFICATE-----
"""
CRL = (
    "MIGqMFMCAQEwCgYIKoZIzj0EAwIwJDEiMCAGA1UEAwwZcGxhY2Vob2xkZXIgb2YgY2hlY2sgbW9kZRcNMjYwMTAxMDAwMDAwWhcN"
    "MjYwMTAyMDAwMDAwWjAKBggqhkjOPQQDAgNHADBEAiAyyUAl11aMzA9hdzQ7/dpz7/zR15ZEAJ6BFIA7jXinOQIgRxuQY7ocjvRR"
    "jMVFniQt6ZIJzsillIGWE9l4iarexoU="
)


def placeholder(names: Iterable[str]) -> dict[str, Any]:
    """What check mode gives back for a CA whose host cannot work with certificates yet."""
    names = list(names)
    return {
        "changed": True,
        "predicted": True,
        "root": CERTIFICATE,
        "root_fingerprint": "",
        "issuing": CERTIFICATE,
        "chains": dict.fromkeys(names, CERTIFICATE * 2),
        "crls": {"issuing.crl": CRL, "root.crl": CRL},
        "certificates": [],
        "refused": {},
        "actions": ["make a CA, or work on one: not to be seen before python3-cryptography is on the host"],
        "due": "",
    }

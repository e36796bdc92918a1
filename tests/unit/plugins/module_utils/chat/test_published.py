# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a certificate authority publishes."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.chat.model import ChatError
from ansible_collections.onprem.chat.plugins.module_utils.chat.published import published

DER = bytes(range(256))
PEM = f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(DER).decode()}-----END CERTIFICATE-----\n"


def test_root_in_both_forms_and_lists_byte_for_byte():
    rows = published(PEM, {"issuing.crl": base64.b64encode(DER).decode()}, "/srv/pki")
    content = {row["path"]: row["content"].encode("utf-8", "surrogateescape") for row in rows}
    assert content == {"/srv/pki/root.crt": PEM.encode(), "/srv/pki/root.cer": DER, "/srv/pki/issuing.crl": DER}


REFUSED = [
    ("no pem", {}, "chat_server_ca_certificate: holds no certificate"),
    (PEM, {"../x": ""}, "chat_server_crls['../x']: is not a free plain file name"),
    (PEM, {"root.cer": ""}, "chat_server_crls['root.cer']: is not a free plain file name"),
    (PEM, {"a.crl": "%%%"}, "chat_server_crls['a.crl']: is not base64"),
    (PEM, ["a.crl"], "chat_server_crls: is not a mapping"),
]


@pytest.mark.parametrize(("root", "crls", "error"), REFUSED)
def test_refused(root, crls, error):
    with pytest.raises(ChatError) as refused:
        published(root, crls, "/srv/pki")
    assert str(refused.value).startswith(error)

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a certificate authority publishes, as files of a config set: devices and checkers want it in DER, people in PEM too."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from .model import ChatError

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def published(root: Any, crls: Any, folder: str) -> list[dict[str, str]]:
    """The root certificate C(root) (PEM) and the lists C(crls) ({file: DER in base64}) to rows C({path, content}) below
    C(folder).

    Content is text; bytes that are none are carried as Python's surrogate escapes. Raises L(ChatError).
    """
    errors: list[str] = []
    found = _CERTIFICATE.search(str(root))
    if not found:
        errors.append("chat_server_ca_certificate: holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
    rows = {"root.crt": str(root).strip() + "\n", "root.cer": _decode(found.group(1), "", errors) if found else ""}
    if not isinstance(crls, Mapping):
        raise ChatError([*errors, "chat_server_crls: is not a mapping of file names to base64"])
    for name, content in crls.items():
        where = f"chat_server_crls[{str(name)!r}]"
        if not _FILE.fullmatch(str(name)) or str(name) in ("root.crt", "root.cer"):
            errors.append(f"{where}: is not a free plain file name")
        rows[str(name)] = _decode(content, where, errors)
    if errors:
        raise ChatError(errors)
    return [{"path": f"{folder}/{name}", "content": rows[name]} for name in sorted(rows)]


def _decode(text: Any, where: str, errors: list[str]) -> str:
    try:
        return base64.b64decode("".join(str(text).split()), validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        errors.append(f"{where or 'chat_server_ca_certificate'}: is not base64")
        return ""

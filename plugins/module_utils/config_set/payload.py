# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The set on its way from the controller to the host: one opaque text, so that no log on the way can show a file."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

from .model import ConfigSet
from .parse import parse


def pack(raw: Mapping[str, Any], contents: Mapping[int, bytes]) -> str:
    """The options I(raw), with I(contents) for the files (by index) that the controller has read or rendered."""
    files = []
    for index, file in enumerate(raw.get("files") or []):
        options = {key: value for key, value in file.items() if key not in ("template", "src", "content", "vars")}
        if index in contents:
            options["content"] = encode_content(contents[index])
        files.append(options)
    data = json.dumps({**raw, "files": files}, sort_keys=True).encode()
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")


def unpack(payload: str) -> ConfigSet:
    """The reverse of L(pack), as the config set that it says."""
    raw = json.loads(zlib.decompress(base64.b64decode(payload)))
    for file in raw["files"]:
        if "content" in file:
            file["content"] = decode_content(file["content"])
    return parse(raw)


def encode_content(data: bytes) -> dict[str, str]:
    """File content as JSON can carry it: text where it is text, base64 where not."""
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def decode_content(value: Mapping[str, str]) -> bytes:
    """The reverse of L(encode_content)."""
    return value["text"].encode("utf-8") if "text" in value else base64.b64decode(value["base64"])

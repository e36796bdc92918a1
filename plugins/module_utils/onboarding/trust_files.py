# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The root certificate in the forms in which devices take it: for each the bytes of one file."""

from __future__ import annotations

import plistlib
import uuid
from typing import Any

from .model import Start
from .powershell import script
from .root import Root


def trust_files(start: Start) -> dict[str, str]:
    """Return file name to content, for each way to trust the root of C(start); none without one.

    Bytes that are no text are carried as Python's surrogate escapes, as a config set takes them.
    """
    if start.root is None:
        return {}
    stem, root = file_stem(start), start.root
    return {
        f"{stem}.cer": root.der.decode("utf-8", "surrogateescape"),
        f"{stem}.crt": root.pem,
        f"{stem}.mobileconfig": profile(start, root).decode(),
        f"{stem}.ps1": script(f"{stem}.ps1", root),
    }


def file_stem(start: Start) -> str:
    """The name by which people find the file again in their downloads."""
    return f"{start.name}-root"


def profile(start: Start, root: Root) -> bytes:
    """Return the configuration profile of iPhone, iPad and Mac that brings the root (Apple: Device Management, CertificateRoot).

    Its identifiers come of the name and the certificate: the same root replaces itself, and another one stands beside it.
    """
    identifier = ".".join(reversed(start.name.split("."))) + ".onprem-chat.root"
    certificate = {
        **_payload("com.apple.security.root", f"{identifier}.certificate", root),
        "PayloadDisplayName": root.name,
        "PayloadDescription": f"SHA-256 {root.sha256}",
        "PayloadCertificateFileName": f"{file_stem(start)}.cer",
        "PayloadContent": root.der,
    }
    whole = {
        **_payload("Configuration", identifier, root),
        "PayloadDisplayName": f"{start.title}: {root.name}",
        "PayloadDescription": f"Lets this device recognise {start.name}.",
        "PayloadOrganization": start.title,
        "PayloadRemovalDisallowed": False,
        "PayloadContent": [certificate],
    }
    return plistlib.dumps(whole, sort_keys=True)


def _payload(kind: str, identifier: str, root: Root) -> dict[str, Any]:
    number = uuid.uuid5(uuid.NAMESPACE_OID, f"{identifier} {root.sha256}")
    return {"PayloadType": kind, "PayloadVersion": 1, "PayloadIdentifier": identifier, "PayloadUUID": str(number).upper()}

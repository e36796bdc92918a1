"""Hands the relay what root has: certificate and key, and at a start its settings.

turn_relay_hand.py DIRECTORY CHAIN KEY [SETTINGS...]; exit status 0 and silence, or 1 and what is wrong. Certificate and key
that do not belong together are not handed on: the relay goes on with what it has.
"""

from __future__ import annotations

import os
import pwd
import ssl
import sys
from pathlib import Path

ACCOUNT = "turnserver"


def put(path: Path, content: bytes) -> None:
    """The content at its path as a whole, for the daemon's eyes."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "wb") as handle:
        os.fchown(descriptor, pwd.getpwnam(ACCOUNT).pw_uid, 0)
        handle.write(content)
    fresh.replace(path)


def main() -> int:
    directory, chain, key, *settings = (Path(word) for word in sys.argv[1:])
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key, password="")  # an encrypted key is an error, not a question
    except (OSError, ssl.SSLError) as reason:
        print(f"{chain}, {key}: {reason.strerror or reason}", file=sys.stderr)
        return 1
    put(directory / "chain.pem", chain.read_bytes())
    put(directory / "key.pem", key.read_bytes())
    if settings:
        put(directory / "turnserver.conf", b"".join(path.read_bytes() for path in settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())

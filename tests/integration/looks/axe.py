"""axe-core, which finds what people with a screen reader, a keyboard or weak eyes cannot use. For tests alone."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tarfile

from ansible_collections.onprem.chat.tests.integration.actors.desk import CHECKOUT

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
CACHE = CHECKOUT / ".cache/looks-tools"


def source() -> str:
    """Return the program as one text; it is fetched once and is what was pinned here, or nothing."""
    package = CACHE / f"axe-core-{VERSION}.tgz"
    if not package.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent", f"axe-core@{VERSION}", "--pack-destination", str(CACHE)]
        subprocess.run(command, check=True, capture_output=True, cwd=CACHE)
    found = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if found != SHA512:
        package.unlink()
        raise ValueError(f"axe-core {VERSION} is not what it was when it was pinned: sha512-{found}")
    with tarfile.open(package) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode("utf-8")


def told(violations: list[dict]) -> list[str]:
    """Return what axe complains of, a line for each."""
    return [f"{one['impact']}: {one['rule']}: {one['help']} ({'; '.join(one['at'][:3])})" for one in violations]

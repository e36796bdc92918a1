"""Let ansible-test make its virtual environments with no download: pip comes from the standard library's ensurepip.

ansible-test fetches a pinned get-pip from its own site, unless it finds one in its cache under the home folder given here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import ansible_test

STUB = """\
import ensurepip
ensurepip.bootstrap(upgrade=True, default_pip=True)
"""

source = Path(ansible_test.__path__[0], "_internal/python_requirements.py").read_text(encoding="utf-8")
cache = Path(sys.argv[1]) / ".ansible/test/cache"
cache.mkdir(parents=True, exist_ok=True)
for version in re.findall(r"\bpip='([0-9.]+)'", source):
    (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(STUB, encoding="utf-8")

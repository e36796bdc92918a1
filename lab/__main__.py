"""Entry point of lab/lab: `python3 lab ARGUMENTS`."""

from __future__ import annotations

import sys
from pathlib import Path


def run() -> int:
    """Make the package importable from wherever the checkout is, then obey the command line."""
    if sys.version_info < (3, 11):
        sys.exit("lab: Python 3.11 or newer is needed; name one in ONPREM_LAB_PYTHON")
    sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]
    from lab.cli import main

    return main(sys.argv[1:])


sys.exit(run())

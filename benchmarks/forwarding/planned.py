"""The collection's own core, called directly; also as a program: an intent (JSON) goes in, rules and what they cost come out.

``python planned.py INTENT TARGET FILE...`` writes the renderings and prints seconds of processor time and MB at most.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".ansible/collections"))

from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import plan
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.renderers import rendered


def renderings(intent: dict[str, Any], target: str) -> dict[str, str]:
    """Return the rules of an intent."""
    return rendered(plan(intent), [target])


def main() -> None:
    """Parse, check, compute, render."""
    given, target, *files = sys.argv[1:]
    intent = json.loads(Path(given).read_text())
    start = time.process_time()
    texts = renderings(intent, target)
    seconds = time.process_time() - start
    for file, text in zip(files, texts.values()):
        Path(file).write_text(text)
    print(json.dumps({"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()

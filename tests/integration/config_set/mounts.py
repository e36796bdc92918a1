"""Run by a test in a mount namespace of its own: a set over directories with other file systems in them."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[2])
from ansible_collections.onprem.chat.plugins.module_utils.config_set.engine import apply
from ansible_collections.onprem.chat.plugins.module_utils.config_set.model import ConfigSetError
from ansible_collections.onprem.chat.plugins.module_utils.config_set.outcome import Run
from ansible_collections.onprem.chat.plugins.module_utils.config_set.parse import parse

root = Path(sys.argv[1])
live = root / "live"


def put(*names, validate=()):
    files = [{"path": str(live / name), "content": f"{name}\n"} for name in names]
    try:
        apply(parse({"name": "mounts", "files": files, "validate": list(validate)}), Run(str(root / "state"), 1))
    except ConfigSetError as error:
        print(error)


def mount(*words):
    subprocess.run(["mount", *words], check=True)


for folder in ("sub", "a b", "plain"):
    (live / folder).mkdir(parents=True)
(live / "bound").write_text("hidden\n")
(root / "other").write_text("mounted\n")
mount("-t", "tmpfs", "none", str(live / "sub"))
mount("-t", "tmpfs", "none", str(live / "a b"))
mount("--bind", str(root / "other"), str(live / "bound"))
(live / "sub/deep").mkdir()
(live / "a b/in").write_text("in\n")
put("new", "sub/y", "sub/deep/z", "plain/p", validate=[f"sh -c 'cd {live}; find . -type f | sort; cat bound sub/y; exit 3'"])
print(sorted(str(path.relative_to(live)) for path in live.rglob("*") if path.is_file()))
put("new", "bound")
put("new", "sub/y", validate=["true"])
print((live / "sub/y").read_text().strip(), [path.name for path in root.rglob(".*") if path.name != ".lock"])

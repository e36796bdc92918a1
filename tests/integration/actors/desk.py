"""People at desks: a program that runs on a host of the lab and obeys orders, and what a test needs around it."""

from __future__ import annotations

import json
import os
import select
import shlex
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
EXEC = shlex.split(os.environ.get("ONPREM_LAB_EXEC", f"{CHECKOUT}/lab/lab exec"))
VISITOR = "onprem-visitor"
#: Longer than the most patient order of a desk.
DEADLINE = 120


#: Makes the first argument the module ``orders``, and runs the second as the program.
LOADER = """
import sys, types
shared, program = sys.argv[1:3]
del sys.argv[1:3]
sys.modules["orders"] = types.ModuleType("orders")
exec(compile(shared, "orders", "exec"), vars(sys.modules["orders"]))
exec(compile(program, "program", "exec"))
"""


class Broken(AssertionError):
    """Something on a desk did not go as ordered."""


class Desk:
    """A program on a desk that obeys orders: ``desk.say("hello")`` runs its method ``say`` there."""

    def __init__(self, host: str, program: str, *options: str) -> None:
        # the program is an argument, so that nothing is left on the desk; and so is what all of them import
        sources = [(HERE / one).read_text(encoding="utf-8") for one in ("orders.py", program)]
        visitor = ["runuser", "-u", VISITOR, "--", "env", f"HOME=/home/{VISITOR}", "LC_ALL=C.UTF-8"]
        command = [*EXEC, host, *visitor, "python3", "-u", "-c", LOADER, *sources, *options]
        self.host = host
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/")

    def __getattr__(self, name: str):
        return lambda *arguments: self.order(name, *arguments)

    def order(self, name: str, *arguments: object) -> object:
        self.process.stdin.write(json.dumps({"do": name, "with": arguments}).encode() + b"\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], DEADLINE)[0]:
            raise Broken(f"{self.host}: {name}: no answer in {DEADLINE} s")
        line = self.process.stdout.readline()
        if not line:
            raise Broken(f"{self.host}: {name}: the program on the desk ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise Broken(f"{self.host}: {name}: {answer['error']}")
        return answer["value"]

    def close(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def run(host: str, *command: str) -> str:
    """Run a command on a host of the lab and return what it printed."""
    return subprocess.run([*EXEC, host, *command], check=True, capture_output=True, text=True, cwd="/").stdout


def make_visitor(host: str) -> None:
    """Make the ordinary user whose desk it is, unless there is one."""
    run(host, "sh", "-c", f"id -u {VISITOR} >/dev/null 2>&1 || useradd --create-home {VISITOR}")

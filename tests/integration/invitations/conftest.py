"""People who are invited, in the lab: the operator makes links, they come with browsers and, when it has to be quick, with curl.

    molecule converge -s airgap && ONPREM_LAB_NAME=molecule pytest tests/integration/invitations

The site is as it was when the tests are over.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import EXEC, Desk, make_visitor
from ansible_collections.onprem.chat.tests.integration.actors.operator import ENVIRONMENT, INVENTORY_OPTIONS, ROOT, Site

HERE = Path(__file__).parent
NAME = "chat.example.lan"
CHAT = os.environ.get("ONPREM_CHAT_HOST", "chat")
DATABASE = "/var/lib/onprem-chat/invitations/invitations.sqlite"
LINK = re.compile(rf"https://{re.escape(NAME)}/invite/#([A-Za-z0-9_-]{{43}})")
#: Those of the inventory stay as they are; the others come by a link.
INVITED = ["carol", "dave", "erin", "frank", "gwen", "heidi", *(f"kill{number}" for number in range(5))]
OTHERS = [
    {"name": "alice", "password": "lab-only-alice", "display_name": "Alice", "admin": True},
    {"name": "bob", "password": "lab-only-bob", "display_name": "Bob"},
]
# asks as a browser does, and again when too many did
ASK = """
import json, sys, time, urllib.error, urllib.request
what, body = sys.argv[1], sys.argv[2].encode()
for _try in range(60):
    request = urllib.request.Request(sys.argv[3] + what, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=70) as answer:
            print(answer.read().decode()); break
    except urllib.error.HTTPError as reason:
        if reason.code != 429:
            print(json.dumps({"state": "http " + str(reason.code)})); break
    except OSError as reason:
        print(json.dumps({"state": type(reason).__name__})); break
    time.sleep(1)
"""


class Operator(Site):
    """The operator with people to invite."""

    def __init__(self, sheets: Path) -> None:
        super().__init__()
        self.sheets = sheets
        self.output = ""
        self.tokens: set[str] = set()

    def play(self, playbook: Path | str, *options: str, people: list[str] | None = None, fine: bool = True) -> str:
        """Run a playbook of a site with these people and return the output; with every word that Ansible has."""
        rows = [{"name": name, "display_name": name.title(), "invite": True} for name in (INVITED if people is None else people)]
        command = ["ansible-playbook", *INVENTORY_OPTIONS, str(ROOT / playbook), "-vvv", "--diff", *options]
        environment = {**ENVIRONMENT, "ANSIBLE_STDOUT_CALLBACK": "default", "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1"}
        given = ["-e", json.dumps({"site_users": OTHERS + rows, "onprem_invite_sheets": str(self.sheets)})]
        done = subprocess.run([*command, *given], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        output = done.stdout + done.stderr
        assert (done.returncode == 0) == fine, output[-6000:]
        self.output += output
        return output

    def invite(self, *options: str, **how: object) -> str:
        return self.play("playbooks/invite.yml", *options, **how)

    def token(self, name: str) -> str:
        """What stands on somebody's sheet."""
        tokens = set(LINK.findall((self.sheets / f"{name}.html").read_text(encoding="utf-8")))
        assert len(tokens) == 1
        self.tokens |= tokens
        return tokens.pop()

    def states(self) -> dict[str, str]:
        """How each invitation is, as its database says."""
        ask = "execute('select name, state from invitation order by made')"
        query = f"import sqlite3; print(*sqlite3.connect({DATABASE!r}).{ask}, sep=chr(10))"
        return dict(re.findall(r"\('(\w+)', '(\w+)'\)", self.on_chat("python3", "-c", query)))

    def on_chat(self, *command: str) -> str:
        return subprocess.run([*EXEC, CHAT, *command], capture_output=True, text=True, check=True, cwd="/").stdout

    def password_fits(self, name: str, password: str) -> bool:
        command = [*EXEC, CHAT, "ejabberdctl", "check_password", name, NAME, password]
        return subprocess.run(command, capture_output=True, check=False, cwd="/").returncode == 0

    def accounts(self) -> list[str]:
        return self.on_chat("ejabberdctl", "registered_users", NAME).split()


def start(what: str, **question: str) -> subprocess.Popen[str]:
    """Ask the service from a desk; the answer comes on standard output."""
    command = [*EXEC, "desk1", "python3", "-c", ASK, what, json.dumps(question), f"https://{NAME}/invite/"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd="/")


def ask(what: str, **question: str) -> dict[str, object]:
    return json.loads(start(what, **question).communicate()[0])


@pytest.fixture(scope="session")
def operator(tmp_path_factory):
    """Everybody is invited; in the end nobody was."""
    site = Operator(tmp_path_factory.mktemp("operator") / "sheets")
    site.play(HERE / "serve.yml")
    site.invite()
    yield site
    site.play(HERE / "serve.yml", people=[])
    for name in set(site.accounts()) & set(INVITED):
        site.on_chat("ejabberdctl", "unregister", name, NAME)
    site.on_chat("rm", "-rf", str(Path(DATABASE).parent), "/var/backups/onprem-chat")


@pytest.fixture
def person():
    """Somebody at a desk with a browser of her own."""
    make_visitor("desk1")
    desk = Desk("desk1", "browser.py")
    yield desk
    desk.leave()
    desk.close()

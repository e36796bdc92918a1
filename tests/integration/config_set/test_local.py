"""On this machine: the same bytes as ansible.builtin.template, and no secret in anything that is printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import CHECKOUT, HERE, LOCAL, playbook

SECRET = "Xyzzy-4711-plugh"
LOUD = ["-vvvv", "--diff"]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_bytes_as_ansible_builtin_template(tmp_path):
    for name in ("theirs", "ours"):
        (tmp_path / name).mkdir()
    answer = playbook("parity.yml", tmp_path / "answer", LOCAL, {"parity_folder": str(tmp_path)})
    assert answer.code == 0, answer.printed
    theirs, ours = content(tmp_path / "theirs"), content(tmp_path / "ours")
    assert len(theirs) == 10
    assert ours == theirs
    again = playbook("parity.yml", tmp_path / "answer", LOCAL, {"parity_folder": str(tmp_path)})
    assert "changed=0" in again.printed


def secret_set(tmp_path: Path, **more) -> dict:
    (tmp_path / "live").mkdir(exist_ok=True)
    key = {"path": str(tmp_path / "live/key"), "content": f"password: {SECRET}\n", "mode": "0600", "secret": True}
    return {"files": [key], "state_directory": str(tmp_path / "state"), **more}


def applied(tmp_path: Path, words: list[str] | None = None, **more):
    return playbook("site.yml", tmp_path / "answer", [*LOCAL, *LOUD, *(words or [])], secret_set(tmp_path, **more))


@pytest.mark.parametrize(
    ("more", "code", "expected"),
    [
        ({}, 0, "(secret content changed)"),
        ({"checks": ["sh -c 'cat {key}; exit 1'"]}, 2, "validate: "),
        ({"commands": ["sh -c 'cat {key}; exit 1'"]}, 2, "commands: "),
        ({"health": ["sh -c 'cat {key}; exit 1'"], "health_timeout": 1}, 2, "health: "),
        ({"state_directory": "/dev/null/state"}, 2, "/dev/null/state"),
        ({"services": [{"name": "no-such-unit", "state": "started"}]}, 2, "services"),
        ({"absent": ["relative"]}, 2, "absent[0]: 'relative' is not absolute"),
    ],
)
def test_no_secret_in_anything_printed(tmp_path, more, code, expected):
    def fill(value):
        return (
            [line.replace("{key}", str(tmp_path / "live/key")) for line in value]
            if isinstance(value, list) and all(isinstance(line, str) for line in value)
            else value
        )

    more = {name: fill(value) for name, value in more.items()}
    for words in ([], ["--check"]):
        answer = applied(tmp_path, words, **more)
        if words and answer.code == 0:
            continue  # commands, health and units are not for check mode
        assert answer.code == code, answer.printed
        assert SECRET not in answer.printed
        assert SECRET not in repr(answer.results)
        assert expected in answer.printed or words


def test_no_secret_when_the_module_crashes(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/toy.json").mkdir()
    answer = applied(tmp_path)
    assert answer.code == 2
    assert SECRET not in answer.printed


def test_no_secret_without_pipelining_and_with_no_secret_file_left(tmp_path):
    assert applied(tmp_path, ["-e", "ansible_pipelining=false"]).code == 0
    (tmp_path / "live/key").write_text(f"{SECRET} of another time\n")
    for words in (["--check"], []):
        answer = applied(tmp_path, words)
        assert answer.results["localhost"]["changed"]
        assert SECRET not in answer.printed
    gone = playbook("site.yml", tmp_path / "answer", [*LOCAL, *LOUD], {"state_directory": str(tmp_path / "state")})
    assert gone.code == 0
    assert str(tmp_path / "live/key") in gone.printed
    assert SECRET not in gone.printed
    assert not (tmp_path / "live/key").exists()


def test_a_template_that_fails_says_where_and_nothing_of_a_secret(tmp_path):
    (tmp_path / "broken.j2").write_text("{{ secret_word | ansible.builtin.from_json }}\n")
    (tmp_path / "undefined.j2").write_text("{{ nobody_knows }}\n")
    files = [
        {"path": str(tmp_path / name), "template": str(tmp_path / f"{name}.j2"), "vars": {"secret_word": SECRET}, "secret": True}
        for name in ("broken", "undefined", "missing")
    ]
    answer = playbook("site.yml", tmp_path / "answer", [*LOCAL, *LOUD], {"files": files})
    assert answer.code == 2
    for expected in (
        "files[0].template: cannot be rendered",
        "files[1].template: 'nobody_knows' is undefined",
        "files[2].template: Could not find",
    ):
        assert expected in answer.printed
    assert SECRET not in answer.printed


def test_every_argument_error_at_once(tmp_path):
    files = [{"path": "etc/a", "content": "x"}, {"path": "/etc/b"}, {"path": "/etc/c", "content": "x", "mode": 420}]
    answer = playbook("site.yml", tmp_path / "answer", LOCAL, {"files": files, "services": [{"name": "a b"}]})
    assert answer.code == 2
    for expected in ("files[0].path: ", "files[1]: needs exactly one of", "files[2].mode: 420", "services[0].name: "):
        assert expected in answer.printed


def test_file_systems_below_the_directories_of_a_set(tmp_path):
    script = [sys.executable, str(HERE / "mounts.py"), str(tmp_path), str(CHECKOUT / ".ansible/collections")]
    done = subprocess.run(["unshare", "-m", *script], capture_output=True, text=True, check=True)
    assert done.stdout.replace(str(tmp_path), "").splitlines()[0].endswith("exit 3'' ended with 3: ./a b/in")
    assert done.stdout.replace(str(tmp_path), "").splitlines()[1:] == [
        *("./bound", "./new", "./plain/p", "./sub/deep/z", "./sub/y", "mounted", "sub/y"),
        "['a b/in', 'bound']",
        "files[1]: /live/bound is a mount point and cannot be replaced; unmount it first",
        "sub/y []",
    ]

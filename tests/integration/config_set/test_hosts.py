"""On real hosts of both suites: units, health, restoring, and a run killed while it works."""

from __future__ import annotations

import random
import time

import pytest

from .conftest import HERE, Lab

HOSTS = ("dns", "chat")
UNIT = """\
[Service]
ExecStart=/usr/local/lib/toy
ExecReload=/bin/kill -HUP $MAINPID
{more}
[Install]
WantedBy=multi-user.target
"""
HEALTH = "sh -c 'grep -q well /run/toy.said || { echo toy says \"$(cat /run/toy.said)\"; exit 1; }'"
TOY = (HERE / "toy.py").read_text()


def toy(words: str = "well", unit: str = "", **more) -> dict:
    """The set of the toy daemon."""
    found = {
        "files": [
            {"path": "/usr/local/lib/toy", "content": TOY, "mode": "0755", "on_change": "restart"},
            {"path": "/etc/toy/toy.conf", "content": f"{words}\n", "group": "games", "mode": "0640"},
            {"path": "/etc/systemd/system/toy.service", "content": UNIT.format(more=unit)},
        ],
        "checks": ["/usr/local/lib/toy check"],
        "services": [{"name": "toy", "enabled": True, "state": "started", "on_change": "reload"}],
        "health": [HEALTH],
    }
    return {**found, **more}


def said(lab: Lab, host: str, words: str | None = None) -> tuple[str, int]:
    """What the toy says and its process; ``words`` are waited for, as it reads a configuration some time after the reload."""
    end = time.monotonic() + 5
    while True:
        *found, pid = lab.sh(host, "cat /run/toy.said").split()
        if words in (None, " ".join(found)) or time.monotonic() > end:
            return " ".join(found), int(pid)
        time.sleep(0.1)


def state(lab: Lab, host: str) -> str:
    script = (
        "find /etc/toy /etc/systemd/system/toy* /usr/local/lib/toy"
        " -exec stat -c '%n %U %G %a %F' {} + -type f -exec sha256sum {} +;"
        " systemctl show toy -p ActiveState -p UnitFileState -p NeedDaemonReload; cat /var/lib/onprem-chat/sets/toy.json"
    )
    return lab.sh(host, script, code=None)


def leftovers(lab: Lab, host: str) -> str:
    return lab.sh(host, "find / -xdev \\( -name '.*.onprem-*' -o -name '*.journal*' -path '*onprem*' \\) -print")


@pytest.fixture
def running(lab: Lab) -> Lab:
    """The toy runs and is well on every host."""
    answer = lab.play(**toy())
    assert answer.code == 0, answer.printed
    assert {said(lab, host, "well")[0] for host in HOSTS} == {"well"}
    return lab


def refused(lab: Lab, expected: str, *words: str, **variables) -> None:
    answer = lab.play(*words, **variables)
    assert answer.code == 2
    assert answer.printed.count("failed=1") == len(HOSTS), answer.printed
    assert expected in " ".join(answer.printed.split()), answer.printed


def test_a_fresh_host(lab):
    predicted = lab.play("--check", "--diff", **toy())
    assert predicted.code == 0, predicted.printed
    done = lab.play("--diff", **toy())
    assert done.code == 0, done.printed
    for host in HOSTS:
        before, after = predicted.results[host], done.results[host]
        assert after["started"] == after["enabled"] == ["toy.service"]
        assert {key: before[key] for key in ("diff", "changed_paths", "started", "enabled")} == {
            key: after[key] for key in ("diff", "changed_paths", "started", "enabled")
        }
        assert said(lab, host, "well")[0] == "well"
    for words in ((), ("--check",)):
        again = lab.play(*words, **toy())
        assert not any(result["changed"] for result in again.results.values())


def test_reload_restart_and_daemon_reload(running):
    pids = {host: said(running, host)[1] for host in HOSTS}
    for words, unit, verb, same in (("well well", "", "reloaded", True), ("well well", "Nice=1", "restarted", False)):
        answer = running.play(**toy(words, unit))
        for host in HOSTS:
            assert answer.results[host][verb] == ["toy.service"]
            assert said(running, host, words)[0] == words
            assert (said(running, host)[1] == pids[host]) == same
            assert "NeedDaemonReload=no" in state(running, host)


def test_a_set_that_the_checker_refuses(running):
    before = {host: (state(running, host), said(running, host)) for host in HOSTS}
    for words in (("--check",), ()):
        refused(
            running,
            "validate: '/usr/local/lib/toy check' ended with 1: toy: syntax error: syntax well",
            *words,
            **toy("syntax well"),
        )
    assert before == {host: (state(running, host), said(running, host)) for host in HOSTS}


@pytest.mark.parametrize(
    ("words", "more", "expected"),
    [
        ("ill", {}, "ended with 1: toy says ill"),
        ("ill", {"unit": ""}, "ended with 1: toy says ill"),
        ("crash", {"health": []}, "toy.service did not stay up"),
        ("crash", {}, "toy: cannot live with that"),
        ("well again", {"commands": ["sh -c 'echo no; exit 7'"]}, "commands: 'sh -c 'echo no; exit 7'' ended with 7: no"),
    ],
)
def test_what_fails_after_the_swap_is_put_back(running, words, more, expected):
    before = {host: state(running, host) for host in HOSTS}
    more_files = [{"path": "/etc/toy/new/file", "content": "x"}]
    failing = toy(words, **{"unit": "Nice=2", **more})
    refused(running, expected, **{**failing, "files": failing["files"] + more_files})
    for host in HOSTS:
        assert state(running, host) == before[host]
        assert said(running, host, "well")[0] == "well"
        assert leftovers(running, host) == ""
    assert not any(result["changed"] for result in running.play(**toy()).results.values())


def test_a_daemon_that_is_down_is_started(running):
    running.sh("dns", "systemctl stop toy")
    running.sh("chat", "systemctl kill -s KILL toy; sleep 0.5; systemctl is-failed toy")
    assert running.play("--check", **toy()).results["dns"]["started"] == ["toy.service"]
    answer = running.play(**toy())
    for host in HOSTS:
        assert answer.results[host]["started"] == ["toy.service"]
        assert answer.results[host]["changed_paths"] == []
        assert said(running, host, "well")[0] == "well"


def test_units_that_cannot_be_had(running):
    for host in HOSTS:
        running.sh(host, "ln -sf /dev/null /etc/systemd/system/masked.service; systemctl daemon-reload")
    wanted = toy()["services"]
    refused(
        running,
        "masked.service is masked; run 'systemctl unmask",
        **toy(services=[*wanted, {"name": "masked", "state": "started"}]),
    )
    missing = [*wanted, {"name": "no-such-thing.timer", "state": "started"}]
    refused(running, "services[1].name: no-such-thing.timer does not exist on the host", **toy(services=missing))
    assert running.play("--check", **toy(services=missing)).results["dns"]["started"] == ["no-such-thing.timer"]
    for host in HOSTS:
        assert said(running, host, "well")[0] == "well"
        assert leftovers(running, host) == ""


def test_a_timer_and_a_oneshot(running):
    units = {
        "tick.timer": "[Timer]\nOnCalendar=2040-01-01\n[Install]\nWantedBy=timers.target\n",
        "tick.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
    }
    options = {
        "set_name": "tick",
        "files": [{"path": f"/etc/systemd/system/{name}", "content": text} for name, text in units.items()],
        "services": [{"name": "tick.timer", "enabled": True, "state": "started"}, {"name": "tick", "state": "started"}],
    }
    assert running.play(**options).results["dns"]["started"] == ["tick.timer", "tick.service"]
    assert not any(result["changed"] for result in running.play(**options).results.values())
    running.play(set_name="tick", set_state="absent")
    for host in HOSTS:
        assert running.sh(host, "systemctl is-active tick.timer; ls /etc/systemd/system | grep tick", code=None) == "inactive"


def test_killed_while_it_works(running):
    """SIGKILL to the module on the host at a random moment, five times over; the next run heals."""
    chance = random.Random(4711)
    died = 0
    for number in range(5):
        words = f"well {number}"
        options = toy(words, f"Nice={number}")
        for host in HOSTS:
            delay = chance.uniform(0.1, 0.9)
            script = f"until p=$(pgrep -fx /usr/bin/python3); do sleep 0.02; done; sleep {delay}; kill -9 $p"  # it comes by stdin
            running.sh(host, f"systemd-run -q --unit=killer{number} sh -c '{script}'")
        died += len(HOSTS) - len(running.play(**options).results)
        for host in HOSTS:
            running.sh(host, f"systemctl stop killer{number}", code=None)
        answer = running.play(**options)
        assert answer.code == 0, answer.printed
        for host in HOSTS:
            assert said(running, host, words)[0] == words
            assert f"Nice={number}" in running.sh(host, "cat /etc/systemd/system/toy.service")
            assert leftovers(running, host) == ""
        assert not any(result["changed"] for result in running.play(**options).results.values())
    assert died > 2


def test_away(running):
    for host in HOSTS:
        assert "UnitFileState=enabled" in state(running, host)
    assert all(result["changed"] for result in running.play(set_state="absent").results.values())
    for host in HOSTS:
        assert running.sh(host, "systemctl is-active toy", code=None) == "inactive"
        assert running.sh(host, "ls -d /etc/toy /usr/local/lib/toy /var/lib/onprem-chat/sets/*", code=None) == ""
        assert running.sh(host, "find /etc/systemd/system -name 'toy*'") == ""
    assert not any(result["changed"] for result in running.play(set_state="absent").results.values())

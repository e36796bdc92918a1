"""A router that cannot be reached any more comes back by itself."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time

import pytest

from .conftest import CHAT, CHECKOUT, NOBODY, Lab, asked, extra


def start(lab: Lab, **variables: object) -> subprocess.Popen[str]:
    """A controller in the background."""
    return subprocess.Popen(
        lab.command(**variables),
        env=lab.environment,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def pending(lab: Lab) -> bool:
    return lab.sh("ls /run/onprem-chat-nat/pending/", code=None) != ""


def shut_out(lab: Lab) -> bool:
    return lab.ask("desk1", 22, "192.168.1.1") == "nothing"


def end(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("before", [True, False], ids=["after another", "the first"])
def test_a_ruleset_that_shuts_us_out(lab: Lab, before: bool) -> None:
    if before:
        lab.apply(seconds=0)
    lab.play("--check")
    rules = lab.rules() if before else ""
    answer = lab.play(management=NOBODY, seconds=8, services=[CHAT, extra(8080)])
    assert answer.code == 2, answer.printed
    # A connection that was asked for in the window may come about after it.
    assert "falls back by itself to the rules before, in" in answer.words or "has gone back" in answer.words
    lab.wait(lambda: not pending(lab))
    assert not shut_out(lab)
    if before:
        assert sorted(lab.rules().splitlines()) == sorted(rules.splitlines())
        assert not lab.apply().done["changed"]
    else:
        assert lab.sh("sysctl -n net.ipv4.ip_forward") == "0"
        assert not lab.play("--check").info["present"]
    assert lab.ask("remote", 8080) == "nothing"
    assert "nobody confirmed" in lab.sh("journalctl -q -u 'onprem-chat-nat-fallback-*' -o cat")


def test_connections_of_what_was_taken_back_end(running: Lab) -> None:
    process = start(running, management=NOBODY, seconds=10, services=[CHAT, extra(8080)])
    running.wait(lambda: pending(running))
    running.wait(lambda: running.ask("remote", 8080) != "nothing")
    kept, gone = running.keep("remote", 80), running.keep("remote", 8080)
    assert asked(kept) == asked(gone) == "203.0.113.200"
    process.communicate()
    running.wait(lambda: not pending(running))
    assert (asked(kept), asked(gone)) == ("203.0.113.200", "nothing")


def test_the_controller_dies_in_the_window(running: Lab) -> None:
    process = start(running, management=NOBODY, seconds=6)
    running.wait(lambda: pending(running) and shut_out(running))
    end(process)
    running.wait(lambda: not pending(running))
    assert not shut_out(running)
    assert not running.apply().done["changed"]


def test_the_router_reboots_in_the_window(running: Lab) -> None:
    process = start(running, management=NOBODY, seconds=120)
    running.wait(lambda: pending(running) and shut_out(running))
    end(process)
    running("kill", "router")
    running("start", "router")
    assert not shut_out(running)
    assert running.ask("remote", 80) == "203.0.113.200"
    assert not running.apply().done["changed"]


def test_a_second_run_in_the_window_takes_over(running: Lab) -> None:
    process = start(running, seconds=60, services=[CHAT, extra(8080)], management=NOBODY)
    running.wait(lambda: pending(running) and shut_out(running))
    end(process)
    running.sh("nft add rule inet onprem_chat oc_prerouting return 2>/dev/null; iptables -I INPUT -p tcp --dport 22 -j ACCEPT")
    if running.backend == "nftables":
        running.sh("nft insert rule inet onprem_chat oc_input tcp dport 22 accept")
    answer = running.apply(services=[CHAT, extra(81)])
    running.sh("iptables -D INPUT -p tcp --dport 22 -j ACCEPT")
    assert answer.done["changed"]
    assert answer.info["intact"]
    assert not answer.info["pending"]
    assert running.sh("systemctl list-units --plain --no-legend 'onprem-chat-nat-fallback*'") == ""
    assert (running.ask("remote", 81), running.ask("remote", 8080)) == ("203.0.113.200", "nothing")


def test_something_flushes_in_the_window(running: Lab) -> None:
    """What is loaded then is the confirmed state; the confirmation says so."""
    process = start(running, management=NOBODY, seconds=60)
    running.wait(lambda: pending(running) and shut_out(running))
    running.sh("systemctl start nftables")
    printed = process.communicate()[0]
    running.sh("systemctl stop nftables")
    assert "something has reloaded the packet filter" in " ".join(printed.split())
    assert not shut_out(running)
    assert not running.apply().done["changed"]


def test_two_controllers_at_once(running: Lab) -> None:
    two = [start(running, services=[CHAT, extra(port)]) for port in (81, 8080)]
    printed = [process.communicate()[0] for process in two]
    codes = [process.returncode for process in two]
    assert 0 in codes, printed
    if codes != [0, 0]:
        assert "another run" in " ".join("".join(printed).split()), printed
    info = running.play("--check").info
    assert info["intact"]
    assert not info["pending"]
    answers = {running.ask("remote", 81), running.ask("remote", 8080)}
    assert answers == {"nothing", "203.0.113.200"}


def test_killed_at_any_point(running: Lab) -> None:
    """The module dies on the router; either the next run heals it or the router falls back."""
    dice = random.Random(3)
    for port in (81, 8080, 81, 8080):
        process = start(running, services=[CHAT, extra(port)], seconds=5)
        moment = dice.uniform(0.8, 2.2)
        time.sleep(moment)
        running.sh("for p in $(pgrep -f AnsiballZ_nat_ruleset) $(pgrep -x python3 -f ansible); do kill -9 $p; done", code=None)
        end(process)
        if dice.random() < 0.5:
            running.wait(lambda: not pending(running))
            assert running.play("--check").info["intact"], moment
        answer = running.apply(services=[CHAT, extra(port)])
        assert answer.info["intact"], moment
        assert not answer.info["pending"]
        assert running.ask("remote", port) == "203.0.113.200"

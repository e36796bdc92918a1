"""What a ruleset does on a router, and what it survives."""

from __future__ import annotations

import time

import pytest

from .conftest import CHAT, NOBODY, WAN, Lab, asked, extra


def test_a_fresh_router(lab: Lab) -> None:
    predicted = lab.play("--check", "--diff")
    assert predicted.code == 0, predicted.printed
    assert not predicted.info["present"]
    assert lab.ask("remote", 80) == "nothing"
    done = lab.play("--diff")
    assert done.code == 0, done.printed
    assert done.done["confirmed"]
    assert done.info["intact"]
    assert not done.info["pending"]
    for key in ("changed", "parts", "digest", "files", "diff"):
        assert predicted.done[key] == done.done[key]
    assert done.done["changed"]
    for words in ((), ("--check",)):
        again = lab.play(*words, "--diff")
        assert not again.done["changed"], again.printed
        assert not again.done["confirmed"]
        assert again.done.get("diff") == []


def test_who_reaches_what_and_as_whom(running: Lab) -> None:
    assert running.ask("remote", 443) == "203.0.113.200"
    assert running.ask("desk1", 80) == "192.168.1.1"
    assert running.ask("desk2", 80) == "192.168.2.101"
    assert running.ask("remote", 81) == "nothing"
    assert running.ask("stranger", 22) == "nothing"
    assert running.sh("systemctl is-active onprem-chat-nat; systemctl is-enabled onprem-chat-nat") == "active\nenabled"


@pytest.mark.parametrize("verb", ["start", "reload", "restart", "stop"])
def test_the_distributions_service_flushes_everything(running: Lab, verb: str) -> None:
    running.sh("nft add table inet foreign; systemctl start nftables")
    assert "foreign" not in running.sh("nft list tables")
    running.sh(f"systemctl {verb} nftables")
    assert running.ask("remote", 80) == "203.0.113.200"
    again = running.apply()
    assert not again.done["changed"], again.done
    assert running.sh("systemctl is-failed nftables onprem-chat-nat", code=None) in ("active\nactive", "inactive\nactive")
    running.sh("systemctl stop nftables")


def test_a_reboot(running: Lab) -> None:
    running("reboot", "router")
    assert running.ask("remote", 80) == "203.0.113.200"
    assert running.ask("desk1", 80) == "192.168.1.1"
    assert running.sh("systemctl is-system-running; systemctl is-active onprem-chat-nat") == "running\nactive"
    again = running.apply()
    assert not again.done["changed"], again.done


def test_a_pulled_plug_with_the_service_enabled(running: Lab) -> None:
    running.sh("systemctl enable nftables")
    running("kill", "router")
    running("start", "router")
    assert running.ask("remote", 80) == "203.0.113.200"
    running.sh("systemctl disable --now nftables")


def test_somebody_else_changes_our_rules(running: Lab) -> None:
    digest = running.apply().info["digest"]
    harms = {
        "nftables": ("nft delete table inet onprem_chat", "nft add rule inet onprem_chat oc_forward accept"),
        "iptables": (
            "iptables -t nat -D PREROUTING -j ONPREM_PREROUTING || iptables -t nat -F PREROUTING",
            "iptables -t nat -A $(iptables-save -t nat | sed -n 's/^:\\(ONPREM_[^ ]*\\).*/\\1/p' | head -1) -j RETURN",
            "iptables-save | grep -- '-A FORWARD.*-j ONPREM' | sed 's/^/iptables /' | sh",
            "iptables-save | sed -n 's/^-A FORWARD\\(.*-j ONPREM.*\\)/iptables -D FORWARD\\1/p' | sh",
        ),
    }
    foreign = {"nftables": "nft add table inet foreign", "iptables": "iptables -A FORWARD -s 10.9.9.9 -j DROP"}
    before = running.rules()
    running.sh(foreign[running.backend])
    kept = running.rules()
    for harm in harms[running.backend]:
        running.sh(harm)
        assert running.apply(seconds=0).done["parts"] == ["rules"]
        answer = running.play("--check")
        assert not answer.done["changed"], answer.done
        assert sorted(running.rules().splitlines()) == sorted(kept.splitlines()), harm
        assert answer.info["digest"] == digest
        assert running.ask("remote", 80) == "203.0.113.200"
    undo = {"nftables": "nft delete table inet foreign", "iptables": "iptables -D FORWARD -s 10.9.9.9 -j DROP"}
    running.sh(undo[running.backend])
    assert sorted(running.rules().splitlines()) == sorted(before.splitlines())


def test_connections_of_a_removed_forward_end_and_others_live(lab: Lab) -> None:
    """How many are cut is not exact: an earlier client may still be saying good-bye."""
    lab.apply(seconds=0, services=[CHAT, extra(8080), extra(81)])
    kept, gone, moved, inside = lab.keep("remote", 80), lab.keep("remote", 8080), lab.keep("remote", 81), lab.keep("desk2", 80)
    keepers = (kept, gone, moved, inside)
    assert [asked(keeper) for keeper in keepers] == ["203.0.113.200"] * 3 + ["192.168.2.101"]
    moves = extra(81)
    moves["ports"][0]["private"] = 8080
    answer = lab.apply(services=[CHAT, moves])
    assert answer.done["cut"] >= 2
    assert [asked(keeper) for keeper in keepers] == ["203.0.113.200", "nothing", "nothing", "192.168.2.101"]
    narrowed = lab.apply(services=[{**CHAT, "sources": ["203.0.113.66/32"]}])
    assert narrowed.done["cut"] >= 1
    assert asked(kept) == "nothing"
    assert asked(inside) == "192.168.2.101"
    closed = lab.apply(services=[{**CHAT, "hairpin": False}])
    assert closed.done["cut"] >= 1
    assert asked(inside) == "nothing"


def test_ipv6_is_forwarded_where_the_plan_needs_it(lab: Lab) -> None:
    show = "sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv6.conf.wan0.accept_ra net.ipv6.conf.lan0.accept_ra"
    before = lab.sh(show)
    lab.apply(ipv6=True)
    assert lab.sh(show).split() == ["1", "1", "2", "1"]
    lab("reboot", "router")
    assert lab.sh(show).split() == ["1", "1", "2", "1"]
    assert not lab.apply(ipv6=True).done["changed"]
    answer = lab.play(ipv6=False, management=NOBODY, seconds=6)
    assert answer.code == 2
    lab.wait(lambda: lab.sh("ls /run/onprem-chat-nat/pending", code=None) == "")
    assert lab.sh(show).split() == ["1", "1", "2", "1"]
    assert lab.apply(ipv6=False).done["parts"] == ["settings", "stored", "files"]
    assert lab.sh(show).split() == ["1", "0", "1", "1"]
    lab.apply(state="absent")
    assert lab.sh(show) == before


def test_the_kernel_refuses(running: Lab) -> None:
    before, state = running.rules(), running.state()
    bad = {
        "nftables": "table inet onprem_chat {\n chain c {\n  type nat hook prerouting priority dstnat\n  nonsense here\n }\n}\n",
        "iptables": "*nat\n:ONPREM_X - [0:0]\n-A ONPREM_X -p tcp -j NONSENSE\nCOMMIT\n",
    }
    for words in ((), ("--check",)):
        answer = running.play(*words, ruleset=bad[running.backend])
        assert answer.code == 2
        assert "the kernel refuses the ruleset; what runs is left as it is:" in answer.words
    assert (before, state) == (running.rules(), running.state())


@pytest.mark.parametrize("index", [0, 1, 2])
def test_rules_of_others_are_out_of_reach(running: Lab, index: int) -> None:
    greedy = {
        "nftables": (
            "flush ruleset\ntable inet onprem_chat { }\n",
            "table inet foreign { }\ntable inet onprem_chat { }\n",
            "table inet other { }\n",
        ),
        "iptables": (
            "*filter\n:FORWARD DROP [0:0]\n:ONPREM_X - [0:0]\nCOMMIT\n",
            "*filter\n:ONPREM_X - [0:0]\n-A INPUT -p tcp -j ACCEPT\nCOMMIT\n",
            "*filter\n:OTHER - [0:0]\nCOMMIT\n",
        ),
    }
    before = running.rules()
    answer = running.play(ruleset=greedy[running.backend][index])
    assert answer.code == 2
    assert "what is not ours" in answer.words or "leave every other table alone" in answer.words or "refuses" in answer.words
    assert before == running.rules()


def test_absent_leaves_no_trace(lab: Lab) -> None:
    for chain in ("INPUT", "FORWARD"):
        lab.sh(f"iptables -A {chain} -s 10.9.9.9 -j DROP; ip6tables -A {chain} -s 2001:db8::9 -j DROP")
    for chain in ("PREROUTING", "POSTROUTING", "OUTPUT"):
        lab.sh(f"iptables -t nat -A {chain} -s 10.9.9.9 -j ACCEPT")
    before = lab.rules(), lab.state()
    lab.apply(services=[CHAT, extra(8080)])
    keeper = lab.keep("remote", 8080)
    assert asked(keeper) == "203.0.113.200"
    predicted = lab.play("--check", state="absent")
    assert predicted.done["changed"]
    assert predicted.info["intact"]
    done = lab.apply(state="absent")
    assert done.done["files"] == predicted.done["files"]
    assert done.done["cut"] >= 1
    assert lab.rules().splitlines() == before[0].splitlines()
    assert lab.state().splitlines() == before[1].splitlines()
    assert not lab.apply(state="absent").done["changed"]
    assert lab.ask("remote", 80) == "nothing"
    lab.sh("iptables -t nat -F; iptables -F; ip6tables -F")


def test_from_one_backend_to_the_other(running: Lab) -> None:
    first = running.backend
    keeper = running.keep("remote", 80)
    assert asked(keeper) == "203.0.113.200"
    running.backend = "iptables" if first == "nftables" else "nftables"
    answer = running.apply()
    assert answer.info["backend"] == running.backend
    assert list(answer.info["live"]) == (["nft"] if running.backend == "nftables" else ["ip4", "ip6"])
    assert running.ask("remote", 80) == "203.0.113.200"
    assert asked(keeper) == "203.0.113.200"
    running.backend = first
    assert running.play("--check", state="absent").done["parts"] == ["rules", "files"]


def test_ten_thousand_forwards(lab: Lab) -> None:
    ports = [{"protocol": "tcp", "public": port} for port in range(10001, 20001)]
    services = [CHAT, {"name": "many", "host": "192.168.1.30", "ports": ports}]
    lab.apply(services=services)
    again = lab.apply(services=services)
    assert not again.done["changed"]
    started = time.monotonic()
    again = lab.play("--check", services=services)
    assert not again.done["changed"]
    print(f"a run that changes nothing: {time.monotonic() - started:.1f} s, planning included")
    assert lab.ask("remote", 80, WAN) == "203.0.113.200"

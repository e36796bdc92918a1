"""The hosts are real: their own systemd, network and netfilter; bare, and without a way out."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from .conftest import Lab, by_address

HOSTS = {"dns": "bookworm", "second": "trixie", "chat": "trixie", "desk1": "bookworm", "desk2": "trixie"}
VERSIONS = {"bookworm": "12", "trixie": "13"}


def test_every_host_runs_the_debian_it_should(lab: Lab) -> None:
    assert lab.states() == dict.fromkeys(HOSTS, "running")
    for host, suite in HOSTS.items():
        assert lab.sh(host, ". /etc/os-release; echo $VERSION_ID") == VERSIONS[suite]
        assert lab.sh(host, "cat /proc/1/comm; hostname") == f"systemd\n{host}"


def test_hosts_share_no_identity(lab: Lab) -> None:
    for file in ("/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key.pub", "/proc/sys/kernel/random/boot_id"):
        assert len({lab.sh(host, f"cut -d' ' -f1-2 {file}") for host in HOSTS}) == len(HOSTS), file


def test_servers_are_bare(lab: Lab) -> None:
    for host in ("dns", "second", "chat"):
        assert lab.sh(host, "for p in named nginx ejabberdctl chronyd psql; do command -v $p; done; true") == ""


def test_a_command_in_a_host_has_the_hosts_power_only(lab: Lab) -> None:
    before = time.time()
    assert "not permitted" in lab("exec", "chat", "date", "-s", "2001-01-01", code=1)
    assert abs(time.time() - before) < 60
    lab.sh("chat", "echo 1 > /proc/sys/kernel/panic", code=2)
    lab.sh("chat", "nft add table inet mine && sysctl -qw net.ipv4.ip_forward=1")
    assert "mine" not in lab.sh("second", "nft list tables")
    assert lab.sh("second", "cat /proc/sys/net/ipv4/ip_forward") == "0"
    lab.sh("chat", "nft delete table inet mine; sysctl -qw net.ipv4.ip_forward=0")


def test_a_command_hands_on_stdin_and_exit_code(lab: Lab) -> None:
    assert lab("exec", "chat", "cat", stdin="words") == "words"
    lab.sh("chat", "exit 7", code=7)
    lab.sh("chat", "kill -TERM $$", code=143)
    assert "No such file" in lab("exec", "chat", "no-such-program", code=127)
    assert "there is no host nobody" in lab("exec", "nobody", "true", code=1)


def test_no_route_and_no_internet(lab: Lab) -> None:
    for host in HOSTS:
        assert lab.sh(host, "ip route show default; ip -6 route show default") == ""
    assert "br-lan" in lab("fabric", "ip", "-br", "link")
    assert lab("fabric", "ip", "-br", "link", "show", "type", "veth").count("\n") == len(HOSTS)
    assert lab("fabric", "ip", "route", "show") == ""


def test_packets_that_try_to_leave_are_seen_and_nothing_else(lab: Lab) -> None:
    lab("leaks", "--reset", code=None)
    # what a LAN says to itself: neighbours, multicast, broadcast, nobody, an attempt without a route
    lab.sh(
        "chat",
        "ping -c1 -W1 192.168.1.53; ping -c1 -W1 192.168.1.77; ping -c1 -W1 ff02::1%eth0; ping -bc1 -W1 192.168.1.255",
        None,
    )
    lab.sh("chat", "ping -c1 -W1 224.0.0.251; ping -c1 -W1 203.0.113.9; ping -c1 -W1 2001:db8::1", None)
    assert json.loads(lab("leaks"))["packets"] == 0
    lab.sh("chat", "ip route add default via 192.168.1.53; ping -c1 -W1 203.0.113.1; ip route del default", None)
    # a neighbour is asked for three times, a second apart: stay until it is given up
    lab.sh("dns", "ip route add default dev eth0; ping -c1 -W5 203.0.113.2; ip route del default", None)
    lab.sh("second", "ip -6 route add default dev eth0; ping -c1 -W5 2001:db8::abc; ip -6 route del default", None)
    gateway = lab.sh("dns", "ip -6 -br addr show dev eth0 | grep -o 'fe80[^/]*'")
    lab.sh("desk1", f"ip -6 route add default via {gateway} dev eth0; ping -c1 -W1 2001:db8::2; ip -6 route del default", None)
    report = json.loads(lab("leaks", "--reset", code=3))
    assert by_address(report["seen"]["ipv4_packets"]) == {"203.0.113.1": "chat"}
    assert by_address(report["seen"]["arp_questions"]) == {"203.0.113.2": "dns"}
    assert by_address(report["seen"]["ndp_questions"]) == {"ff02::1:ff00:abc": "second"}
    assert by_address(report["seen"]["ipv6_packets"]) == {"2001:db8::2": "desk1"}
    assert report["refused_by_host"]["chat"] > 0
    assert json.loads(lab("leaks"))["packets"] == 0


def ask(lab: Lab, host: str, *names: str) -> None:
    lab.sh(host, "; ".join(f"runuser -u nobody -- timeout 1 getent ahostsv4 {name}" for name in names), None)


def foreign(lab: Lab) -> dict[tuple[str, str], dict[str, object]]:
    rows = json.loads(lab("leaks", "--domain", "example.lan", code=None))["foreign_questions"]
    return {(row["host"], row["name"]): row for row in rows}


def test_questions_for_foreign_names_are_heard_and_no_others(lab: Lab) -> None:
    lab("leaks", "--reset", code=None)
    # a name server that never answers: whoever asks is still there when the listener looks
    silent = "import socket, time; s = socket.socket(type=2); s.bind(('', 53)); time.sleep(60)"
    lab.sh("dns", f'systemd-run --quiet --unit=silent python3 -c "{silent}"; sleep 0.5')
    lab.sh("second", "echo nameserver 127.0.0.1 > /etc/resolv.conf")
    begun = time.time()
    ask(lab, "chat", "www.example.com.", "chat.example.lan.", "30.1.168.192.in-addr.arpa.", "printer.local.", "some.test.")
    ask(lab, "second", "www.example.net.")
    lab.sh("dns", "systemctl stop silent")
    heard = foreign(lab)
    assert set(heard) == {("chat", "www.example.com"), ("second", "www.example.net")}
    row = heard["chat", "www.example.com"]
    assert (row["kinds"], row["uids"]) == (["A"], ["65534"])
    assert row["servers"][0] == "192.168.1.53"
    assert begun <= row["first"] <= row["last"] <= time.time()
    assert heard["second", "www.example.net"]["servers"] == ["127.0.0.1"]
    assert "foreign_questions" not in json.loads(lab("leaks", "--reset"))
    assert not foreign(lab)


def test_questions_are_heard_after_a_reboot(lab: Lab) -> None:
    lab("reboot", "chat")
    ask(lab, "chat", "www.example.org.")
    assert ("chat", "www.example.org") in foreign(lab)
    lab("leaks", "--reset", code=None)


def test_a_dead_listener_is_no_good_news(small: Lab) -> None:
    small("up", "--topology", "minimal")
    supervisor = small.supervisor
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    (ear,) = [pid for pid in children if b"_supervise" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(int(ear), signal.SIGKILL)
    time.sleep(0.5)
    assert "nobody listened" in small("leaks", "--domain", "example.lan", code=1)


def test_machine_tools_see_a_hosts_network(lab: Lab) -> None:
    assert "192.168.1.30/24" in lab("net", "chat", "ip", "-br", "addr")
    capture = lab("fabric", "sh", "-c", "timeout 5 tcpdump -c1 -nli br-lan icmp & sleep 1; exec true", code=0)
    assert "listening on br-lan" in capture


@pytest.mark.parametrize("host", ["desk1", "desk2"])
def test_a_desk_has_a_working_browser(lab: Lab, host: str) -> None:
    page = "runuser -l user -c 'chromium --headless=new --disable-gpu --dump-dom data:text/html,it-works' 2>/dev/null"
    assert "it-works" in lab.sh(host, page)

"""Ansible reaches the hosts over the LAN, and hears why when it does not."""

from __future__ import annotations

from .conftest import Lab

LOCK = "table inet lock { chain input { type filter hook input priority 0; policy drop; }; }"


def test_ping_all(lab: Lab) -> None:
    done = lab.ansible("all", "ansible.builtin.ping")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("SUCCESS") == 5


def test_reboot_keeps_files_and_nothing_else(lab: Lab) -> None:
    lab.sh("chat", "nft add table inet mine; sysctl -qw net.ipv4.ip_forward=1; echo kept >/root/file")
    boot = lab.sh("chat", "cat /proc/sys/kernel/random/boot_id")
    done = lab.ansible("chat", "ansible.builtin.reboot", "reboot_timeout=60")
    assert done.returncode == 0, done.stdout + done.stderr
    assert lab.sh("chat", "cat /proc/sys/kernel/random/boot_id") != boot
    assert (
        lab.sh("chat", "nft list tables; cat /proc/sys/net/ipv4/ip_forward /root/file; systemctl is-system-running --wait")
        == "0\nkept\nrunning"
    )


def test_a_firewall_that_locks_the_lan_out_shows(lab: Lab) -> None:
    lab.sh("chat", f"nft '{LOCK}'")
    done = lab.ansible("chat", "ansible.builtin.ping")
    lab.sh("chat", "nft delete table inet lock")
    assert done.returncode == 4
    assert "UNREACHABLE" in done.stdout
    assert lab.ansible("chat", "ansible.builtin.ping").returncode == 0


def test_shared_connections_do_not_outlive_the_host(lab: Lab) -> None:
    assert lab.ansible("second", "ansible.builtin.ping").returncode == 0
    lab("kill", "second")
    assert lab.states()["second"] == "off"
    assert "run lab/lab start second" in lab("exec", "second", "true", code=1)
    lab("start", "second")
    assert lab.ansible("second", "ansible.builtin.ping").returncode == 0


def test_next_lab_is_not_taken_for_the_last_one(small: Lab) -> None:
    for suite, version in (("bookworm", "12."), ("trixie", "13.")):
        small("up", "--topology", "minimal", "--suite", f"chat={suite}")
        assert version in small.ansible("chat", "ansible.builtin.command", "cat /etc/debian_version").stdout
        small("down")


def test_a_lab_that_is_down_says_so(small: Lab) -> None:
    assert "the lab is not up: run ONPREM_LAB_NAME=it-small lab/lab up" in small.ansible("chat", "ansible.builtin.ping").stdout


def test_two_labs_at_once(lab: Lab, small: Lab) -> None:
    small("up", "--topology", "minimal", "--suite", "chat=bookworm")
    assert "12." in small.ansible("chat", "ansible.builtin.command", "cat /etc/debian_version").stdout
    assert "13." in lab.ansible("chat", "ansible.builtin.command", "cat /etc/debian_version").stdout


def test_odd_path_of_the_checkout(odd_checkout: Lab) -> None:
    odd_checkout("up", "--topology", "minimal")
    done = odd_checkout.ansible("chat", "ansible.builtin.ping")
    assert done.returncode == 0, done.stdout + done.stderr

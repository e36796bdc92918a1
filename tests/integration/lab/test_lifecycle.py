"""Up in seconds, gone without trace, whatever happens in between."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from .conftest import Lab

SMALL = ("up", "--topology", "minimal")


def gone(lab: Lab, allowed: int = 0) -> bool:
    deadline = time.monotonic() + 5
    while len(lab.traces()) > allowed and time.monotonic() < deadline:
        time.sleep(0.05)
    return len(lab.traces()) <= allowed


def sleeping(lab: Lab) -> int | None:
    """Pid of the sleeper in a host's network."""
    network = lab("net", "chat", "readlink", "/proc/self/ns/net").strip()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cmdline").read_bytes().startswith(b"sleep\0987654") and str(
                (process / "ns/net").readlink()
            ) == network:
                return int(process.name)
        except OSError:
            continue
    return None


def test_five_hosts_five_times(small: Lab) -> None:
    small("base")
    for _ in range(5):
        begun = time.monotonic()
        small("up")
        assert time.monotonic() - begun < 15
        assert set(small.states().values()) == {"running"}
        small("down")
        assert not small.traces()
        assert "cannot" not in small("status", code=1)


def test_up_again_completes(small: Lab) -> None:
    small(*SMALL)
    supervisor = small.supervisor
    small("stop", "chat")
    assert small.states() == {"chat": "off", "desk1": "running"}
    small(*SMALL)
    assert small.states() == {"chat": "running", "desk1": "running"}
    assert small.supervisor == supervisor
    assert "another topology" in small(*SMALL, "--suite", "chat=bookworm", code=1)


def test_kill_9_of_the_supervisor_takes_everything(small: Lab) -> None:
    small(*SMALL)
    background = subprocess.Popen([str(small.checkout / "lab/lab"), "net", "chat", "sleep", "987654"], env=small.environment)
    while not (asleep := sleeping(small)):
        time.sleep(0.05)
    os.kill(small.supervisor, signal.SIGKILL)
    assert gone(small, allowed=1), small.traces()  # the state on disk
    assert background.wait(5) == 128 + signal.SIGKILL
    assert not Path(f"/proc/{asleep}").exists()
    small("status", code=1)
    small(*SMALL)
    assert set(small.states().values()) == {"running"}
    os.kill(small.supervisor, signal.SIGKILL)
    small("down")
    assert not small.traces()


def test_interrupted_up_leaves_nothing_running(small: Lab) -> None:
    for delay in (0.2, 0.6, 1.0):
        process = subprocess.Popen([str(small.checkout / "lab/lab"), *SMALL], env=small.environment, stdout=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (130, 0, -signal.SIGINT)
        small("down")
        assert not small.traces()


def test_the_plug_and_the_button(small: Lab) -> None:
    small(*SMALL)
    for _ in range(3):
        small("kill", "chat")
        small("start", "chat")
        small("reboot", "chat", "desk1")
        assert set(small.states().values()) == {"running"}
    small("stop", "chat", "desk1")
    small("stop", "chat")
    assert set(small.states().values()) == {"off"}


def test_a_host_that_cannot_boot_is_told_at_once(small: Lab, tmp_path: Path) -> None:
    text = (small.checkout / "lab/topologies/minimal.toml").read_text()
    broken = tmp_path / "broken.toml"
    broken.write_text(text.replace("[hosts.chat]", '[hosts.chat]\nnspawn = ["--no-such-option"]'))
    begun = time.monotonic()
    words = small("up", "--topology", str(broken), code=1)
    assert time.monotonic() - begun < 10
    assert "chat did not boot" in words
    assert "--no-such-option" in words
    assert gone(small, allowed=1)


def test_forward_serves_until_the_lab_goes(small: Lab) -> None:
    small(*SMALL)
    script = "import http.server; http.server.HTTPServer(('0.0.0.0', 80), http.server.SimpleHTTPRequestHandler).serve_forever()"
    small.sh("chat", f'cd /etc && systemd-run --quiet --working-directory=/etc python3 -c "{script}" && sleep 1')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for _ in range(2):  # asking twice is no error
        small("forward", str(port), "desk1", "192.168.1.30:80")
    assert "cannot listen" in small("forward", str(port), "desk1", "192.168.1.30:81", code=1)
    for _ in range(2):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/hostname", timeout=5) as answer:
            assert answer.read() == b"chat\n"
        small("reboot", "desk1")
    small("down")
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/hostname", timeout=5)


def test_two_at_once_end_in_one_lab(small: Lab) -> None:
    both = [subprocess.Popen([str(small.checkout / "lab/lab"), *SMALL], env=small.environment) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert set(small.states().values()) == {"running"}
    # the supervisor, its listener and two hosts
    assert len([trace for trace in small.traces() if trace.startswith("process")]) == 4


def test_bad_words(small: Lab, tmp_path: Path) -> None:
    assert "no topology nonsense; there are: airgap, minimal" in small("up", "--topology", "nonsense", code=1)
    assert "suite of nobody: there is no such host" in small("up", "--suite", "nobody=trixie", code=1)
    assert "the lab is not up" in small("exec", "chat", "true", code=1)
    assert "the lab is not up" in small("leaks", code=1)
    assert "no base sid" in small("base", "sid", code=1)
    assert "is no name for a lab" in Lab("No Name")("status", code=1)
    assert not small.traces()


def test_a_base_that_was_killed_in_the_making_is_no_base(odd_checkout: Lab) -> None:
    (odd_checkout.checkout / ".cache/lab-base").unlink()
    command = [str(odd_checkout.checkout / "lab/lab"), "base", "trixie"]
    process = subprocess.Popen(command, env=odd_checkout.environment, stdout=subprocess.DEVNULL)
    made = odd_checkout.checkout / ".cache/lab-base/trixie"
    deadline = time.monotonic() + 60
    while not list(made.glob("*.tmp/usr")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.kill()
    process.wait()
    time.sleep(1)
    assert not [line for line in Path("/proc/mounts").read_text().splitlines() if "lab-base" in line]
    assert not list(made.glob("????????"))

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""forwarding_proof in the real kernel: true plans prove, silence is never taken for a proof, and nothing stays behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.error import ProofError, Refused
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.proof import serve
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.supervisor import Supervisor

from .conftest import BACKENDS

ROOT = Path(__file__).parents[3]
GOLDEN = {
    case.parent.name: yaml.safe_load(case.read_text(encoding="utf-8"))
    for case in sorted((ROOT / "tests" / "unit" / "golden" / "forwarding").glob("*/intent.yml"))
    if (case.parent / "plan.json").exists()
}
MODULE = ROOT / "plugins" / "modules" / "forwarding_proof.py"
COLLECTIONS = str(ROOT / ".ansible" / "collections")
NOBODY = 65534


def many(count):
    """An intent with so many forwards, each over TCP and UDP."""
    services = [
        {
            "name": f"s{number}",
            "host": f"10.1.{number // 200}.{number % 200 + 10}",
            "public_address": f"203.0.113.{10 + number % 4}",
            "ports": [{"protocol": "tcp+udp", "public": 1024 + 3 * number, "private": 5000}],
        }
        for number in range(count)
    ]
    public = [{"address": f"203.0.113.{10 + n}", "presence": "secondary" if n else "interface"} for n in range(4)]
    router = {
        "wan": [{"interface": "wan0", "addresses": ["203.0.113.10/24"], "gateway": "203.0.113.1"}],
        "lan": [{"interface": "lan0", "address": "10.1.0.1", "network": "10.1.0.0/16"}],
        "public": public,
    }
    return {"lab": True, "router": router, "services": services}


def run_module(params, *before, wait=True):
    """Run the module as Ansible does, perhaps behind a command that changes who it is."""
    command = [*before, sys.executable, "-B", str(MODULE)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": COLLECTIONS},
        cwd="/",
    )
    text = json.dumps({"ANSIBLE_MODULE_ARGS": params})
    if not wait:
        process.stdin.write(text)
        process.stdin.close()
        return process
    output, errors = process.communicate(text, timeout=300)
    assert output, errors
    return json.loads(output)


def net_namespaces():
    """Every network namespace that a process of this machine is in or has open."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        for link in (process / "ns" / "net", *process.glob("fd/*")):
            try:
                name = str(link.readlink())
            except OSError:
                continue
            if name.startswith("net:"):
                found.add(name)
    return found


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", GOLDEN)
def test_every_golden_plan_proves(prover, case, backend):
    result = prover.prove({key: value for key, value in GOLDEN[case].items() if key != "targets"}, backend)
    assert result["disagreements"] == []
    assert result["proved"] and result["rows"] > 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_refusal_is_the_filters_doing(prover, backend):
    """Without any rule the router answers, and so do hosts that a neighbour may route to: everything is listened for."""
    request = prover.request(GOLDEN["chat_web"], backend)
    result = prover.ask({**request, "ruleset": "# none\n", "ruleset6": None})
    wrong = {(one["row"]["vantage"], one["row"]["claim"]) for one in result["disagreements"]}
    assert {("wan", "private address from outside"), ("wan", "the router itself"), ("wan", "forward")} <= wrong
    refused = [one for one in request["verdicts"] if one["outcome"] == "refuse"]
    assert [one for one in refused if one not in [wrong["row"] for wrong in result["disagreements"]]] == []


def test_silence_before_the_router_is_no_refusal(prover):
    """A question that never comes to the router proves nothing, whatever its verdict says."""
    request = prover.request(GOLDEN["chat_web"], "nftables")
    row = next(one for one in request["verdicts"] if one["vantage"] == "wan" and one["outcome"] == "refuse")
    result = prover.ask({**request, "verdicts": [{**row, "destination": "192.0.2.55"}]})
    assert not result["proved"]


def test_an_answer_to_nobody_is_no_refusal(prover):
    """A client that is shut out only on the way back has still got in."""
    request = prover.request(GOLDEN["chat_web"], "nftables")
    row = next(one for one in request["verdicts"] if one["claim"] == "forward" and one["vantage"] == "wan")
    refuse = {**row, "outcome": "refuse", "reaches": None, "reaches_port": None, "sees_source": None, "sees_address": None}
    mute = (
        request["ruleset"]
        + "table inet mute {\n chain c {\n  type filter hook forward priority 10\n  ct direction reply drop\n }\n}\n"
    )
    result = prover.ask({**request, "ruleset": mute, "verdicts": [refuse]})
    (one,) = result["disagreements"]
    assert one["seen"]["reaches"] == row["reaches"] and one["seen"]["note"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_spoofed_source_is_a_refusal(prover, backend):
    """From outside with an address of the LAN: the answer could never come back, so where it got to counts."""
    request = prover.request(GOLDEN["chat_web"], backend)
    row = next(one for one in request["verdicts"] if one["claim"] == "forward" and one["vantage"] == "wan")
    spoofed = {**row, "source": "192.168.1.77", "outcome": "refuse", **dict.fromkeys(("reaches", "sees_source", "sees_address"))}
    assert prover.ask({**request, "verdicts": [spoofed]})["proved"]
    lax = re.sub(r"(?m)^.*(ip saddr @oc_lan_networks drop|-s 192.168.1.0/24 -j DROP)\n", "", request["ruleset"])
    result = prover.ask({**request, "ruleset": lax, "verdicts": [spoofed]})
    assert [one["seen"]["reaches"] for one in result["disagreements"]] == [row["reaches"]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_kernels_refusal_has_its_words(prover, backend):
    request = prover.request(GOLDEN["chat_web"], backend)
    with pytest.raises(Refused, match=r"(?s)the kernel refuses the ruleset, .* says: .*(?:nonsense|line 1)"):
        prover.ask({**request, "ruleset": "nonsense\n"})
    assert prover.ask(request)["proved"], "the next one is not harmed"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vantage": "moon"}, "vantage: moon is not one of"),
        ({"interface": "eth9"}, "interface: eth9 is no WAN interface"),
        ({"source": None}, "source: missing"),
        ({"port": 70000}, "port: 70000 is not a port"),
        ({"destination": "2001:db8::1"}, "destination: 2001:db8::1 is no address of the row's family"),
    ],
)
def test_rows_that_cannot_be_asked_are_named(prover, change, words):
    request = prover.request(GOLDEN["chat_web"], "nftables")
    row = next(one for one in request["verdicts"] if one["vantage"] == "wan")
    with pytest.raises(ProofError, match=f"verdicts\\[1\\]: {words}"):
        prover.ask({**request, "verdicts": [row, {**row, **change}]})


def cpu_seconds(pid):
    """What the only child of a process has used so far."""
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_it_is_fast(prover):
    """20,000 questions at the rates of the issue, if the machine had nothing else to do: time that others took does not count."""
    request = prover.request(many(1600), "nftables")
    assert len(request["verdicts"]) >= 20000
    before = cpu_seconds(prover.supervisor.pid)
    result = prover.ask(request)
    share = min(1, (cpu_seconds(prover.supervisor.pid) - before) / result["seconds"])
    assert result["proved"]
    assert result["flows_per_second"]["tcp"] / share >= 2000
    assert result["flows_per_second"]["udp"] / share >= 5000


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_module(prover, backend):
    request = prover.request(GOLDEN["chat_web"], backend)
    params = {key: request[key] for key in ("plan", "backend", "ruleset", "ruleset6")}
    result = run_module(params)
    assert result["proved"] and not result["changed"]
    assert result["rows"] == len(request["verdicts"])
    params["ruleset"] = params["ruleset"].replace("192.168.1.30", "192.168.1.99")
    failed = run_module(params)
    assert failed["failed"] and not failed["proved"]
    assert "verdicts are wrong" in failed["msg"] and "192.168.1.99" in failed["msg"]
    told = run_module({**params, "report_only": True})
    assert not told.get("failed") and not told["proved"] and not told["changed"]
    assert told["disagreements"] == failed["disagreements"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_anybody_can_prove(prover, backend):
    """By way of a user namespace."""
    request = prover.request(GOLDEN["design_page"], backend)
    who = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    assert run_module(request, *who)["proved"]


def test_where_namespaces_are_forbidden(prover):
    """The error names the setting; nothing claims a proof."""
    request = prover.request(GOLDEN["chat_web"], "nftables")
    forbidden = ("unshare", "--user", "--map-root-user", "sh", "-c", 'echo 0 >/proc/sys/user/max_net_namespaces; exec "$@"', "sh")
    failed = run_module(request, *forbidden)
    assert failed["failed"] and not failed["proved"]
    assert "user.max_net_namespaces = 0" in failed["msg"]
    told = run_module({**request, "allow_unproved": True}, *forbidden)
    assert not told.get("failed")
    assert (told["proved"], told["rows"], told["disagreements"]) == (False, 0, [])
    assert told["reason"] == failed["msg"]


def test_too_long_is_a_failure(prover):
    request = prover.request(many(400), "nftables")
    failed = run_module({**request, "timeout": 0.2})
    assert failed["failed"] and "not done after 0.2 seconds" in failed["msg"]


def test_nothing_stays_behind_when_it_is_killed(prover):
    """SIGKILL in the middle of a proof: no process, no namespace, no file is left."""
    request = prover.request(many(1600), "nftables")
    before = net_namespaces()
    process = run_module(request, wait=False)
    deadline = time.monotonic() + 60
    while not (new := net_namespaces() - before):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.3)
    assert process.poll() is None, "it is in the middle of it"
    process.send_signal(signal.SIGKILL)
    process.wait()
    while net_namespaces() & new:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nothing_stays_behind_when_it_is_closed():
    before = net_namespaces()
    with Supervisor(serve) as supervisor:
        assert net_namespaces() - before
        pid = supervisor.pid
    assert not Path(f"/proc/{pid}").exists()
    deadline = time.monotonic() + 10
    while net_namespaces() - before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert net_namespaces() - before == set()

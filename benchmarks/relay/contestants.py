"""The relays that are compared, each from Debian in a chroot of its own, in a network namespace that we give it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jinja2
from ansible_collections.onprem.chat.plugins.module_utils.relay.parse import parse
from ansible_collections.onprem.chat.plugins.module_utils.relay.plan import Plan, compute

from benchmarks.forwarding.machine import CHECKOUT, WORK, BenchmarkError
from benchmarks.forwarding.network import Namespace
from benchmarks.forwarding.root import Root
from lab import base

ADDRESS, SECRET, NAME, PORTS = "192.0.2.1", "only-for-the-benchmark", "turn.example.com", "20000-65535"
ROOT = Root("trixie", ("coturn", "erlang-p1-stun"))
# $1 the folder that is seen as /bench, $2 the lower folders, $3 what is run; all mounts die with the namespace
ENTER = """
set -e
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay none -o "lowerdir=$2,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
mount --rbind /proc /mnt/root/proc
mount --rbind /dev /mnt/root/dev
mount -t tmpfs none /mnt/root/run
mkdir -p /mnt/root/bench
mount --bind "$1" /mnt/root/bench
# before other work on the machine, so that its delays are not taken for the relay's
exec nice -n -10 chroot /mnt/root sh -c "exec $3"
"""
# As eturnal makes its listeners; secrets as in its time-limited credentials
ERLANG = """
-module(relay).
-export([start/0]).
start() ->
    {ok, _} = application:ensure_all_started(stun),
    Password = fun(User, _Realm) -> base64:encode(crypto:mac(hmac, sha, <<"%(secret)s">>, User)) end,
    ok = stun_listener:add_listener({%(ip)s}, 3478, udp, [
        {use_turn, true}, {auth_type, user}, {auth_realm, <<"%(name)s">>}, {auth_fun, Password},
        {turn_ipv4_address, {%(ip)s}}, {turn_min_port, %(first)s}, {turn_max_port, %(last)s},
        {turn_max_allocations, 100000}, {shaper, none}, {turn_blacklist_peers, [%(refused)s]}]).
"""


def plan() -> Plan:
    """As the role would set it up, with quotas that are out of the way."""
    wish = {"name": NAME, "address": ADDRESS, "port": 3478, "tls_port": 5349, "ports": PORTS, "chain_path": "/none", "max_bps": 0}
    return compute(parse({**wish, "user_quota": 20000, "total_quota": 20000, "networks": ["192.168.1.0/24"]}))


def fence(account: int) -> str:
    """The kernel's fence, as the role writes it."""
    text = (CHECKOUT / "roles/turn_relay/templates/fence.nft.j2").read_text().replace("{{ ansible_managed | comment }}", "")
    values = {"turn_relay_address": ADDRESS, "turn_relay_ports": PORTS, "turn_relay_port": 3478, "turn_relay_tls_port": 5349}
    made = jinja2.Environment(trim_blocks=True).from_string(text).render(__turn_relay_plan=vars(plan()), **values)
    return made.replace('"turnserver"', str(account))


@dataclass(frozen=True)
class Contestant:
    """A relay; C(fenced) with the kernel's rules around it."""

    name: str
    fenced: bool

    def files(self) -> dict[str, str]:
        if self.name.startswith("coturn"):
            lines = [*plan().settings, f"static-auth-secret={SECRET}", "no-tls", "proc-user=turnserver", "pidfile="]
            return {"turnserver.conf": "".join(f"{line}\n" for line in lines)}
        refused = ",".join(f"{{{{{one.split('/')[0].replace('.', ',')}}},{one.split('/')[1]}}}" for one in plan().refused)
        first, last = PORTS.split("-")
        words = {"secret": SECRET, "ip": ADDRESS.replace(".", ","), "name": NAME, "first": first, "last": last}
        return {"relay.erl": ERLANG % {**words, "refused": refused}}

    def command(self) -> str:
        if self.name.startswith("coturn"):
            return "turnserver -c /bench/turnserver.conf"
        return "sh -c 'cd /bench && erlc relay.erl && exec erl -noshell -pa /bench +P 1000000 -s relay start'"


CONTESTANTS = (
    Contestant("coturn", False),
    Contestant("coturn, fenced", True),
    Contestant("eturnal's library", False),
)


class Running:
    """A relay that runs, and what it costs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def pids(self) -> list[int]:
        """It and all below it."""
        found, parents = [self.pid], {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        for one in found:
            found += [child for child, parent in parents.items() if parent == one]
        return found

    def seconds(self) -> float:
        """Processor time."""
        ticks = [sum(int(word) for word in stat.split()[11:13]) for stat in map(self._stat, self.pids())]
        return sum(ticks) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Memory of its own (proportional set size)."""
        texts = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.pids())
        return sum(int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)) for text in texts) / 1024

    @staticmethod
    def _stat(pid: int) -> str:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]


@contextlib.contextmanager
def running(one: Contestant, where: Namespace) -> Iterator[Running]:
    """The contestant, in the network namespace. Raises BenchmarkError when it does not listen."""
    ROOT.install()
    given = WORK / "relay" / one.name.replace(" ", "-")
    given.mkdir(parents=True, exist_ok=True)
    for name, text in one.files().items():
        (given / name).write_text(text)
    accounts = (row.split(":") for row in (ROOT.layer / "etc/passwd").read_text().splitlines())
    account = next(int(row[2]) for row in accounts if row[0] == "turnserver")
    where.run("nft", "flush", "ruleset")
    if one.fenced:
        where.run("nft", "--file", "-", text=fence(account))
    lower = f"{ROOT.layer}:{base.path(ROOT.suite)}"
    command = ["unshare", "--mount", "--propagation", "private", "bash", "-c", ENTER, "-", str(given), lower, one.command()]
    with where.inside(), (given / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        wait(where, given / "log")
        time.sleep(1)
        yield Running(process.pid)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait(where: Namespace, log: Path) -> None:
    """Until it listens."""
    for _tenth in range(300):
        with where.inside():
            text = Path("/proc/thread-self/net/udp").read_text()
        if f":{3478:04X} " in text:
            return
        time.sleep(0.1)
    raise BenchmarkError(f"the relay does not start:\n{log.read_text(errors='replace')[-1500:]}")

"""The command line of lab/lab."""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import shutil
import sys
from pathlib import Path

from . import base, enter, fabric, kernel, lifecycle, listener, questions, relay, supervisor
from .state import CHECKOUT, Lab, LabError
from .topology import FLAVOURS, SUITES, Topology, TopologyError, parse

TOPOLOGIES = CHECKOUT / "lab/topologies"
LEAKED = 3
EPILOG = """\
ONPREM_LAB_NAME       name of the lab (default: lab); another name is another lab beside it
ONPREM_LAB_TOPOLOGY   default of --topology
ONPREM_LAB_SUITES     default of --suite, as HOST=SUITE[,HOST=SUITE]
ONPREM_LAB_MIRROR     Debian mirror MAIN[,SECURITY] where the machine's own apt sources have none
"""


def main(arguments: list[str]) -> int:
    """Obey; the exit code is that of the command run inside, 1 when the lab refuses, 3 when packets tried to leave."""
    try:
        if arguments[:1] == ["_supervise"]:
            supervisor.become(Lab.from_environment(), int(arguments[2]))
        options = _parser().parse_args(arguments)
        return _obey(Lab.from_environment(), options)
    except (LabError, TopologyError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lab/lab",
        description="A whole network of real Debian hosts on this machine, in one process tree that leaves no trace.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, text: str, *names: str, rest: str | None = None) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        for argument in names:
            sub.add_argument(argument, metavar=argument.upper())
        if rest:
            sub.add_argument("words", nargs=argparse.REMAINDER, metavar=rest)
        return sub

    up = command("up", "build what is missing, boot every host, wait until all are ready")
    up.add_argument("--topology", default=os.environ.get("ONPREM_LAB_TOPOLOGY") or "airgap", metavar="NAME|FILE")
    suite = f"another Debian for a host: {', '.join(SUITES)}"
    up.add_argument("--suite", action="append", default=[], metavar="HOST=SUITE", help=suite)
    command("down", "remove the lab, alive or killed")
    status = command("status", "tell which hosts run; exit code 1 when the lab is down")
    status.add_argument("--json", action="store_true", help="for programs")
    command("exec", "run a command inside a host", "host", rest="COMMAND")
    command("net", "run a command of this machine in a host's network", "host", rest="COMMAND")
    command("fabric", "run a command of this machine among the bridges, e.g. tcpdump -ni br-lan", rest="COMMAND")
    command("nc", "join stdin and stdout to ADDRESS:PORT as seen from host VIA (ssh's ProxyCommand)", "via", "address", "port")
    forward = command("forward", "serve a port of this machine from inside the lab, in the background, until it goes down")
    forward.add_argument("listen", metavar="[BIND:]PORT", help="where to listen; 127.0.0.1 when only a port is given")
    forward.add_argument("host", metavar="HOST", help="the host from whose network the target is seen")
    forward.add_argument("target", metavar="ADDRESS:PORT")
    for name, text in (
        ("start", "boot hosts"),
        ("stop", "power hosts off"),
        ("reboot", "power hosts off and boot them"),
        ("kill", "pull the plug of hosts"),
    ):
        command(name, text).add_argument("hosts", nargs="+", metavar="HOST")
    command("base", "build base images").add_argument("bases", nargs="*", metavar="SUITE[-FLAVOUR]")
    leaks = command("leaks", f"tell as JSON which packets tried to leave a closed network; exit code {LEAKED} if any did")
    leaks.add_argument("--reset", action="store_true", help="count from zero afterwards")
    names = "also tell who asked a name server for a name outside this domain and the site's reverse zones; may be repeated"
    leaks.add_argument("--domain", action="append", default=[], help=names)
    command("clean", "remove the labs of this checkout, their state and the cached images")
    return parser


def _obey(lab: Lab, options: argparse.Namespace) -> int:
    match options.command:
        case "up":
            lifecycle.check_machine()
            lifecycle.up(lab, _topology(options.topology, options.suite))
        case "down":
            lifecycle.down(lab)
        case "status":
            return _status(lab, options.json)
        case "exec":
            return enter.in_host(lab, options.host, _words(options.words))
        case "net":
            return enter.in_network(lab, options.host, _words(options.words))
        case "fabric":
            return enter.in_fabric(lab, _words(options.words))
        case "nc":
            return relay.nc(lab, options.via, options.address, _port(options.port))
        case "forward":
            _forward(lab, options.listen, options.host, options.target)
        case "start" | "stop" | "reboot" | "kill":
            _power(lab, options.command, options.hosts)
        case "base":
            lifecycle.check_machine()
            lifecycle.build_bases(_bases(options.bases))
        case "leaks":
            return _leaks(lab, options.domain, options.reset)
        case "clean":
            _clean()
    return 0


def _topology(name: str, suites: list[str]) -> Topology:
    file = TOPOLOGIES / f"{name}.toml"
    if not file.exists():
        file = Path(name)
    if not file.is_file():
        known = sorted(file.stem for file in TOPOLOGIES.glob("*.toml"))
        raise LabError(f"no topology {name}; there are: {', '.join(known)}; or name a file")
    chosen = [*filter(None, os.environ.get("ONPREM_LAB_SUITES", "").split(",")), *suites]
    for item in chosen:
        if "=" not in item:
            raise LabError(f"--suite {item}: must be HOST=SUITE")
    return parse(file.read_text(), dict(item.split("=", 1) for item in chosen))


def _words(words: list[str]) -> list[str]:
    if words[:1] == ["--"]:
        words = words[1:]
    if not words:
        raise LabError("there is no command to run")
    return words


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise LabError(f"{text!r} is not a port (1-65535)")
    return int(text)


def _endpoint(text: str, default: str) -> tuple[str, int]:
    """ADDRESS:PORT, [ADDRESS]:PORT or PORT alone."""
    address, _, port = text.rpartition(":")
    address = address.strip("[]") or default
    try:
        return str(ipaddress.ip_address(address)), _port(port)
    except ValueError as error:
        raise LabError(f"{text}: {error}") from error


def _forward(lab: Lab, listen: str, host: str, target: str) -> None:
    here, there = _endpoint(listen, "127.0.0.1"), _endpoint(target, "127.0.0.1")
    relay.forward(lab, here, host, there)
    print(f"{here[0]} port {here[1]} leads to {there[0]} port {there[1]} as seen from {host}, until the lab goes down")


def _power(lab: Lab, command: str, hosts: list[str]) -> None:
    for host in hosts:
        lab.host(host)
    if command == "start":
        lifecycle.start(lab, hosts)
        return
    for host in hosts:
        (lifecycle.kill if command == "kill" else lifecycle.stop)(lab, host)
    if command == "reboot":
        lifecycle.start(lab, hosts)


def _bases(names: list[str]) -> list[str]:
    known = [suite if flavour == "server" else f"{suite}-{flavour}" for suite in SUITES for flavour in FLAVOURS]
    for name in names:
        if name not in known:
            raise LabError(f"no base {name}; there are: {', '.join(known)}")
    return names or known


def _status(lab: Lab, as_json: bool) -> int:
    pid = lab.supervisor()
    hosts = []
    for host in lab.topology().hosts if pid else ():
        hosts.append(
            {
                "name": host.name,
                "suite": host.suite,
                "flavour": host.flavour,
                "addresses": list(host.addresses),
                "state": lifecycle.running_state(lab, host.name),
            }
        )
    if as_json:
        print(json.dumps({"lab": lab.name, "supervisor": pid, "hosts": hosts}, indent=1))
    else:
        print(f"lab {lab.name}: {f'up, supervisor {pid}' if pid else 'down'}")
        for row in hosts:
            print(f"  {row['name']:<9} {row['state']:<9} {row['suite']:<9} {row['flavour']:<7} {' '.join(row['addresses'])}")
    return 0 if pid else 1


def _leaks(lab: Lab, domains: list[str], reset: bool) -> int:
    supervisor, topology = lab.require_up(), lab.topology()
    leaders = {host.name: lab.leader(host.name) for host in topology.hosts}
    refused = {host: fabric.refused(leader) for host, leader in leaders.items() if leader}
    kernel.enter(supervisor, kernel.NEWNET)
    report = {**fabric.report(topology), "refused_by_host": refused}
    if domains:
        report["foreign_questions"] = questions.summary(listener.notes_of(lab), domains, _prefixes(topology))
    if reset:
        fabric.watch(topology)
        listener.forget(lab)
    print(json.dumps(report, indent=1))
    return LEAKED if report["packets"] or report.get("foreign_questions") else 0


def _prefixes(topology: Topology) -> list[str]:
    """The networks of the LANs that are watched, or of all where none is."""
    closed = [network for network in topology.networks if network.closed] or topology.networks
    return [str(prefix) for network in closed for prefix in topology.prefixes(network.name)]


def _clean() -> None:
    for folder in sorted((CHECKOUT / ".cache/lab").glob("*")):
        lifecycle.down(Lab(folder.name))
    for cache in (base.CACHE, base.ARCHIVES):
        shutil.rmtree(cache, ignore_errors=True)
    lifecycle.say("nothing is left")

"""Who builds the site: playbooks/airgap.yml, a shell script, a flat playbook. Each can be run again and again on its lab."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from .capture import ConfigFile, write_flat_tasks, write_payload
from .machine import CHECKOUT, QUIET, WORK, BenchmarkError, Site, Timed, timed

HERE = CHECKOUT / "benchmarks/site"
BUNDLE = CHECKOUT / ".cache/bundles/latest"
TRIES = 4
SUITE = "trixie"  # of every host in lab/topologies/minimal.toml
CHAT = "192.168.1.30"


@dataclass(frozen=True)
class Run:
    """One run of a contestant; ``tasks`` as callbacks/seconds.py writes them, none for the script."""

    timed: Timed
    tasks: tuple[dict, ...] = ()
    start_up: float = 0.0

    @property
    def changed(self) -> int:
        """Tasks that changed something, once a host."""
        return sum(len(task["changed"]) for task in self.tasks)

    @property
    def plays(self) -> dict[str, float]:
        """Seconds of each play, in their order."""
        seconds: dict[str, float] = {}
        for task in self.tasks:
            seconds[task["play"]] = seconds.get(task["play"], 0) + task["seconds"]
        return seconds


@dataclass
class Contestant:
    """A way to build the site, with the runs that were measured: the first is on bare hosts."""

    title: str
    site: Site
    runs: list[Run] = field(default_factory=list)

    def run(self) -> Run:
        """One measured run, over connections of its own. A re-run that something else disturbs is measured again."""
        title = f"{self.site.name}-{len(self.runs) + 1}"
        tries: list[Run] = []
        while not tries or (self.runs and tries[-1].timed.others > QUIET and len(tries) < TRIES):
            self.site.hang_up()
            tries.append(self._run(title))
        self.runs.append(min(tries, key=lambda run: run.timed.others))
        return self.runs[-1]

    def _run(self, title: str) -> Run:
        raise NotImplementedError


def play(title: str, site: Site, inventory: Path, playbook: Path, extra: dict[str, str]) -> Run:
    """Run a playbook with ansible.cfg's settings and take its tasks' seconds."""
    report = WORK / f"{title}.json"
    callback = [
        f"ANSIBLE_CALLBACK_PLUGINS={HERE}/callbacks",
        "ANSIBLE_CALLBACKS_ENABLED=seconds",
        f"ONPREM_SECONDS_FILE={report}",
    ]
    variables = json.dumps({"lab_checkout": str(CHECKOUT), **extra})
    done = timed(title, ["env", *callback, "ansible-playbook", "-i", str(inventory), "-e", variables, str(playbook)], site)
    found = json.loads(report.read_text())
    tasks = tuple(found["tasks"])
    measured = sum(task["seconds"] for task in tasks)
    return Run(done, tasks, start_up=done.seconds - measured)


@dataclass
class Ours(Contestant):
    """playbooks/airgap.yml."""

    inventory: str = ""

    def _run(self, title: str) -> Run:
        return play(title, self.site, CHECKOUT / self.inventory, CHECKOUT / "playbooks/airgap.yml", {})


@dataclass
class Script(Contestant):
    """script/carry and script/setup.sh."""

    payload: Path = WORK / "script"

    def prepare(self, files: tuple[ConfigFile, ...]) -> None:
        """Not measured: the administrator has written it all down."""
        fresh(self.payload)
        write_payload(self.payload, files, packages())
        shutil.copy(HERE / "script/setup.sh", self.payload)

    def _run(self, title: str) -> Run:
        copy = f"/srv/onprem-chat/bundles/{serial()}"
        carry = [str(HERE / "script/carry"), str(BUNDLE.resolve()), SUITE, copy, str(self.payload)]
        return Run(timed(title, [*carry, *self.site.ssh(CHAT)], self.site))


@dataclass
class Flat(Contestant):
    """flat/site.yml."""

    payload: Path = WORK / "flat"

    def prepare(self, files: tuple[ConfigFile, ...]) -> None:
        """Not measured: the playbook is written, and the bundle is one tar file."""
        fresh(self.payload)
        write_payload(self.payload, files, packages())
        write_flat_tasks(self.payload, files)
        parts = ["keys", "web", f"debian/dists/{SUITE}", f"debian/pool/{SUITE}"]
        subprocess.run(["tar", "-C", str(BUNDLE.resolve()), "-cf", str(self.payload / "bundle.tar"), *parts], check=True)

    def _run(self, title: str) -> Run:
        extra = {"payload": str(self.payload), "serial": str(serial()), "converse": converse()}
        return play(title, self.site, HERE / "one_server/hosts.yml", HERE / "flat/site.yml", extra)


def check(contestant: Contestant) -> None:
    """Not measured: what a rival built has to pass the verification that ends our own playbook."""
    play(f"{contestant.site.name}-check", contestant.site, HERE / "one_server/hosts.yml", HERE / "check.yml", {})


def fresh(folder: Path) -> None:
    """An empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def about() -> dict:
    """The bundle's description."""
    return json.loads((BUNDLE / "BUNDLE.json").read_text())


def serial() -> int:
    """The bundle's number."""
    return about()["serial"]


def packages() -> list[str]:
    """What our roles ask for, all of it."""
    return about()["suites"][SUITE]["requested"]


def converse() -> str:
    """Version of the web client in the bundle."""
    names = [found.group(1) for name in about()["web"] if (found := re.fullmatch(r"converse\.js-(.+)\.tgz", name))]
    if len(names) != 1:
        raise BenchmarkError(f"{BUNDLE}: the web client is not in it")
    return names[0]

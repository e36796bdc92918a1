"""The lab of topology nat with its router as site.yml says. The lab's host gateway is every service's host, and answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.tests.integration.actors.desk import run

from .flows import CASES, LOOKUP, OEM, POOL, REMOTE, STRANGER

HERE = Path(__file__).resolve().parent
PROGRAM = (HERE / "network.py").read_text(encoding="utf-8")
SITE = yaml.safe_load((HERE / "site.yml").read_text(encoding="utf-8"))
HOSTS = {row["name"]: row["host"] for row in SITE["site_services"]}
#: Which host of the lab has an address.
SEATS = {POOL: "remote", REMOTE: "remote", LOOKUP: "remote", OEM: "remote", STRANGER: "stranger"}
PORTS = sorted({port for case in CASES for row in (*case.inward, *case.shut, *case.outward, *case.kept) if (port := row[2])})

Question = tuple[str, str, str, int]


def ask(seat: str, questions: list[Question]) -> list[list[str] | None]:
    """What came back to each question (own address, protocol, destination, port), all asked at once."""
    return json.loads(run(seat, "python3", "-c", PROGRAM, "ask", json.dumps(questions)))


@contextmanager
def answering(host: str, ports: list[int]) -> Iterator[None]:
    """Somebody on a host who answers on these ports, and by the protocols without ports; a reboot may end it before."""
    stop = ("sh", "-c", "systemctl stop answers 2>/dev/null || true")
    run(host, *stop)
    words = ("--unit=answers", "python3", "-c", PROGRAM, "answer", json.dumps({"ports": ports}))
    run(host, "systemd-run", "--quiet", "--collect", *words)
    yield
    run(host, *stop)


@pytest.fixture(scope="package", autouse=True)
def everybody() -> Iterator[None]:
    """Addresses, ways to them, and who answers; gone afterwards."""
    ways = ("198.51.100.0/24", "via", REMOTE)
    inside = [("gateway", f"{host}/24") for host in HOSTS.values()]
    added = [*inside, *(("remote", f"{address}/32") for address in (LOOKUP, OEM))]
    for host, address in added:
        run(host, "ip", "address", "replace", address, "dev", "eth0")
    for host in ("router", "stranger"):
        run(host, "ip", "route", "replace", *ways)
    with ExitStack() as stack:
        for host in ("gateway", "remote", "stranger"):
            stack.enter_context(answering(host, PORTS))
        yield
    for host in ("router", "stranger"):
        run(host, "ip", "route", "delete", *ways)
    for host, address in added:
        run(host, "sh", "-c", f"ip address delete {address} dev eth0 2>/dev/null || true")  # a reboot takes them too

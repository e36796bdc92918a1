"""A router that Ansible may not touch, and no key for the public zone: the run ends with a sheet, somebody enters what it says,
every answer of its acceptance test is the one that it foretells, and the next run goes on."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible_collections.onprem.chat.tests.integration.actors import operator, provider
from ansible_collections.onprem.chat.tests.integration.actors.desk import run
from ansible_collections.onprem.chat.tests.integration.actors.operator import Site

from .engineer import RECORD, attempt, enter, leave, load, rules, trials

NAME, CHAT = "chat.example.com", "192.168.1.30"
LINE = re.compile(r"^\S+\. +\d+ +IN +(?:A|AAAA|SRV|CAA|TXT) +.*$", re.MULTILINE)
TRUST = """
curl --silent --fail --output /usr/local/share/ca-certificates/site.crt http://{chat}/pki/root.crt
update-ca-certificates >/dev/null 2>&1
for home in /etc/skel /home/*; do
  certutil -d "sql:$home/.pki/nssdb" -A -n site -t C,, -i /usr/local/share/ca-certificates/site.crt
done
echo nameserver {chat} >/etc/resolv.conf
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The operator of the same site, whose inventory has no group routers."""
    folder = tmp_path_factory.mktemp("operator")
    example = operator.INVENTORIES[0] / "hosts.yml"
    inventory = yaml.safe_load(example.read_text(encoding="utf-8"))
    del inventory["all"]["children"]["routers"]
    # two folders below the checkout, as the lab's variables expect of an inventory
    inventory_folder = operator.ROOT / ".cache/by-hand"
    inventory_folder.mkdir(parents=True, exist_ok=True)
    (inventory_folder / "hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    swapped = [str(inventory_folder / "hosts.yml") if word == str(operator.INVENTORIES[0]) else word for word in operator.COMMAND]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operator, "COMMAND", swapped)
        yield Site(folder)


@pytest.fixture(scope="module")
def sheet(site) -> str:
    return (site.folder / f"hand-off-{NAME}.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def router():
    """Somebody's router, which lets the LAN out and nothing in; afterwards it is bare again."""
    load(rules(""))
    yield
    run("router", "sh", "-c", "nft delete table ip somebody 2>/dev/null || true")


def test_the_run_ends_with_what_has_to_be_entered(site):
    output = site.fail()
    assert "The chat works in the LAN" in output, output[-3000:]
    public = (site.folder / f"public-dns-{NAME}.txt").read_text(encoding="utf-8")
    lines = LINE.findall(public)
    assert {line.split()[3] for line in lines} >= {"A", "SRV"}
    assert f"public-dns-{NAME}.txt" in output and f"hand-off-{NAME}.txt" in output
    handed_over = (site.folder / f"hand-off-{NAME}.txt").read_text(encoding="utf-8")
    assert sorted(RECORD.findall(handed_over)) == sorted(lines)
    assert provider.orders() == 0
    site.assert_no_secret(output + handed_over + (site.folder / f"hand-off-{NAME}.html").read_text(encoding="utf-8"))


def test_the_chat_works_in_the_lan_meanwhile():
    """At a desk that nobody manages: it asks the site's name server, and somebody made it trust the site's CA."""
    run("desk1", "sh", "-euc", TRUST.format(chat=CHAT))
    for name in (NAME, "chat.example.lan", CHAT):
        assert "200" in run("desk1", "curl", "--silent", "--show-error", "--head", f"https://{name}/")


def test_somebody_enters_the_records(sheet):
    provider.change_zone(*(f"update add {line}" for line in RECORD.findall(sheet)))
    assert run("remote", "dig", "+short", NAME).strip() == "203.0.113.20"


def test_somebody_enters_the_forwards_and_every_answer_is_the_one_foretold(sheet):
    enter(sheet)
    made = trials(sheet)
    assert {trial.seat.split(":")[0] for trial in made} == {"Outside", "Inside"}
    assert len(made) > 12
    assert {trial.number: attempt(trial) for trial in made} == {trial.number: trial.answer for trial in made}


@pytest.mark.parametrize(
    ("right", "wrong", "trial"),
    [
        ("dport 5222 dnat to 192.168.1.30:5222", "dport 5222 dnat to 192.168.1.30:22", "-starttls"),
        ("dport 80 dnat to 192.168.1.30:80", "dport 80 dnat to 192.168.1.30:443", "http://"),
        ("tcp dport 443 dnat", "tcp dport { 443, 444 } dnat", "is open"),
        ("ct status dnat ip saddr 192.168.1.0/24", "ct status dnat ip saddr 192.168.9.0/24", "https://"),
    ],
)
def test_what_is_entered_wrongly_shows(sheet, right, wrong, trial):
    assert right in rules(sheet)
    load(rules(sheet).replace(right, wrong))
    try:
        seat = "Inside" if "saddr" in right else "Outside"
        asked = next(one for one in trials(sheet) if trial in one.command and one.seat.startswith(seat))
        assert attempt(asked) != asked.answer
    finally:
        load(rules(sheet))


def test_the_next_run_goes_on_to_the_end(site, sheet):
    site.run()
    assert provider.orders() == 1
    assert (site.folder / f"hand-off-{NAME}.txt").read_text(encoding="utf-8") == sheet
    assert "200" in run("remote", "curl", "--silent", "--show-error", "--head", f"https://{NAME}/")


def test_it_can_be_taken_back(sheet):
    leave(sheet)

"""A site with no key for the public zone: the run ends with a sheet, somebody enters what it says, and the next run goes on."""

from __future__ import annotations

import re

import pytest
from ansible_collections.onprem.chat.tests.integration.actors import provider
from ansible_collections.onprem.chat.tests.integration.actors.desk import run
from ansible_collections.onprem.chat.tests.integration.actors.operator import Site

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
def site(tmp_path_factory) -> Site:
    return Site(tmp_path_factory.mktemp("operator"))


def test_the_run_ends_with_what_has_to_be_entered(site):
    output = site.fail()
    sheet = (site.folder / f"public-dns-{NAME}.txt").read_text(encoding="utf-8")
    lines = LINE.findall(sheet)
    assert {line.split()[3] for line in lines} >= {"A", "SRV"}
    assert "The chat works in the LAN" in output
    assert f"public-dns-{NAME}.txt" in output
    assert provider.orders() == 0
    site.assert_no_secret(output)


def test_the_chat_works_in_the_lan_meanwhile():
    """At a desk that nobody manages: it asks the site's name server, and somebody made it trust the site's CA."""
    run("desk1", "sh", "-euc", TRUST.format(chat=CHAT))
    for name in (NAME, "chat.example.lan", CHAT):
        assert "200" in run("desk1", "curl", "--silent", "--show-error", "--head", f"https://{name}/")


def test_somebody_enters_it(site):
    lines = LINE.findall((site.folder / f"public-dns-{NAME}.txt").read_text(encoding="utf-8"))
    provider.change_zone(*(f"update add {line}" for line in lines))
    assert run("remote", "dig", "+short", NAME).strip() == "203.0.113.20"

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The relay of a site: names and rows that cannot be, each with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import make
from ansible_collections.onprem.chat.plugins.module_utils.site.error import SiteError
from ansible_collections.onprem.chat.plugins.module_utils.site.parse import NAT_FIXED_IP, parse_site, router_intent
from ansible_collections.onprem.chat.plugins.module_utils.site.public import check

GOLDEN = Path(__file__).parents[3] / "golden" / "site"


def read(case, service=None, **variables):
    """The inventory of a golden case with other variables, and other keys in the row of its relay."""
    document = yaml.safe_load((GOLDEN / case / "inventory.yml").read_text(encoding="utf-8"))
    everybody = {**document["all"], **variables}
    services = [row if row["name"] != "relay" else {**row, **(service or {})} for row in everybody["site_services"]]
    everybody["site_services"] = services
    return document["groups"], {name: {**everybody, **own} for name, own in document["hosts"].items()}


def problems(groups, hostvars):
    try:
        site = parse_site(groups, hostvars, NAT_FIXED_IP)
    except SiteError as error:
        return [str(problem) for problem in error.problems]
    forwarding = make({**router_intent(groups, hostvars), "lab": True}, [])["plan"]
    return [str(problem) for problem in check(site, forwarding)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("chat.example.com", "site_relay_name: chat.example.com is the chat's own name"),
        ("turn.example.net", "site_relay_name: turn.example.net is not in example.com"),
        ("Turn", "site_relay_name: 'Turn' is not a domain name"),
        (5, "site_relay_name: 5 is not a domain name"),
    ],
)
def test_names_outside(name, words):
    (found,) = problems(*read("public_relay_apart", site_relay_name=name))
    assert found.startswith(words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dns.example.com", "site_relay_name: 'dns' is the name of hosts.dns already"),
        ("pki.example.com", "site_relay_name: 'pki' has to lead to the chat server"),
        ("a.b.example.com", "site_relay_name: a.b.example.com is in site_domain, where a host has one label"),
    ],
)
def test_names_in_the_lan(name, words):
    (found,) = problems(*read("public_relay_of_the_lan", site_relay_name=name))
    assert found.startswith(words)


def test_the_hosts_own_name_is_right():
    assert problems(*read("public_relay_of_the_lan", site_relay_name="relay.example.com")) == []


@pytest.mark.parametrize("method", ["files", "local_ca"])
def test_without_a_key_for_the_zone_nothing_is_ordered(method):
    pair = {"certificate": "-----BEGIN", "key": "-----BEGIN"}
    without = read("public_relay_apart", site_public_dns={}, site_public_certificate={"method": method, **pair})
    assert problems(*without) == []
    acme = read("public_relay_apart", site_public_dns={}, site_public_certificate={"terms_agreed": True})
    assert [problem.partition(":")[0] for problem in problems(*acme)] == ["site_public_dns"]


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ({"relay_ports": 50000}, "site_services[1].relay_ports: 50000 is no range of ports"),
        ({"relay_ports": ["50000-50999", "51000-51999"]}, "site_services[1].relay_ports: is a list"),
        ({"mapping": "port_forward"}, "site_services: relay lends 203.0.113.11, and what it sends leaves with 203.0.113.10"),
        ({"host": "192.168.1.30"}, "site_services: nothing leads to the relay (192.168.1.31)"),
    ],
)
def test_rows(service, words):
    (found,) = problems(*read("public_relay_apart", service))
    assert found.startswith(words)


@pytest.mark.parametrize(
    "service",
    [
        {"relay_ports": ["50000-50999"]},
        {"host": "192.168.1.31/32"},
        {"public_address": "203.0.113.10", "mapping": "port_forward", "tls_port": 5349},
    ],
)
def test_rows_that_are_right(service):
    assert problems(*read("public_relay_apart", service)) == []


@pytest.mark.parametrize("secret", ["short", 5, "ä" * 40, "a b" * 20, "x" * 129])
def test_secrets(secret):
    (found,) = problems(*read("public_relay_apart", site_relay_secret=secret))
    assert found.startswith("site_relay_secret: must be") and str(secret) not in found.replace("32 to", "")

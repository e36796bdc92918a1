# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site's core against its golden cases, and against whatever an inventory may hold."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import make
from ansible_collections.onprem.chat.plugins.module_utils.site.error import SiteError
from ansible_collections.onprem.chat.plugins.module_utils.site.names import domain_fault
from ansible_collections.onprem.chat.plugins.module_utils.site.parse import NAT_FIXED_IP, parse_site, router_intent
from ansible_collections.onprem.chat.plugins.module_utils.site.plan import compute
from ansible_collections.onprem.chat.plugins.module_utils.site.public import check
from ansible_collections.onprem.chat.plugins.module_utils.site.reader import Unusable

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

GOLDEN = Path(__file__).parents[3] / "golden" / "site"


def load(case: Path):
    """Return a site and the plan of its router, as onprem.chat.site_plan has them; a case with a public name is behind one."""
    document = yaml.safe_load((case / "inventory.yml").read_text(encoding="utf-8"))
    groups, hostvars = document["groups"], {name: {**document["all"], **own} for name, own in document["hosts"].items()}
    if "site_public_name" not in document["all"]:
        return parse_site(groups, hostvars), None
    site = parse_site(groups, hostvars, NAT_FIXED_IP)
    forwarding = make({**router_intent(groups, hostvars), "lab": True}, [], prefix="site_")["plan"]
    problems = check(site, forwarding)
    if problems:
        raise SiteError(problems)
    return site, forwarding


@pytest.mark.parametrize("case", sorted(GOLDEN.iterdir()), ids=lambda case: case.name)
def test_golden_case(case):
    """A case with error.txt is refused in exactly these words, every other one gives exactly this plan."""
    if (case / "error.txt").exists():
        with pytest.raises(SiteError) as refused:
            load(case)
        if os.environ.get("GOLDEN") == "write":
            (case / "error.txt").write_text(f"{refused.value}\n", encoding="utf-8")
        assert str(refused.value) == (case / "error.txt").read_text(encoding="utf-8").rstrip("\n")
    else:
        if os.environ.get("GOLDEN") == "write":
            (case / "plan.json").write_text(json.dumps(compute(*load(case)), indent=2) + "\n", encoding="utf-8")
        assert compute(*load(case)) == json.loads((case / "plan.json").read_text(encoding="utf-8"))


def test_no_secret_in_the_plan():
    """Passwords and passphrases stay where the operator keeps them."""
    plans = [json.dumps(compute(*load(case))) for case in GOLDEN.iterdir() if (case / "plan.json").exists()]
    assert plans
    assert not any("secret" in plan or "horse" in plan for plan in plans)


@pytest.mark.parametrize("domain", ["example.lan", "a.b.c.d", "xn--bcher-kva.example", "1.lan"])
def test_domains(domain):
    assert domain_fault(domain) is None


@pytest.mark.parametrize(
    "domain",
    ["", None, 5, "lan", "example.local", "-a.lan", "a..lan", "a.lan.", "A.lan", "a_b.lan", "10.0", "a.lan\n", "a" * 64 + ".lan"],
)
def test_no_domains(domain):
    assert domain_fault(domain)


LIKELY = st.sampled_from(["example.lan", "192.168.1.0/24", "192.168.1.30"])
KEYS = st.sampled_from(["name", "address", "password", "state", "admin"]) | st.text(max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | LIKELY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
NAMES = [
    "domain",
    "networks",
    "title",
    "chat_name",
    "pki_name",
    "ca_passphrase",
    "ca_key_protection",
    "users",
    "rooms",
    "devices",
    "dns_forwarders",
    "time_upstreams",
    "chat_store",
    "upload_max_mb",
    "address",
    "hostname",
    "typo",
]
GROUPS = ["chat_servers", "dns_servers", "certificate_authority", "clients"]


@hypothesis.given(
    st.dictionaries(st.sampled_from([f"site_{name}" for name in NAMES]), VALUES),
    st.dictionaries(st.sampled_from(GROUPS), st.just(["one"])),
)
def test_whatever_an_inventory_holds(variables, groups):
    """Any input is either a site, whose plan is JSON and always the same, or refused with places and reasons."""
    hostvars = {"one": {"ansible_host": "192.168.1.30", **variables}}
    try:
        site = parse_site(groups, hostvars)
    except SiteError as error:
        assert all(problem.path and problem.reason for problem in error.problems)
    else:
        assert json.dumps(compute(site)) == json.dumps(compute(parse_site(groups, hostvars)))


def test_a_variable_that_cannot_be_had_is_named():
    """A vault that was not opened, or a name that is undefined, is one more problem and no crash."""
    hostvars = {"one": {"ansible_host": "192.168.1.30", "site_users": Unusable("'vault_passwords' is undefined")}}
    with pytest.raises(SiteError, match="site_users: 'vault_passwords' is undefined"):
        parse_site({"chat_servers": ["one"]}, hostvars)
    with pytest.raises(SiteError, match=r"hosts\.one\.site_address: no vault"):
        parse_site({"chat_servers": ["one"]}, {"one": {"site_address": Unusable("no vault")}})


@pytest.mark.parametrize("size", ["¹", "٣x", 0, True, 10241, "9" * 5000, 1.5])
def test_no_size(size):
    """A superscript is a digit to Python, and no number."""
    with pytest.raises(SiteError, match="site_upload_max_mb"):
        parse_site({"chat_servers": ["one"]}, {"one": {"ansible_host": "192.168.1.30", "site_upload_max_mb": size}})


def test_a_secret_of_a_closed_vault_is_named_once():
    with pytest.raises(SiteError) as refused:
        parse_site({"chat_servers": ["one"]}, {"one": {"site_ca_passphrase": Unusable("no vault")}})
    assert str(refused.value).count("site_ca_passphrase") == 1

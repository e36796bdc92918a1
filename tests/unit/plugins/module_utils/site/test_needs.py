# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bundle has to hold: by what the inventory says of the site, and without its secrets."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.site.duties import EVERYWHERE, ROLES, ROUTER
from ansible_collections.onprem.chat.plugins.module_utils.site.error import SiteError
from ansible_collections.onprem.chat.plugins.module_utils.site.needs import Needs, bundle_needs
from ansible_collections.onprem.chat.plugins.module_utils.site.reader import Unusable

PUBLIC = ("public_dns", "public_certificate")
OURS = ("turn_relay",)
POSTGRESQL = ("erlang-p1-pgsql", "postgresql")
RELAY = ("python3-aioice",)
EJABBERD = ("ejabberd", "erlang-p1-sqlite3")
SUM = "a" * 64
BROUGHT = {"kind": "deb", "source": "chat.deb", "sha256": SUM, "port": 8080, "unit": "chat", "packages": ["libicu76"]}
TURN = [{"name": "relay", "profile": "stun_turn", "host": "192.168.1.31"}]
BOTH = ("bookworm", "trixie")


def needs(groups=("chat_servers", "dns_servers"), **variables):
    return bundle_needs({name: ["one"] for name in groups}, {"one": variables})


@pytest.mark.parametrize(
    ("groups", "variables", "expected"),
    [
        ((), {"site_suites": "nonsense"}, Needs()),
        (("clients",), {}, Needs()),
        (("chat_servers",), {}, Needs(BOTH, (*PUBLIC, *ROUTER, *OURS), ("lego", *RELAY))),
        (
            ("chat_servers",),
            {"site_suites": ["trixie", "trixie"]},
            Needs(("trixie",), (*PUBLIC, *ROUTER, *OURS), ("lego", *RELAY)),
        ),
        (("chat_servers",), {"site_chat_store": "sqlite"}, Needs(BOTH, (*PUBLIC, *ROUTER, *OURS), (*POSTGRESQL, "lego", *RELAY))),
        (("chat_servers", "routers"), {"site_public_name": "chat.example.com"}, Needs(BOTH, OURS, RELAY)),
        (("chat_servers", "routers"), {"site_public_name": "chat.example.com", "site_services": TURN}, Needs(BOTH, OURS, ())),
        (("chat_servers",), {"site_services": TURN}, Needs(BOTH, (*PUBLIC, *ROUTER, *OURS), ("lego", *RELAY))),
        (("chat_servers", "turn_relays"), {}, Needs(BOTH, (*PUBLIC, *ROUTER), ("lego",))),
        (
            ("chat_servers",),
            {"site_chat_engine": "operator_package", "site_chat_package": BROUGHT},
            Needs(BOTH, (*PUBLIC, *ROUTER, *OURS), (*POSTGRESQL, *EJABBERD, "lego", *RELAY), ("libicu76",), {"chat.deb": SUM}),
        ),
        (
            ("chat_servers",),
            {"site_public_name": "chat.example.com", "site_public_certificate": {"method": "files"}},
            Needs(BOTH, (*ROUTER, *OURS), ("lego", *RELAY)),
        ),
    ],
)
def test_what_a_site_needs(groups, variables, expected):
    assert needs(groups, **variables) == expected


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"site_suites": "trixie"}, "site_suites: must be a list"),
        ({"site_suites": ["sid"]}, r"site_suites\[0\]: 'sid' is none of bookworm, trixie"),
        ({"site_chat_store": "mysql"}, "site_chat_store: 'mysql' is none of"),
        ({"site_chat_engine": "operator_package"}, "site_chat_package: is not set"),
        ({"site_chat_package": BROUGHT}, "site_chat_package: has no use without site_chat_engine: operator_package"),
        ({"site_suite": ["trixie"]}, "site_suite: is not a variable of a site; did you mean site_suites"),
        ({"site_suites": Unusable("no vault")}, "site_suites: no vault"),
    ],
)
def test_what_cannot_be_read(variables, word):
    with pytest.raises(SiteError, match=word):
        needs(**variables)


class Closed(Mapping):
    """Variables of which only those may be looked at that are no secrets."""

    def __init__(self, **variables):
        self.variables = variables

    def __getitem__(self, name):
        assert "pass" not in name and name not in ("site_users", "site_public_dns")
        return self.variables[name]

    def __iter__(self):
        return iter(self.variables)

    def __len__(self):
        return len(self.variables)


def test_no_secret_is_looked_at():
    hostvars = Closed(site_ca_passphrase="x", site_users=[], site_public_dns={}, site_public_name="chat.example.com")
    assert bundle_needs({"chat_servers": ["one"], "dns_servers": ["two"]}, {"one": hostvars, "two": hostvars}).without_roles == (
        *ROUTER,
        *OURS,
    )


def test_only_roles_that_a_duty_may_bring_stay_behind():
    assert set(needs().without_roles).isdisjoint(
        {*EVERYWHERE, *(r for d, rs in ROLES.items() if d not in ("public", "relay") for r in rs)}
    )

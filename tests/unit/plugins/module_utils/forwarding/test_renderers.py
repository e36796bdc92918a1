# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of targets."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

from ansible_collections.onprem.chat.plugins.module_utils.forwarding.model import Lan, Plan, Wan
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.renderers import RENDERERS, rendered

PLAN = Plan(
    wans=(Wan("wan0", (ip_interface("203.0.113.10/24"),), None),),
    lans=(Lan("lan0", ip_address("192.168.1.1"), ip_network("192.168.1.0/24")),),
    publics=(),
    management=(),
    masquerade=True,
    egress_policy="open",
    forwards=(),
    one_to_one=(),
    egress=(),
    pinholes=(),
)


def test_a_target_may_be_two_renderings():
    assert list(rendered(PLAN, ["nftables"])) == ["nftables"]
    assert list(rendered(PLAN, ["iptables", "ip6tables"])) == ["iptables", "ip6tables"]


def test_each_text_says_where_it_comes_from():
    for name in ("nftables", "iptables", "ip6tables"):
        assert RENDERERS[name](PLAN).splitlines()[0] == "# Rendered by onprem.chat.forwarding_plan; changes are lost."

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans written by hand: the renderers are tried without parse, check and compute."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any, Callable

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.model import (
    Egress,
    Forward,
    Lan,
    Management,
    OneToOne,
    Pinhole,
    Plan,
    Ports,
    Public,
    Wan,
)


class Make:
    """Short words for the model."""

    def ports(self, text: str | None) -> Ports | None:
        """Ports from ``443`` or ``1000-1010``."""
        if text is None:
            return None
        first, _dash, last = text.partition("-")
        return Ports(int(first), int(last or first))

    def networks(self, texts: str) -> tuple[Any, ...]:
        """Networks from words."""
        return tuple(ip_network(one) for one in texts.split())

    def forward(
        self,
        public: str,
        protocol: str,
        port: str | None,
        host: str,
        private: str | None = None,
        sources: str = "",
        hairpin: bool = True,
        mapping: str = "port_forward",
    ) -> Forward:
        """A forward."""
        return Forward(
            service="chat",
            mapping=mapping,
            protocol=protocol,
            public=ip_address(public),
            public_ports=self.ports(port),
            host=ip_address(host),
            private_ports=self.ports(private or port),
            sources=self.networks(sources),
            hairpin=hairpin,
            lan="lan0",
        )

    def egress(self, source: str, protocol: str, ports: str | None = None, to: str | None = None) -> Egress:
        """A way out."""
        return Egress("chat", ip_network(source), protocol, ip_network(to) if to else None, None, self.ports(ports), "lan0")

    def pinhole(self, host: str, protocol: str, ports: str | None, sources: str = "") -> Pinhole:
        """An IPv6 opening."""
        return Pinhole("chat", protocol, ip_address(host), self.ports(ports), self.networks(sources), "lan0")

    def management(self, protocol: str, ports: str, sources: str = "") -> Management:
        """How the router is reached."""
        return Management(protocol, self.ports(ports) or Ports(22, 22), self.networks(sources))

    def one_to_one(self, public: str, host: str) -> OneToOne:
        """A host with an address of its own."""
        return OneToOne("gateway", ip_address(public), ip_address(host), "lan0")

    def public(self, address: str, presence: str = "interface") -> Public:
        """A public address."""
        return Public(ip_address(address), presence, "wan0")

    def plan(self, **fields: Any) -> Plan:
        """One WAN, one LAN with IPv6, nothing forwarded; ``fields`` say what is different."""
        plan = Plan(
            wans=(Wan("wan0", (ip_interface("203.0.113.10/24"),), None),),
            lans=(Lan("lan0", ip_address("192.168.1.1"), ip_network("192.168.1.0/24")),),
            publics=(self.public("203.0.113.10"),),
            management=(),
            masquerade=True,
            egress_policy="open",
            forwards=(),
            one_to_one=(),
            egress=(),
            pinholes=(),
        )
        return replace(plan, **fields)

    def lan(self, interface: str, address: str, network: str, network6: str | None = None) -> Lan:
        """A LAN."""
        return Lan(interface, ip_address(address), ip_network(network), None, ip_network(network6) if network6 else None)

    def wan(self, interface: str, address: str) -> Wan:
        """A WAN."""
        return Wan(interface, (ip_interface(address),), None)


@pytest.fixture
def make() -> Make:
    """What the tests write their plans with."""
    return Make()


@pytest.fixture
def chain() -> Callable[[str, str], list[str]]:
    """Find the statements of an object of an nftables rendering, or the rules of a chain of a restore file."""

    def find(text: str, name: str) -> list[str]:
        lines = text.splitlines()
        if any(line.startswith("*") for line in lines):
            return [line.split(" ", 2)[2] for line in lines if line.startswith(f"-A {name} ")]
        start = next((index for index, line in enumerate(lines) if line.split()[1:2] == [name]), None)
        if start is None:
            return []
        found = []
        for line in lines[start + 1 :]:
            if line == "\t}":
                break
            found.append(line.strip().rstrip(","))
        return found

    return find

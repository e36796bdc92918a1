# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random intents that are valid: small sites that use everything the intent offers, in any combination."""

from __future__ import annotations

from ipaddress import ip_network

from hypothesis import strategies as st

WANS = (
    {"interface": "wan0", "addresses": ["203.0.113.10/24"], "gateway": "203.0.113.1"},
    {"interface": "enp1s0f0np0.100", "addresses": ["198.51.100.2/27", "2001:db8:f1::2/64"], "gateway": "198.51.100.1"},
)
LANS = (
    {"interface": "lan0", "address": "192.168.1.1", "network": "192.168.1.0/24"},
    {"interface": "br-office", "address": "10.20.0.1", "network": "10.20.0.0/16"},
    {"interface": "d", "address": "172.16.5.254", "network": "172.16.5.128/25"},
)
#: More addresses by WAN: presence and address.
PUBLICS = (
    (("secondary", "203.0.113.20"), ("secondary", "203.0.113.21"), ("proxy_arp", "203.0.113.30"), ("routed", "192.0.2.65")),
    (("secondary", "198.51.100.20"), ("proxy_arp", "198.51.100.25"), ("routed", "192.0.2.129")),
)
_SOURCES4 = st.sampled_from(["198.51.100.128/25", "100.70.0.0/16", "203.0.113.128/25", "192.0.2.200"])
SOURCES = st.one_of(st.just(["any"]), st.lists(_SOURCES4, min_size=1, max_size=3, unique=True))
SOURCES6 = st.lists(st.sampled_from(["2001:db8:ff00::/40", "2001:db8:f1::/64", "3fff::/20"]), min_size=1, max_size=2, unique=True)
PORTS = (22, 25, 53, 80, 443, 444, 445, 3478, 5222, 9555)
RANGES = ("8000-8001", "49152-65535", "10000-10100")


def host(lan, number):
    """The address of a LAN's host."""
    return str(ip_network(lan["network"])[number])


@st.composite
def routers(draw):
    """One or two WANs, one to three LANs, public addresses of every presence."""
    wans = [dict(wan) for wan in WANS[: draw(st.integers(1, 2))]]
    if draw(st.booleans()):
        wans[0]["addresses"] = [*wans[0]["addresses"], "2001:db8:f0::2/64"]
    if len(wans) == 1 and draw(st.integers(0, 4)) == 0:
        del wans[0]["gateway"]
    lans = [dict(lan) for lan in LANS[: draw(st.integers(1, 3))]]
    for number, lan in enumerate(lans):
        if draw(st.booleans()):
            lan.update(address6=f"2001:db8:{number}::1", network6=f"2001:db8:{number}::/64")
    public = []
    for wan, offered in zip(wans, PUBLICS):
        first = wan["addresses"][0].partition("/")[0]
        public.append({"address": first, "presence": "interface", "wan": wan["interface"]})
        for presence, address in draw(st.lists(st.sampled_from(offered), max_size=3, unique=True)):
            public.append({"address": address, "presence": presence, "wan": wan["interface"]})
    return {
        "wan": wans,
        "lan": lans,
        "public": public,
        "management": draw(managements(lans)),
        "masquerade": draw(st.integers(0, 3)) > 0,
        "egress_policy": draw(st.sampled_from(["open", "restricted"])),
    }


@st.composite
def managements(draw, lans):
    """None to two ways to the router."""
    rows = []
    for protocol, ports in draw(
        st.lists(st.sampled_from([("tcp", [22]), ("tcp", ["8022-8023"]), ("udp", [161])]), max_size=2, unique_by=str)
    ):
        row = {"protocol": protocol, "ports": ports}
        inside = [lan["network"] for lan in lans] + [lan["network6"] for lan in lans if "network6" in lan]
        sources = draw(st.lists(st.sampled_from([*inside, "198.51.100.128/25", "2001:db8:ff00::/40"]), max_size=2, unique=True))
        rows.append({**row, "sources": sources} if sources else row)
    return rows


@st.composite
def openings(draw, free):
    """Ports that this public address still has; ``free`` is what is taken of it, and grows."""
    rows = []
    for kind in draw(st.lists(st.sampled_from(["port", "port", "moved", "range", "portless"]), min_size=1, max_size=3)):
        protocol = draw(st.sampled_from(["tcp", "udp"]))
        if kind == "portless":
            row = {"protocol": draw(st.sampled_from(["ah", "esp", "gre"]))}
            key = (row["protocol"], None)
        elif kind == "range":
            row = {"protocol": protocol, "public": draw(st.sampled_from(RANGES))}
            key = (protocol, row["public"])
        else:
            row = {"protocol": protocol, "public": draw(st.sampled_from(PORTS))}
            key = (protocol, row["public"])
            if kind == "moved":
                row["private"] = draw(st.sampled_from([*PORTS, 8443]))
        if key not in free:
            free.add(key)
            rows.append(row)
    return rows


@st.composite
def ways_out(draw, six):
    """What a host may send outside when egress is restricted."""
    to = draw(st.sampled_from(["any", "192.0.2.9", "100.64.8.0/24", "dual.example.com", *(["2001:db8:9::/48"] if six else [])]))
    row = {"protocol": draw(st.sampled_from(["tcp", "udp", "esp", "gre" if six else "ah"])), "to": to}
    if row["protocol"] in ("tcp", "udp") and draw(st.booleans()):
        row["ports"] = [draw(st.sampled_from([443, 9555, "5000-5010"]))]
    return row


@st.composite
def services(draw, router):
    """One to four services, none of which takes what another has."""
    found, taken, reserved = [], {public["address"]: set() for public in router["public"]}, set()
    for number in range(draw(st.integers(1, 4))):
        lan, at = draw(st.sampled_from(router["lan"])), draw(st.integers(30, 33))
        row = {"name": f"s{number}", "host": host(lan, at)}
        host6 = f"{lan['network6'][:-3]}{at}" if "network6" in lan else None
        public = draw(st.sampled_from(router["public"]))
        if public["address"] not in reserved:
            row.update(draw(ways_in(public, taken[public["address"]], row["host"] in reserved)))
            six = all(one["protocol"] != "ah" for one in row["ports"])
            if host6 and six and draw(st.booleans()) and all(one.get("host6") != host6 for one in found):
                row["host6"] = host6
                if row["sources"] != ["any"]:
                    row["sources"] = row["sources"] + draw(SOURCES6)
            if row["mapping"] == "one_to_one":
                reserved |= {public["address"], row["host"]}
        row["egress"] = draw(st.lists(ways_out("host6" in row), max_size=2))
        if row.get("ports") or row["egress"]:
            found.append(row)
    return found


@st.composite
def ways_in(draw, public, taken, settled):
    """What comes in by a public address; ``settled`` is a host that has an address of its own already."""
    alone = public["presence"] != "interface" and not taken and not settled
    return {
        "public_address": public["address"],
        "mapping": "one_to_one" if alone and draw(st.booleans()) else "port_forward",
        "ports": draw(openings(taken)),
        "hairpin": draw(st.integers(0, 2)) > 0,
        "sources": draw(SOURCES),
    }


@st.composite
def intents(draw):
    """A whole intent, of documentation addresses."""
    router = draw(routers())
    return {"lab": True, "router": router, "services": draw(services(router))}

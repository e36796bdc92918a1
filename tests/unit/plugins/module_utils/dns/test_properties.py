# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every site: it is refused with paths, or BIND takes its zones and they say what the site said."""

from __future__ import annotations

import shutil
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.dns.error import DnsError
from ansible_collections.onprem.chat.plugins.module_utils.dns.plan import Places, plan
from ansible_collections.onprem.chat.plugins.module_utils.dns.zone import SERIAL

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")
dnspython = pytest.importorskip("dns.zone")
reversename = pytest.importorskip("dns.reversename")

PLACES = Places("/zones", "/cache")
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
ADDRESSES = st.one_of(
    st.integers(0, 2**32 - 1).map(lambda number: str(ip_address(number))),
    st.integers(0, 2**16).map(lambda number: str(ip_address("192.168.0.0") + number)),
    st.integers(0, 2**70).map(lambda number: str(ip_address("fd00::") + number)),
)
NETWORKS = st.tuples(ADDRESSES, st.integers(0, 128)).map(
    lambda pair: str(ip_network((pair[0], min(pair[1], ip_address(pair[0]).max_prefixlen)), strict=False))
)
ODD = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=12), st.lists(st.text(max_size=3), max_size=2))
NETWORKS_IN_USE = ["192.168.0.0/22", "10.9.8.0/24", "172.16.0.64/26", "fd00:1::/63", "fd00:2::/124"]

SERVICE = {"service": "xmpp-client", "port": 5222}


def rows(*keys):
    """Lists of mappings with some of the keys and anything as values."""
    return st.one_of(ODD, st.lists(st.dictionaries(st.sampled_from(keys), st.one_of(ODD, LABELS))))


WILD = st.fixed_dictionaries(
    {},
    optional={
        "domain": st.one_of(ODD, st.just("example.lan")),
        "networks": st.one_of(ODD, st.lists(st.one_of(ODD, NETWORKS), max_size=3)),
        "hosts": st.one_of(
            ODD,
            st.lists(
                st.one_of(
                    ODD,
                    st.dictionaries(
                        st.sampled_from(["name", "addresses", "aliases", "outside_networks", "x"]),
                        st.one_of(ODD, LABELS, st.lists(st.one_of(ADDRESSES, LABELS), max_size=2)),
                    ),
                ),
                max_size=3,
            ),
        ),
        "services": rows("service", "port", "target"),
        "texts": rows("name", "text"),
        "split": st.one_of(
            rows("name", "host", "addresses", "services"),
            st.lists(
                st.fixed_dictionaries(
                    {"name": st.sampled_from(["chat.example.com", "lan", "example.lan", "a.example.lan"])},
                    optional={
                        "host": st.one_of(ODD, LABELS),
                        "addresses": st.lists(ADDRESSES),
                        "services": rows("service", "port"),
                    },
                ),
                max_size=3,
            ),
        ),
        "address": st.one_of(ODD, ADDRESSES),
        "primary_address": st.one_of(ODD, ADDRESSES),
        "secondary_addresses": st.one_of(ODD, st.lists(ADDRESSES)),
        "forwarders": st.one_of(ODD, st.lists(ADDRESSES)),
        "hostmaster": ODD,
        "ttl": ODD,
        "mode": st.sampled_from(["primary", "secondary"]),
    },
)


@st.composite
def sites(draw):
    """A site that is meant well: hosts in its networks, names of their own, services and texts on them."""
    networks = draw(st.lists(st.sampled_from(NETWORKS_IN_USE), min_size=1, unique=True))
    names = draw(st.lists(LABELS, min_size=1, max_size=8, unique=True))
    cut = draw(st.integers(1, len(names)))
    spots = [ip_network(network)[place] for network in networks for place in range(1, 12)]
    addresses = draw(st.lists(st.sampled_from(spots), min_size=cut, max_size=cut, unique=True))
    aliases = names[cut:]
    hosts = [{"name": name, "addresses": [str(address)]} for name, address in zip(names[:cut], addresses)]
    hosts[0]["aliases"] = aliases
    texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=300)
    return {
        "domain": draw(st.sampled_from(["example.lan", "a.b.example.com", "home.arpa"])),
        "networks": networks,
        "hosts": hosts,
        "services": [
            {"service": "xmpp-client", "port": draw(st.integers(1, 65535)), "target": name, "domain": name} for name in names
        ],
        "texts": [{"name": name, "text": draw(texts)} for name in names[:cut]],
        "split": [{"name": f"{name}.example.org", "host": name, "services": [SERVICE]} for name in names if draw(st.booleans())],
        "address": str(addresses[0]),
        "primary_address": str(addresses[0]),
        "mode": "primary",
        "forwarders": draw(st.sampled_from([[], ["192.0.2.1"]])),
    }


@hypothesis.given(WILD)
def test_whatever_comes_is_refused_with_paths(raw):
    """No input ends in anything but a plan or a located error of one line each."""
    try:
        plan({"mode": "primary", **raw}, PLACES, prefix="local_dns_")
    except DnsError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.path.startswith("local_dns_")
            assert len(str(problem).splitlines()) == 1


@hypothesis.given(sites())
def test_zones_say_what_the_site_said(raw):
    """Read back by another implementation: every address has its name and every pointer leads back."""
    made = plan(raw, PLACES)
    zones = [
        dnspython.from_text(file["content"].replace(SERIAL, "1"), origin=None, relativize=False, check_origin=True)
        for file in made["files"]
    ]
    for host in raw["hosts"]:
        for address in host["addresses"]:
            kind = "A" if "." in address else "AAAA"
            forward = [zone.get_rdataset(f"{host['name']}.{raw['domain']}.", kind) for zone in zones[:1]]
            assert [str(data) for found in forward for data in found] == [address]
            pointer = reversename.from_address(address)
            owners = [zone for zone in zones if pointer.is_subdomain(zone.origin) and len(zone.origin.labels) > 1]
            closest = max(owners, key=lambda zone: len(zone.origin.labels))
            assert [str(data) for data in closest.get_rdataset(pointer, "PTR")] == [f"{host['name']}.{raw['domain']}."]
    holders = {name: host for host in raw["hosts"] for name in [host["name"], *host.get("aliases", [])]}
    by_origin = {str(zone.origin): zone for zone in zones}
    for row in raw["split"]:
        zone = by_origin[f"{row['name']}."]
        [address] = holders[row["host"]]["addresses"]
        assert [str(data) for data in zone.get_rdataset(zone.origin, "A" if "." in address else "AAAA")] == [address]
        [service] = zone.get_rdataset(f"_xmpp-client._tcp.{zone.origin}", "SRV")
        assert (service.port, service.target) == (5222, zone.origin)
    for text in raw["texts"]:
        held = zones[0].get_rdataset(f"{text['name']}.{raw['domain']}.", "TXT")
        assert [b"".join(data.strings).decode() for data in held] == [text["text"]]


@pytest.mark.skipif(shutil.which("named-checkzone") is None, reason="named-checkzone missing")
@hypothesis.settings(max_examples=25)
@hypothesis.given(sites())
def test_bind_accepts_every_zone(raw):
    made = plan(raw, PLACES)
    kinds = {zone["path"]: zone for zone in made["zones"]}
    with TemporaryDirectory() as folder:
        for file in made["files"]:
            if kinds[file["path"]]["kind"] == "loopback":
                continue
            path = Path(folder) / "zone"
            path.write_text(file["content"].replace(SERIAL, "1"), encoding="utf-8")
            done = subprocess.run(
                ["named-checkzone", "-ilocal", "-kfail", "-nfail", "-rfail", kinds[file["path"]]["name"], str(path)],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + file["content"]

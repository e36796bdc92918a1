# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every address has one class, at the edges of every range, and Python's own notions do not contradict it."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe import addresses
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.addresses import classify

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

#: Where releases of Python differ from each other, or from the registries.
DISPUTED = [
    ipaddress.ip_network(one)
    for one in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "3fff::/20",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2002::/16",
        "5f00::/16",
    )
]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("8.8.8.8", "public"),
        ("9.255.255.255", "public"),
        ("10.0.0.0", "private"),
        ("10.255.255.255", "private"),
        ("11.0.0.0", "public"),
        ("100.63.255.255", "public"),
        ("100.64.0.0", "shared"),
        ("100.127.255.255", "shared"),
        ("100.128.0.0", "public"),
        ("126.255.255.255", "public"),
        ("127.0.0.53", "loopback"),
        ("169.254.169.254", "link-local"),
        ("172.15.255.255", "public"),
        ("172.16.0.0", "private"),
        ("172.31.255.255", "private"),
        ("172.32.0.0", "public"),
        ("192.0.2.1", "documentation"),
        ("192.168.0.0", "private"),
        ("192.168.255.255", "private"),
        ("192.169.0.0", "public"),
        ("198.17.255.255", "public"),
        ("198.18.0.1", "reserved"),
        ("198.51.100.77", "documentation"),
        ("203.0.113.10", "documentation"),
        ("203.0.114.0", "public"),
        ("223.255.255.255", "public"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("0.0.0.0", "reserved"),
        ("::", "reserved"),
        ("::1", "loopback"),
        ("::ffff:192.168.1.1", "private"),
        ("2001:db8::1", "documentation"),
        ("2606:4700::1111", "public"),
        ("2001::1", "reserved"),
        ("2002:c000:201::1", "reserved"),
        ("fc00::1", "unique-local"),
        ("fd12:3456::1", "unique-local"),
        ("fe80::1%eth0", "link-local"),
        ("ff02::1", "multicast"),
        ("4000::1", "reserved"),
    ],
)
def test_classify(text, kind):
    assert classify(text) == kind


@pytest.mark.parametrize("text", ["", "here", "192.168.1", "192.168.1.256", "1.2.3.4/24", "fe80::1::2"])
def test_what_is_no_address(text):
    with pytest.raises(ValueError):
        classify(text)


@hypothesis.settings(max_examples=1500)
@hypothesis.given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_python_does_not_contradict(one):
    one = getattr(one, "ipv4_mapped", None) or one
    kind = classify(str(one))
    assert kind in addresses.CLASSES
    if any(one in network for network in DISPUTED):
        return
    assert (kind == "multicast") == one.is_multicast
    assert (kind == "loopback") == one.is_loopback
    assert (kind == "link-local") == one.is_link_local
    if kind == "public":
        assert one.is_global
    elif kind not in ("multicast", "reserved"):
        assert not one.is_global
    if kind in ("private", "unique-local", "documentation"):
        assert one.is_private

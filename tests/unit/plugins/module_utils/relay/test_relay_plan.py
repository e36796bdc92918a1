# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a relay leads to: coturn's lines and the kernel's sets say the same of every address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from ansible_collections.onprem.chat.plugins.module_utils.relay.model import Relay
from ansible_collections.onprem.chat.plugins.module_utils.relay.plan import compute
from ansible_collections.onprem.chat.plugins.module_utils.relay.ranges import NEVER, PRIVATE
from hypothesis import given
from hypothesis import strategies as st

ADDRESS = IPv4Address("192.168.1.31")
RELAY = Relay(
    name="turn.example.com",
    address=ADDRESS,
    public=IPv4Address("203.0.113.11"),
    port=3478,
    tls_port=443,
    ports=(49152, 65535),
    networks=(IPv4Network("192.168.1.0/24"), IPv4Network("198.51.100.0/24")),
    allowed=(IPv4Network("10.1.0.0/29"),),
    denied=(IPv4Network("203.0.113.10/32"), IPv4Network("10.1.0.1/32")),
    user_quota=32,
    total_quota=2000,
    max_bps=1000000,
)


def span(text):
    first, _dash, last = text.partition("-")
    return IPv4Address(first), IPv4Address(last or first)


def lists(plan):
    """coturn's allowed and denied ranges of IPv4."""
    return [
        [span(line.partition("=")[2]) for line in plan.settings if line.startswith(f"{kind}-peer-ip=") and "::" not in line]
        for kind in ("allowed", "denied")
    ]


def coturn(plan, address):
    """As coturn judges: whatever is allowed, denied or not; then whatever is denied."""
    allowed, denied = lists(plan)
    return any(low <= address <= high for low, high in allowed) or not any(low <= address <= high for low, high in denied)


def kernel(plan, address):
    """As the fence does, of an address that is not the host's own."""
    inside = [any(address in IPv4Network(one) for one in rows) for rows in (plan.excepted, plan.refused)]
    return inside[0] or not inside[1]


def test_settings():
    plan = compute(RELAY)
    for line in (
        "realm=turn.example.com",
        "external-ip=203.0.113.11/192.168.1.31",
        "listening-port=3478",
        "tls-listening-port=443",
        "min-port=49152",
        "max-port=65535",
        "user-quota=32",
        "max-bps=1000000",
        "use-auth-secret",
        "no-tcp-relay",
        "no-multicast-peers",
        "no-cli",
        "denied-peer-ip=203.0.113.10-203.0.113.10",
        "denied-peer-ip=198.51.100.0-198.51.100.255",
        "allowed-peer-ip=192.168.1.31",
        "allowed-peer-ip=10.1.0.0-10.1.0.0",
        "allowed-peer-ip=10.1.0.2-10.1.0.3",
        "denied-peer-ip=::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ):
        assert line in plan.settings
    assert not any(line.startswith("denied-peer-ip=::-") for line in plan.settings)


def test_without_what_is_not_asked_for():
    plan = compute(Relay("turn.example.com", ADDRESS, None, 3478, 5349, (49152, 65535)))
    assert not any(line.startswith(("external-ip", "max-bps")) for line in plan.settings)
    assert plan.excepted == ()


def test_the_same_relay_is_the_same_text():
    assert compute(RELAY) == compute(RELAY)


#: Most of them neighbours, so that networks lie in one another
ADDRESSES = st.one_of(*(st.integers(0x0A000000, end).map(IPv4Address) for end in (0x0A00000F, 0x0A0000FF)))
ADDRESSES |= st.integers(0, 2**32 - 1).map(IPv4Address)
NETWORKS = st.lists(
    st.builds(lambda ip, size: IPv4Network((ip, size), strict=False), ADDRESSES, st.integers(4, 32) | st.integers(28, 32)),
    max_size=4,
)
ALLOWED = NETWORKS.map(lambda found: tuple(one for one in found if not any(one.overlaps(never) for never in NEVER)))


@given(NETWORKS, ALLOWED, NETWORKS, ADDRESSES, st.data())
def test_every_address_is_judged_by_the_order_that_the_manual_states(networks, allowed, denied, somewhere, data):
    near = [edge for network in (*networks, *allowed, *denied, *NEVER, *PRIVATE) for edge in (network[0], network[-1])]
    address = data.draw(st.sampled_from([*near, somewhere]))
    plan = compute(Relay("turn.example.com", ADDRESS, None, 3478, 5349, (49152, 65535), tuple(networks), allowed, tuple(denied)))

    def within(rows):
        return any(address in network for network in rows)

    never = within(NEVER) or within(denied)
    leads = not never and (within(allowed) or not (within(PRIVATE) or within(networks)))
    assert kernel(plan, address) == leads
    assert coturn(plan, address) == (leads or address == ADDRESS)

"""Texts of the kernel's tools: one spelling for what is the same, and nothing of others in it."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset import iptables_text, nft_text

LIVE = """\
*nat
:PREROUTING ACCEPT [7:420]
:DOCKER - [0:0]
:ONPREM_PRE - [1:60]
:ONPREM_OLD - [0:0]
-A PREROUTING -j DOCKER
-A PREROUTING -j ONPREM_PRE
[3:180] -A PREROUTING -j ONPREM_OLD
-A ONPREM_PRE -d 203.0.113.10/32 -j ONPREM_OLD
-A ONPREM_OLD -j RETURN
COMMIT
*filter
:FORWARD DROP [0:0]
-A FORWARD -j ONPREM_FWD
-A FORWARD -j ONPREM_FWD
:ONPREM_FWD - [0:0]
COMMIT
"""
WANTED = """\
# Rendered by onprem.chat.forwarding_plan; changes are lost.
*nat
:ONPREM_PRE - [0:0]
:ONPREM_NEW - [0:0]
-A ONPREM_PRE -d 203.0.113.10/32 -j ONPREM_NEW
-I PREROUTING 1 -j ONPREM_PRE
-I OUTPUT 1 -j ONPREM_PRE
COMMIT
*filter
:ONPREM_FWD - [0:0]
-I FORWARD 1 -j ONPREM_FWD
COMMIT
"""


def test_elements_of_sets_have_no_order():
    frame = "table inet t {\n\tmap m {\n\t\ttype a : b\n\t\telements = { %s }\n\t}\n\tchain c {\n\t}\n}\n"
    one, other = frame % "1 . tcp : 2,\n\t\t\t     3 . tcp : 4", frame % "3 . tcp : 4, 1 . tcp : 2"
    assert nft_text.canonical(one) == nft_text.canonical(other)
    assert nft_text.canonical(one) != nft_text.canonical(one.replace("1 . tcp", "1 . udp"))
    assert nft_text.canonical("") == ""


@pytest.mark.parametrize(
    ("tables", "fine"),
    [
        ("table inet ours\ntable inet canary\n", True),
        ("table inet canary\ntable inet ours\n", True),
        ("table inet ours\n", False),
        ("table inet canary\n", False),
        ("table inet ours\ntable inet canary\ntable ip nat\n", False),
    ],
)
def test_a_ruleset_holds_our_table_alone(tables, fine):
    assert nft_text.only_ours(tables, "ours", "canary") is fine


def test_iptables_canonical_is_ours_alone():
    text = iptables_text.canonical(LIVE)
    assert "DOCKER" not in text
    assert "[" not in text
    assert text.count("-A FORWARD -j ONPREM_FWD") == 2
    assert iptables_text.canonical("*nat\n:PREROUTING ACCEPT [1:2]\nCOMMIT\n") == ""
    assert iptables_text.canonical(WANTED) == iptables_text.canonical(WANTED.replace("-I PREROUTING 1", "-A PREROUTING"))


def test_iptables_batch_names_what_differs():
    assert iptables_text.batch(WANTED, LIVE).splitlines() == [
        "*filter",
        ":ONPREM_FWD - [0:0]",
        "-D FORWARD -j ONPREM_FWD",
        "COMMIT",
        "*nat",
        ":ONPREM_NEW - [0:0]",
        ":ONPREM_PRE - [0:0]",
        "-D PREROUTING -j ONPREM_OLD",
        "-F ONPREM_OLD",
        "-A ONPREM_PRE -d 203.0.113.10/32 -j ONPREM_NEW",
        "-I OUTPUT 1 -j ONPREM_PRE",
        "-X ONPREM_OLD",
        "COMMIT",
    ]


def test_iptables_batch_takes_everything_out():
    text = iptables_text.batch("", LIVE)
    assert text.count("-D FORWARD -j ONPREM_FWD") == 2
    assert "-X ONPREM_PRE" in text
    assert "DOCKER" not in text
    assert iptables_text.batch("", "*nat\n:PREROUTING ACCEPT [1:2]\n-A PREROUTING -j DOCKER\nCOMMIT\n") == ""


@pytest.mark.parametrize("line", [":FORWARD DROP [0:0]", ":OTHER - [0:0]", "-A INPUT -p tcp -j ACCEPT", "-A OTHER -j ONPREM_X"])
def test_trespass_is_named(line):
    before = "*filter\n:FORWARD ACCEPT [1:1]\nCOMMIT\n"
    after = f"*filter\n:FORWARD ACCEPT [5:5]\n:ONPREM_X - [0:0]\n-A FORWARD -j ONPREM_X\n{line}\nCOMMIT\n"
    assert iptables_text.trespass(before, after) == [f"filter: {line}".replace(" [0:0]", "")]
    assert iptables_text.trespass(before, after.replace(f"{line}\n", "")) == []

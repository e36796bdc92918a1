"""The programs of Debian that forward ports, each with the same forwards in its own words.

Of every forward they make one translation, and one opening where they do not open translated ports by themselves. None makes
the hairpin, the map of source lists and the verdicts that ours makes of the same intent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Callable

from .intents import NETWORK, PUBLIC, Wanted


@dataclass(frozen=True)
class Rival:
    """``files`` go to /bench; ``prepare`` puts them in place, ``load`` is what is measured, ``made`` counts the forwards."""

    name: str
    package: str
    files: Callable[[list[Wanted]], Mapping[str, str]]
    prepare: str
    load: str
    slow: bool = False


# Some use iptables over nftables, some the old iptables, some rules of nftables and ours a map
MADE = r"""
{ nft list ruleset; iptables-legacy-save -t nat; } 2>/dev/null |
  grep -oE '(dnat (ip )?to|--to-destination) [0-9]|tcp \. [0-9]+ : [0-9]' | wc -l
"""


def lines(one: Callable[[Wanted], str], wanted: list[Wanted]) -> str:
    """A line for each forward."""
    return "".join(f"{one(forward)}\n" for forward in wanted)


def ferm(wanted: list[Wanted]) -> dict[str, str]:
    """A rule each, in nat and in filter."""
    nat = lines(lambda one: f'daddr {PUBLIC} proto tcp dport {one.public} DNAT to "{one.host}:{one.private}";', wanted)
    opened = lines(lambda one: f"interface wan0 outerface lan0 daddr {one.host} proto tcp dport {one.private} ACCEPT;", wanted)
    rest = f"table nat chain POSTROUTING saddr {NETWORK} outerface wan0 MASQUERADE;"
    head = "policy DROP; mod state state (ESTABLISHED RELATED) ACCEPT; interface lan0 ACCEPT;"
    text = f"domain ip {{ table nat chain PREROUTING {{\n{nat}}}\n{rest}\ntable filter chain FORWARD {{ {head}\n{opened}}} }}\n"
    return {"ferm.conf": text}


def shorewall(wanted: list[Wanted]) -> dict[str, str]:
    """DNAT rules open what they translate."""
    rules = lines(lambda one: f"DNAT net loc:{one.host}:{one.private} tcp {one.public} - {PUBLIC}", wanted)
    return {
        "zones": "fw firewall\nnet ipv4\nloc ipv4\n",
        "interfaces": "?FORMAT 2\nnet wan0\nloc lan0\n",
        "policy": "loc net ACCEPT\nnet all DROP\nall all REJECT\n",
        "snat": f"MASQUERADE {NETWORK} wan0\n",
        "rules": f"?SECTION NEW\n{rules}",
    }


def firehol(wanted: list[Wanted]) -> dict[str, str]:
    """A translation each; whatever was translated is let pass by one rule."""
    nat = lines(lambda one: f"dnat4 to {one.host}:{one.private} inface wan0 dst {PUBLIC} proto tcp dport {one.public}", wanted)
    router = "router inside inface wan0 outface lan0\n  policy drop\n  server all accept\n"
    rest = "router outside inface lan0 outface wan0\n  masquerade\n  client all accept\n"
    return {"firehol.conf": f"version 6\n{nat}{router}{rest}"}


def firewalld(wanted: list[Wanted]) -> dict[str, str]:
    """Forwarded ports of the zone outside; firewalld opens them itself."""
    ports = lines(
        lambda one: f'<forward-port port="{one.public}" protocol="tcp" to-port="{one.private}" to-addr="{one.host}"/>', wanted
    )
    zone = '<?xml version="1.0" encoding="utf-8"?>\n<zone><short>x</short>{}</zone>\n'
    return {
        "external.xml": zone.format(f'<masquerade/><interface name="wan0"/>\n{ports}'),
        "internal.xml": zone.format('<interface name="lan0"/>'),
    }


def ufw(wanted: list[Wanted]) -> dict[str, str]:
    """It has no words for forwards: its manual page has them written as iptables rules before its own."""
    nat = lines(
        lambda one: f"-A PREROUTING -d {PUBLIC} -p tcp --dport {one.public} -j DNAT --to {one.host}:{one.private}", wanted
    )
    opened = lines(
        lambda one: f"-A ufw-before-forward -i wan0 -o lan0 -p tcp -d {one.host} --dport {one.private} -j ACCEPT", wanted
    )
    rest = f"-A POSTROUTING -s {NETWORK} -o wan0 -j MASQUERADE\nCOMMIT\n"
    return {"nat.rules": f"*nat\n:PREROUTING ACCEPT\n:POSTROUTING ACCEPT\n{nat}{rest}", "opened.rules": opened}


def foomuuri(wanted: list[Wanted]) -> dict[str, str]:
    """A translation and an opening each."""
    nat = lines(lambda one: f"  iifname wan0 daddr {PUBLIC} tcp {one.public} dnat to {one.host}:{one.private}", wanted)
    opened = lines(lambda one: f"  tcp {one.private} daddr {one.host}", wanted)
    zones = "zone {\n  localhost\n  public wan0\n  internal lan0\n}\n"
    pairs = ("public-localhost", "localhost-public", "internal-localhost", "localhost-internal")
    rest = "".join(f"{pair} {{\n  drop\n}}\n" for pair in pairs) + "internal-public {\n  accept\n}\n"
    snat = f"snat {{\n  saddr {NETWORK} oifname wan0 masquerade\n}}\n"
    return {"router.conf": f"{zones}dnat {{\n{nat}}}\n{snat}public-internal {{\n{opened}  drop\n}}\n{rest}"}


RIVALS = (
    Rival("ferm", "ferm", ferm, "", "ferm /bench/ferm.conf"),
    Rival(
        "ufw",
        "ufw",
        ufw,
        """
        sed -i '/^COMMIT/d' /etc/ufw/before.rules
        { cat /bench/nat.rules /etc/ufw/before.rules /bench/opened.rules; echo COMMIT; } >/tmp/before
        cp /tmp/before /etc/ufw/before.rules
        """,
        "ufw --force enable",
    ),
    Rival(
        "foomuuri",
        "foomuuri",
        foomuuri,
        "cp /bench/router.conf /etc/foomuuri/router.conf; mkdir -p /run/foomuuri /var/lib/foomuuri",
        "foomuuri start",
    ),
    Rival(
        "firewalld",
        "firewalld",
        firewalld,
        """
        mkdir -p /run/dbus
        dbus-daemon --system --fork
        firewalld --nofork --nopid >/tmp/firewalld.log 2>&1 &
        until firewall-cmd --state >/dev/null 2>&1; do sleep 0.1; done
        cp /bench/external.xml /bench/internal.xml /etc/firewalld/zones/
        """,
        "firewall-cmd --reload",
    ),
    Rival(
        "shorewall",
        "shorewall",
        shorewall,
        """
        cd /bench
        cp zones interfaces policy snat rules /etc/shorewall/
        mkdir -p /run/lock /var/lock
        """,
        "shorewall start",
        slow=True,
    ),
    Rival(
        "firehol",
        "firehol",
        firehol,
        "echo START_FIREHOL=YES >>/etc/default/firehol",
        "firehol /bench/firehol.conf start",
        slow=True,
    ),
)

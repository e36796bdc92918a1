"""The probe says what the kernel does, and its lines open the way: with Debian's own tools, on both releases.

Our own table accepts everything here, so whatever does not get through was dropped by somebody else.
"""

from __future__ import annotations

import pytest

ALL = {"in tcp", "in udp", "hairpin", "out"}
FIREWALLD = """
mkdir -p /run/dbus
dbus-daemon --system --fork
firewalld --nofork --nopid >/dev/null 2>&1 &
for i in $(seq 100); do nft list chain inet firewalld filter_FORWARD >/dev/null 2>&1 && break; sleep .1; done
ping='busctl call org.fedoraproject.FirewallD1 / org.freedesktop.DBus.Peer Ping'
for i in $(seq 50); do $ping >/dev/null 2>&1 && break; sleep .1; done
"""
# with an accept of theirs that changes nothing: their own table still has its say
ZONES = """
bind() { sed "s|</zone>|<interface name='$2'/></zone>|" /usr/lib/firewalld/zones/$1.xml >/etc/firewalld/zones/$1.xml; }
bind external wan0
bind internal lan0
echo '<direct><rule ipv="ipv4" table="filter" chain="FORWARD" priority="0">-i lan0 -o wan0 -j ACCEPT</rule></direct>' \
  >/etc/firewalld/direct.xml
"""
SHOREWALL = r"""
set -e
cp /usr/share/doc/shorewall/examples/two-interfaces/shorewall.conf /etc/shorewall/
printf 'fw firewall\nnet ipv4\nloc ipv4\n' >/etc/shorewall/zones
printf '?FORMAT 2\nnet wan0 tcpflags,nosmurfs\nloc lan0 tcpflags,nosmurfs\n' >/etc/shorewall/interfaces
printf 'net all DROP $LOG_LEVEL\nall all REJECT $LOG_LEVEL\n' >/etc/shorewall/policy
printf '?SECTION NEW\n' >/etc/shorewall/rules
: >/etc/shorewall/snat
sed -i 's/^STARTUP_ENABLED=.*/STARTUP_ENABLED=Yes/; s/^IP_FORWARDING=.*/IP_FORWARDING=On/' /etc/shorewall/shorewall.conf
mkdir -p /run/lock
shorewall start
"""
# what dockerd 20.10 and 26.1 leave behind when they were the ones to switch forwarding on
DOCKER = """
iptables-restore <<'X'
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
X
"""
NFT = """
nft -f - <<'X'
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iifname "lan0" oifname "wan0" accept
  }
}
X
"""
IPTABLES = "iptables -P FORWARD DROP; iptables -A FORWARD -i wan0 -m limit --limit 1/min -j REJECT"
LEGACY = "iptables-legacy -P FORWARD DROP"
CASES = {
    "ufw": ("ufw --force enable", set()),
    "firewalld": (FIREWALLD, ALL - {"out"}),
    "firewalld zones": (ZONES + FIREWALLD, ALL - {"out"}),
    "shorewall": (SHOREWALL, set()),
    "docker": (DOCKER, set()),
    "nftables": (NFT, {"out"}),
    "iptables": (IPTABLES, set()),
    "iptables-legacy": (LEGACY, set()),
}
#: Translations of others that come before ours, and the way that they take.
TAKEN = {
    "nftables": (
        "nft -f - <<'X'\ntable inet foreign {\n  chain pre {\n    type nat hook prerouting priority dstnat - 1;\n"
        '    iifname "wan0" udp dport 50040-50060 counter dnat ip to 192.168.1.99 comment "old phones"\n  }\n}\nX',
        {"in udp"},
    ),
    "nftables map": (
        "nft add table ip foreign; nft 'add chain ip foreign pre { type nat hook prerouting priority -101; }';"
        "nft 'add rule ip foreign pre ip daddr 203.0.113.10 dnat to tcp dport map { 80 : 192.168.1.98, 443 : 192.168.1.99 }'",
        {"in tcp", "hairpin"},
    ),
    "iptables": (
        "nft delete chain inet onprem_chat pre;"  # whoever was there first would win
        "iptables -t nat -A PREROUTING -i wan0 -p tcp --dport 443 -m comment --comment 'old web' -j DNAT --to 192.168.1.99",
        {"in tcp"},
    ),
    "iptables-legacy": (
        "iptables-legacy -t nat -A PREROUTING -d 203.0.113.10 -p tcp --dport 443 -j REDIRECT",
        {"in tcp", "hairpin"},
    ),
}
#: What is the same in both releases needs to be tried in one of them.
ONCE = ("docker", "firewalld", "iptables", "iptables-legacy")
PAIRS = [("bookworm", case) for case in CASES] + [("trixie", case) for case in CASES if case not in ONCE]


def told(answer: dict) -> set[str]:
    """The ways that the probe says get through."""
    blocked = " ".join(one["detail"] for one in answer["findings"] if one["what"].endswith("what the site needs"))
    words = {"in tcp": "443/tcp behind", "in udp": "/udp behind", "hairpin": "hairpin on", "out": "to the outside"}
    return {way for way, word in words.items() if word not in blocked}


def follow(router, remedy: str) -> None:
    """Gives the lines as they stand; those for a file go into that file."""
    for line in remedy.splitlines():
        path, _colon, rest = line.partition(": ")
        if rest.startswith("add the option "):
            words = rest.split()
            router.sh(f"sed -i '/ {words[-1].rstrip('.')} /s/$/,{words[3]}/' {path}")
        elif path.startswith("/"):
            router.sh(f"echo '{rest}' >>{path}")
        else:
            router.sh(line)


@pytest.mark.parametrize(("suite", "case"), PAIRS, indirect=["suite"])
def test_the_probe_says_what_the_kernel_does(router, case):
    tool, (script, open_ways) = case.split()[0], CASES[case]
    router.sh(script)
    before = router.sh("nft list ruleset | grep -v '[{]\\|counter'; cat /proc/net/ip_tables_names")
    answer = router.probe()
    assert router.sh("nft list ruleset | grep -v '[{]\\|counter'; cat /proc/net/ip_tables_names") == before
    assert (told(answer), router.reached(open_ways)) == (open_ways, open_ways)
    row = next(row for row in answer["firewalls"] if row["name"] == tool)
    assert (row["active"], row["verdict"]) == (True, "drops")
    (finding,) = (one for one in answer["findings"] if one["severity"] == "error")
    if case == "firewalld zones":
        assert "-i lan0 -o wan0 -j ACCEPT" in router.sh("iptables-save -t filter")
    follow(router, finding["remedy"])
    answer = router.probe()
    assert (told(answer), router.reached(ALL)) == (ALL, ALL)
    assert "drops" not in [row["verdict"] for row in answer["firewalls"]]


@pytest.mark.parametrize("case", TAKEN)
def test_translations_of_others(router, case):
    script, ways = TAKEN[case]
    router.sh(script)
    before = router.sh("nft list ruleset | grep -v counter; cat /proc/net/ip_tables_names")
    answer = router.probe()
    assert router.sh("nft list ruleset | grep -v counter; cat /proc/net/ip_tables_names") == before
    (finding,) = (one for one in answer["findings"] if one["kind"] == "foreign_dnat")
    assert (finding["severity"], answer["blocking"]) == ("error", [finding])
    if case != "iptables-legacy":  # where ours, which was there first, wins
        assert router.reached(ALL - ways) & ways == set()
    router.sh(finding["remedy"].splitlines()[0])
    assert router.probe()["blocking"] == []


def test_who_listens(router):
    lan = 'socket.create_server(("192.168.1.1", 443))'
    everybody = 'socket.create_server(("::", 443), family=socket.AF_INET6, dualstack_ipv6=True)'
    listen = "python3 -c 'import socket; s = {}; print(1, flush=True); s.accept()' >/tmp/up 2>&1 & echo $! >/tmp/pid\n"
    wait = "for i in $(seq 50); do [ -s /tmp/up ] && break; sleep .1; done"
    router.sh(listen.format(lan) + wait)
    assert router.probe()["blocking"] == []
    router.sh("kill $(cat /tmp/pid); rm /tmp/up\n" + listen.format(everybody) + wait)
    (finding,) = router.probe()["blocking"]
    assert (finding["kind"], finding["what"]) == ("taken_port", "python3 listens on tcp 443, which is forwarded")
    assert router.probe(accept=["taken_port"])["blocking"] == []


def test_nobody_is_there(router):
    answer = router.ansible()
    assert not answer["changed"]
    assert (told(answer), router.reached(ALL)) == (ALL, ALL)
    assert (answer["behind_nat"], answer["double_nat"]) == (False, False)
    assert (answer["wan"], answer["lan"]) == (["wan0"], ["lan0"])
    assert [row for row in answer["firewalls"] if row["active"]] == []


@pytest.mark.parametrize("suite", ["trixie"], indirect=True)
def test_our_own_chains_come_first_in_a_table_of_iptables(router):
    router.sh("ufw --force enable; iptables -P FORWARD DROP")
    answer = router.probe(backend="iptables")
    assert next(row["verdict"] for row in answer["firewalls"] if row["name"] == "ufw") == "passes"
    router.sh("iptables -N ONPREM_FORWARD; iptables -A ONPREM_FORWARD -j ACCEPT; iptables -I FORWARD 1 -j ONPREM_FORWARD")
    answer = router.probe()
    assert (told(answer), router.reached(ALL)) == (ALL, ALL)
    router.sh("iptables -I FORWARD 1 -j DROP")
    assert (told(router.probe()), router.reached(set())) == (set(), set())


def test_every_kind_of_line_is_one_that_ufw_takes(router):
    router.sh("ufw --force enable")
    ports = [{"protocol": one, "host": "192.168.1.30"} for one in ("esp", "ah", "gre")]
    ports += [
        {"protocol": "tcp", "port": 22, "host": "192.168.1.1"},
        {"protocol": "udp", "port": "5000-5010", "host": "203.0.113.10"},
    ]
    remedy = next(one["remedy"] for one in router.probe(ports=ports)["findings"] if one["severity"] == "error")
    follow(router, remedy)
    answer = router.probe(ports=ports)
    assert [one for one in answer["findings"] if one["severity"] == "error"] == []
    assert next(row["verdict"] for row in answer["firewalls"] if row["name"] == "ufw") == "passes"


def test_the_name_at_the_chosen_resolver(router):
    router.serve_names(
        {"chat.example.com.": "203.0.113.10", "old.example.com.": "203.0.113.99", "inner.example.com.": "192.168.1.30"}
    )
    asked = {"resolver": ["198.51.100.77"], "firewalls": False}
    found = router.probe(name="chat.example.com", **asked)
    assert (found["behind_nat"], found["name_addresses"]) == (False, ["203.0.113.10"])
    assert found["reason"] == "chat.example.com has 203.0.113.10, and that is on this host"
    found = router.probe(name="old.example.com", **asked)
    assert found["behind_nat"] is True
    assert "old.example.com does not lead to 203.0.113.10" in [one["what"] for one in found["findings"]]
    assert router.probe(name="inner.example.com", public_address="", **asked)["behind_nat"] is None
    found = router.probe(name="none.example.com", **asked)
    assert "asked 198.51.100.77: no such name" in [one["detail"] for one in found["findings"]]
    found = router.probe(name="chat.example.com", resolver=["203.0.113.77"], firewalls=False, timeout=0.3)
    assert "asked 203.0.113.77: no answer in time" in [one["detail"] for one in found["findings"]]
    router.sh("rm -r /usr/lib/python3/dist-packages/dns")
    assert "python3-dnspython" in router.probe(name="chat.example.com", **asked)["msg"]

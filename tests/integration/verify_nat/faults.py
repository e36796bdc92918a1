"""What can break at a site behind a router, one fault at a time: what breaks it, what mends it, what has to be said of it.

The site is inventories/nat_one_server with a router of iptables. Vantages are the server, the router, and two machines outside.
"""

from __future__ import annotations

from ansible_collections.onprem.chat.tests.integration.actors.saboteur import Fault

SERVER, ROUTER, REMOTE, STRANGER, PROVIDER = "chat", "router", "remote", "stranger", "inet"
NAME, PUBLIC, PRIVATE = "chat.example.com", "203.0.113.20", "192.168.1.30"
DOOR = f"{NAME} at {PUBLIC}"
TREE = "/etc/onprem-chat/public-certificate"
KEY = "hmac-sha256:chat-update bGFiLW9ubHktbGFiLW9ubHktbGFiLW9ubHktbGFiISE="


BEYOND = (REMOTE, STRANGER)


def shown(outside: str = "", **inside: str) -> dict[str, str]:
    """Where it shows as well: for those outside, and for others by name."""
    return {**(dict.fromkeys(BEYOND, outside) if outside else {}), **inside}


#: The whole of the rules before, and back.
SAVED = "mkdir -p /run/fault; iptables-save >/run/fault/rules; "
RESTORED = "iptables-restore </run/fault/rules"


def rules(*changes: str) -> dict[str, str]:
    """Somebody has changed the router's rules."""
    return {"host": ROUTER, "plant": SAVED + "; ".join(f"iptables -w {one}" for one in changes), "mend": RESTORED}


def record(*changes: str) -> dict[str, str]:
    """Somebody has changed the zone at the provider; he knows what was there."""

    def update(lines: str) -> str:
        return f"printf '%s\\n' 'server 203.0.113.53' 'zone example.com' 'key {KEY}' {lines} send | nsupdate\n"

    was = f"dig +noall +answer @203.0.113.53 {NAME} A >/run/fault/record; test -s /run/fault/record"
    plant = update(" ".join(f"'{one}'" for one in changes))
    mend = update(f"'update delete {NAME} A' \"$(sed 's/^/update add /' /run/fault/record)\"")
    return {"host": PROVIDER, "plant": f"mkdir -p /run/fault\n{was}\n{plant}", "mend": mend}


#: What the router says of each change of its rules.
CHANGED = {"rung": "rules", "vantages": [ROUTER], "cause": "changed the router's rules"}

FORWARDS = {
    "forward lost": Fault(
        **rules("-t nat -D ONPREM_DNAT_1 -p tcp -m tcp --dport 5222 -j DNAT --to-destination 192.168.1.30:5222"),
        **CHANGED,
        besides=shown("tcp 5222", chat=f"reach tcp {PUBLIC}:5222"),
    ),
    "all forwards lost": Fault(**rules("-t nat -F ONPREM_DNAT"), **CHANGED, besides=shown("tcp 80", chat=DOOR)),
    "forward to the wrong host": Fault(
        **rules("-t nat -R ONPREM_DNAT_1 2 -p tcp -m tcp --dport 443 -j DNAT --to-destination 192.168.1.53:443"),
        **CHANGED,
        besides=shown("tcp 443", chat=DOOR),
    ),
    "forward to the wrong port": Fault(
        **rules("-t nat -R ONPREM_DNAT_1 2 -p tcp -m tcp --dport 443 -j DNAT --to-destination 192.168.1.30:5222"),
        **CHANGED,
        besides=shown("tls 443", chat=DOOR),
    ),
    "hairpin missing": Fault(
        **rules(
            "-t nat -D ONPREM_POSTROUTING -s 192.168.1.0/24 -d 192.168.1.0/24 -m conntrack --ctstate DNAT "
            "-j SNAT --to-source 192.168.1.1"
        ),
        **CHANGED,
        besides=shown(chat=DOOR),
    ),
    "a port too many": Fault(
        **rules("-t nat -I ONPREM_DNAT_1 -p tcp --dport 22 -j DNAT --to-destination 192.168.1.30:22"),
        **CHANGED,
        besides=shown(f"refuse tcp {PUBLIC}:22"),
    ),
    "the router open to the world": Fault(
        **rules("-I ONPREM_INPUT -p tcp --dport 22 -j ACCEPT"), **CHANGED, besides=shown("refuse tcp 203.0.113.10:22")
    ),
}

# beside the site's own rules, which are as they were
ANOTHER = """
nft 'table ip fault { chain pre { type nat hook prerouting priority -110;
  iifname wan0 ip daddr 203.0.113.20 tcp dport 443 dnat to 192.168.1.53; }; }'
"""
ONE_WAY = """
nft 'table ip fault { chain forward { type filter hook forward priority -10; iifname lan0 oifname lan0 drop; }; }'
"""

# as in a tunnel: less goes through than the ends know, and the router's word about it is lost
HOLE = """
ip link set dev wan0 mtu 1280
nft 'table ip fault { chain output { type filter hook output priority 0; icmp type destination-unreachable drop; }; }'
"""

WAY = {
    "somebody else's forward before ours": Fault(
        ROUTER, ANOTHER, "unfilter ip fault", "tcp 443", BEYOND, "the router does not lead port 443"
    ),
    "no hairpin by somebody else's filter": Fault(ROUTER, ONE_WAY, "unfilter ip fault", DOOR, [SERVER], "hairpin"),
    "black hole for big packets": Fault(
        ROUTER, HOLE, "ip link set dev wan0 mtu 1500; unfilter ip fault", "mtu 443", BEYOND, "between the router and the outside"
    ),
    "public record wrong": Fault(
        **record(f"update delete {NAME} A", f"update add {NAME} 60 A 203.0.113.99"),
        rung="name",
        vantages=BEYOND,
        cause="the record of the public zone",
    ),
    "public record missing": Fault(
        **record(f"update delete {NAME} A"), rung="name", vantages=BEYOND, cause="the record of the public zone"
    ),
    "certificate of the LAN shown outside": Fault(
        SERVER,
        f"readlink {TREE}/served >/run/fault.served; ln -sfn seed {TREE}/served; reload_nginx; systemctl reload ejabberd",
        f'ln -sfn "$(cat /run/fault.served)" {TREE}/served; reload_nginx; systemctl reload ejabberd',
        "tls 443",
        BEYOND,
        "does not trust",
    ),
}

FAULTS = {**FORWARDS, **WAY}

"""What can break at a site of one server, one fault at a time: what breaks it, what mends it, what has to be said of it.

Vantages are the chat server itself and a desk.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ansible_collections.onprem.chat.tests.integration.actors import forger
from ansible_collections.onprem.chat.tests.integration.actors.saboteur import Fault

SERVER, DESK, NAME, ADDRESS = "chat", "desk1", "chat.example.lan", "192.168.1.30"
BOTH = (SERVER, DESK)
ZONE, NAMED = "/etc/bind/zones/example.lan.zone", "/etc/bind/named.conf"
CHAIN, REVOKED = f"/etc/onprem-chat/tls/{NAME}.pem", "/var/www/onprem-chat/pki/issuing.crl"
NGINX, HEADERS = "/etc/nginx/sites-enabled/onprem-chat.conf", "/etc/nginx/onprem-chat/headers.conf"
KEY, START = f"/etc/onprem-chat/tls/{NAME}.key", "/etc/nginx/onprem-chat/http.d/start.conf"
ROOT = f"/var/www/onprem-chat/start/files/{NAME}-root.crt"
PAGE, CHAT, UPLOADS = "/var/www/onprem-chat/web/index.html", "/etc/ejabberd/ejabberd.yml", "/var/lib/ejabberd/upload"
FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)

RESTARTED = "systemctl restart named"
#: The chat server answers for its accounts, so its database answers too.
CHAT_ANSWERS = f"patiently ejabberdctl registered_users {NAME}"


def of_nginx(plant: str, *files: str) -> dict[str, str]:
    return {"host": SERVER, "plant": f"{plant}\nreload_nginx", "mend": f"back {' '.join(files)}\nreload_nginx"}


def of_ejabberd(plant: str, *files: str) -> dict[str, str]:
    reload = "systemctl reload ejabberd"
    return {"host": SERVER, "plant": f"{plant}\n{reload}", "mend": f"back {' '.join(files)}\n{reload}\n{CHAT_ANSWERS}"}


def of_named(plant: str, *files: str) -> dict[str, str]:
    return {"host": SERVER, "plant": f"{plant}\n{RESTARTED}", "mend": f"back {' '.join(files)}\n{RESTARTED}"}


# --- names ---------------------------------------------------------------------------------------------------------------------

# another name server, where nobody but the site's own one asks it; it answers whatever it is asked
OUTSIDE = r"""
mkdir -p /run/fault/outside
cat >/run/fault/outside/named.conf <<'EOF'
options { directory "/run/fault/outside"; listen-on port 5300 { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
  recursion no; dnssec-validation no; };
controls { };
zone "." { type primary; file "root"; };
EOF
printf '%s\n' '$TTL 60' '@ SOA ns. hostmaster. 1 60 60 60 60' '@ NS ns.' '*.com. A 192.0.2.80' 'ns. A 127.0.0.1' \
  >/run/fault/outside/root
chown -R bind: /run/fault/outside
systemd-run --quiet --collect --unit=outside named -f -u bind -c /run/fault/outside/named.conf
patiently dig +short +time=1 +tries=1 -p 5300 @127.0.0.1 www.example.com
"""


def forwarder(address: str) -> str:
    """Somebody has given the name server a way out."""
    out = f"forward only; forwarders {{ {address}; }};"
    return rf"""edit {NAMED} '/^zone "\." \{{/,/^\}};/d; s/^( *)recursion yes;/&\n\1{out}/'"""


NAMES = {
    "name server down": Fault(
        SERVER, "systemctl stop named", "systemctl start named", f"dns {ADDRESS}", BOTH, "the name server is down"
    ),
    "zone wrong": Fault(
        **of_named(f"edit {ZONE} 's/^(chat IN A ).*/\\1192.168.1.99/'", ZONE),
        rung=f"dns {ADDRESS}",
        vantages=BOTH,
        cause="the zone holds another address",
    ),
    "second address": Fault(
        **of_named(f"edit {ZONE} 's/^chat IN A .*/&\\nchat IN A 192.168.1.99/'", ZONE),
        rung=f"dns {ADDRESS}",
        vantages=BOTH,
        cause="not exactly those that the site has",
    ),
    "address of the other family": Fault(
        **of_named(f"edit {ZONE} 's/^chat IN A .*/&\\nchat IN AAAA 2001:db8::99/'", ZONE),
        rung=f"dns {ADDRESS}",
        vantages=BOTH,
        cause="not exactly those that the site has",
    ),
    "further address in the host's own table": Fault(
        DESK,
        f"sed '$a 2001:db8::99 {NAME}' /etc/hosts | swap /etc/hosts",
        "back /etc/hosts",
        "name",
        [DESK],
        "adds an address",
    ),
    "records for native clients gone": Fault(
        **of_named(f"edit {ZONE} '/^_xmpps-client/d'", ZONE), rung="srv", vantages=BOTH, cause="lacks SRV records"
    ),
    "zone without the name": Fault(
        **of_named(f"edit {ZONE} 's/^chat IN A /other IN A /; s/NS chat/NS other/'", ZONE),
        rung=f"dns {ADDRESS}",
        vantages=BOTH,
        cause="the zone lacks the name",
    ),
    "network not served with names": Fault(
        **of_named(f"edit {NAMED} 's,^    192.168.1.0/24;,    192.168.1.30;,'", NAMED),
        rung=f"dns {ADDRESS}",
        vantages=[DESK],
        cause="does not serve this host's network",
    ),
    "forwarder leaks": Fault(
        SERVER,
        f"{OUTSIDE}\n{forwarder('127.0.0.1 port 5300')}\n{RESTARTED}",
        f"back {NAMED}\n{RESTARTED}\nsystemctl stop outside || true",
        f"foreign {ADDRESS}",
        BOTH,
        "forwards questions to the outside",
    ),
    "forwarder into the void": Fault(
        **of_named(forwarder("192.168.1.250"), NAMED),
        rung=f"foreign {ADDRESS}",
        vantages=BOTH,
        cause="tries to reach the outside",
    ),
    "another resolver": Fault(
        DESK,
        "echo nameserver 192.168.1.99 | swap /etc/resolv.conf; edit /etc/hosts /chat/d",
        "back /etc/resolv.conf /etc/hosts",
        "name",
        [DESK],
        "asks other name servers",
    ),
    "wrong address in the host's own table": Fault(
        DESK, f"echo 192.168.1.99 {NAME} | swap /etc/hosts", "back /etc/hosts", "name", [DESK], "/etc/hosts"
    ),
}

# --- the way there -------------------------------------------------------------------------------------------------------------

# segments one by one, as a router in between would see them
HOLE = """
ip link set dev eth0 gso_max_segs 1
nft 'table inet fault { chain output { type filter hook output priority 0;
  oifname eth0 tcp sport { 80, 443, 5222, 5223 } meta length > 1200 drop; }; }'
"""

WAY = {
    "port filtered": Fault(
        SERVER,
        "nft 'table inet fault { chain input { type filter hook input priority 0; tcp dport 5223 drop; }; }'",
        "unfilter inet fault",
        "tcp 5223",
        BOTH,
        "a packet filter drops it",
    ),
    "host dropped": Fault(
        SERVER,
        "nft 'table inet fault { chain input { type filter hook input priority 0; "
        "ip saddr 192.168.1.101 tcp dport { 80, 443, 5222, 5223 } drop; }; }'",
        "unfilter inet fault",
        "tcp 80",
        [DESK],
        "a packet filter on the chat server",
    ),
    "port closed": Fault(
        **of_ejabberd(f"edit {CHAT} '/^- port: 5223/,/tls: true/d'", CHAT),
        rung="tcp 5223",
        vantages=BOTH,
        cause="nothing listens on 5223",
    ),
    "black hole for big packets": Fault(
        SERVER, HOLE, "unfilter inet fault; ip link set dev eth0 gso_max_segs 65535", "mtu 443", [DESK], "big"
    ),
}

# --- certificates, clocks ------------------------------------------------------------------------------------------------------

CLOCK = r"""
mkdir -p /run/fault/clock
cat >/run/fault/clock/libfaketime.so.1
printf '#!/bin/sh\nLD_PRELOAD=/run/fault/clock/libfaketime.so.1 FAKETIME=+365d DONT_FAKE_MONOTONIC=1 exec /usr/bin/%s "$@"\n' \
  "$(readlink /usr/bin/python3)" >/run/fault/clock/python3
chmod 755 /run/fault/clock/python3
readlink /usr/bin/python3 >/run/fault/clock/before
ln -sfn /run/fault/clock/python3 /usr/bin/python3
"""
FORGED = partial(forger.certificate, SERVER, CHAIN)
EVERYWHERE = f"swap {CHAIN}\nreload_nginx\nsystemctl reload ejabberd"
AS_BEFORE = f"back {CHAIN}\nreload_nginx\nsystemctl reload ejabberd\n{CHAT_ANSWERS}"

TRUST = {
    "certificate ended": Fault(
        SERVER, EVERYWHERE, AS_BEFORE, "tls 443", BOTH, "the certificate has ended", feed=partial(FORGED, days=(-400, -3))
    ),
    "certificate of tomorrow": Fault(
        **of_nginx(f"swap {CHAIN}", CHAIN), rung="tls 443", vantages=BOTH, cause="behind", feed=partial(FORGED, days=(1, 30))
    ),
    "certificate for another name": Fault(
        **of_nginx(f"swap {CHAIN}", CHAIN),
        rung="tls 443",
        vantages=BOTH,
        cause="for another name",
        feed=partial(FORGED, name="other.example.lan"),
    ),
    "certificate of an unknown authority": Fault(
        **of_ejabberd(f"swap {CHAIN}", CHAIN),
        rung="tls 5222",
        vantages=BOTH,
        cause="does not trust",
        feed=partial(FORGED, stranger=True),
    ),
    "chain without its middle": Fault(
        **of_nginx(f"edit {CHAIN} '/END CERTIFICATE/q'", CHAIN),
        rung="tls 443",
        vantages=BOTH,
        cause="the chain lacks a certificate",
    ),
    "certificate revoked": Fault(
        SERVER,
        f"swap {REVOKED}",
        f"back {REVOKED}",
        "crl",
        BOTH,
        "was revoked",
        feed=lambda: forger.revocation_list(SERVER, [forger.serial(SERVER, CHAIN)]),
    ),
    "revocation list ended": Fault(
        SERVER,
        f"swap {REVOKED}",
        f"back {REVOKED}",
        "crl",
        BOTH,
        "the revocation list has ended",
        feed=lambda: forger.revocation_list(SERVER, days=(-9, -2)),
    ),
    "revocation list gone": Fault(
        SERVER,
        f"mount --bind /run {Path(REVOKED).parent}",
        f"back {Path(REVOKED).parent}",
        "crl",
        BOTH,
        "is not served",
    ),
    "authority not trusted": Fault(
        DESK,
        "mount -t tmpfs none /etc/ssl/certs; touch /etc/ssl/certs/ca-certificates.crt",
        "back /etc/ssl/certs",
        "tls 443",
        [DESK],
        "does not trust the site's authority",
    ),
    "clock a year ahead": Fault(
        DESK,
        CLOCK,
        'ln -sfn "$(cat /run/fault/clock/before)" /usr/bin/python3',
        "clock",
        [DESK],
        "clock",
        feed=lambda: FAKETIME.read_bytes(),
    ),
}

# --- the web client ------------------------------------------------------------------------------------------------------------

WEB = {
    "web server down": Fault(SERVER, "systemctl stop nginx", "systemctl start nginx", "tcp 80", BOTH, "nothing listens on 80"),
    "key of another certificate": Fault(
        SERVER,
        f"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | swap {KEY}; systemctl restart nginx || true",
        f"back {KEY}; systemctl reset-failed nginx; systemctl start nginx",
        "tcp 80",
        BOTH,
        "nothing listens on 80",
    ),
    "start page gone": Fault(
        **of_nginx(f"edit {START} 's,^location = /start ,location = /elsewhere ,'", START),
        rung="start",
        vantages=BOTH,
        cause="page on which people begin",
    ),
    "root of another authority": Fault(
        SERVER,
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=x | swap {ROOT}",
        f"back {ROOT}",
        "start",
        BOTH,
        "not the one by which this server is trusted",
    ),
    "page gone": Fault(
        SERVER,
        f"mount --bind /run {Path(PAGE).parent}",
        f"back {Path(PAGE).parent}",
        "page",
        BOTH,
        "nginx does not serve the page",
    ),
    "web for others alone": Fault(
        **of_nginx(f"edit {NGINX} '0,/^ *allow /s,,    deny 192.168.1.101;\\n&,'", NGINX),
        rung="page",
        vantages=[DESK],
        cause="does not let this host in",
    ),
    "network not served": Fault(
        SERVER,
        f"""
edit {NGINX} 's,allow 192.168.1.0/24,allow {ADDRESS},'
reload_nginx
edit {CHAT} 's,^    - 192.168.1.0/24,    - {ADDRESS},'
systemctl reload ejabberd
""",
        f"back {NGINX} {CHAT}\nreload_nginx\nsystemctl reload ejabberd\n{CHAT_ANSWERS}",
        "page",
        [DESK],
        "does not let this host in",
    ),
    "page without its policy": Fault(
        **of_nginx(f"edit {HEADERS} '/Content-Security-Policy/d'", HEADERS), rung="web client", vantages=BOTH, cause="policy"
    ),
    "page that asks outside": Fault(
        **of_nginx(
            f"edit {HEADERS} \"s,img-src 'self',img-src 'self' https:,\"\n"
            f'edit {PAGE} \'s,<div class,<img src="https://cdn.example.net/logo.png" alt=""><div class,\'',
            HEADERS,
            PAGE,
        ),
        rung="web client",
        vantages=BOTH,
        cause="content-security policy",
    ),
    "websocket blocked": Fault(
        **of_nginx(f"edit {NGINX} 's,location = /ws ,location = /elsewhere ,'", NGINX),
        rung="websocket",
        vantages=BOTH,
        cause="ejabberd's websocket",
    ),
    "no way from http to https": Fault(
        **of_nginx(f"edit {NGINX} 's,return 301 https://{NAME}[^;]*,return 404,'", NGINX),
        rung="redirect",
        vantages=BOTH,
        cause="does not lead to https",
    ),
}

# --- the chat ------------------------------------------------------------------------------------------------------------------

# a program that takes everybody in and nobody's password for right
BACK_END = r"""
cat >/run/fault/backend <<'EOF'
#!/usr/bin/python3 -u
import os, struct
while head := os.read(0, 2):
    asked = os.read(0, struct.unpack(">H", head)[0])
    os.write(1, struct.pack(">HH", 2, asked.startswith(b"tryregister:")))
EOF
chmod 755 /run/fault/backend
"""
FULL = f"""
mount -t tmpfs -o size=64k,mode=$(stat -c %a {UPLOADS}),uid=$(id -u ejabberd),gid=$(id -g ejabberd) none {UPLOADS}
head -c 1M /dev/zero >{UPLOADS}/full 2>/dev/null || true
"""

READ_ONLY = f"""
cd /
su postgres -s /bin/sh -c "psql -q -c 'ALTER SYSTEM {{}}' -c 'SELECT pg_reload_conf()'" >/dev/null
{CHAT_ANSWERS}
"""

TALK = {
    "chat server down": Fault(
        SERVER,
        "systemctl stop ejabberd",
        f"systemctl start ejabberd; {CHAT_ANSWERS}",
        "tcp 5222",
        BOTH,
        "nothing listens on 5222",
    ),
    "database down": Fault(
        SERVER,
        "systemctl stop postgresql",
        f"systemctl start postgresql; {CHAT_ANSWERS}",
        "accounts",
        BOTH,
        "its database is down",
    ),
    "database that cannot write": Fault(
        SERVER,
        READ_ONLY.format("SET default_transaction_read_only = on"),
        READ_ONLY.format("RESET default_transaction_read_only"),
        "accounts",
        BOTH,
        "cannot write",
    ),
    "accounts not taken": Fault(
        **of_ejabberd(f"edit {CHAT} '/^auth_method:/,/^- sql/c auth_method: [anonymous]'", CHAT),
        rung="accounts",
        vantages=BOTH,
        cause="refuses to make accounts",
    ),
    "wrong password back end": Fault(
        **of_ejabberd(
            f"mkdir -p /run/fault\n{BACK_END}\nedit {CHAT} "
            r"'/^auth_method:/,/^- sql/c auth_method: [external]\nauth_use_cache: false\nextauth_program: /run/fault/backend'",
            CHAT,
        ),
        rung="login a",
        vantages=BOTH,
        cause="does not accept a right password",
    ),
    "no archive": Fault(
        **of_ejabberd(f"edit {CHAT} '/^  mod_mam:/,/assume_mam_usage/d; s/^( *)(mam|access_mam): .*/\\1# none/'", CHAT),
        rung="history",
        vantages=BOTH,
        cause="does not keep messages",
    ),
    "uploads blocked": Fault(
        **of_nginx(f"edit {NGINX} 's/client_max_body_size 101m/client_max_body_size 1/'", NGINX),
        rung="upload",
        vantages=BOTH,
        cause="nginx",
    ),
    "disk full": Fault(SERVER, FULL, f"back {UPLOADS}", "upload", BOTH, "full"),
}

FAULTS = {**NAMES, **WAY, **TRUST, **WEB, **TALK}

"""What can be wrong at a rung: the likely cause and what to do, as data. ``{target}`` and ``{port}`` are the rung's own."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Fault:
    """A likely cause with its remedy; a mild one is a warning and lets the climb go on."""

    cause: str
    remedy: str
    mild: bool = False


_RERUN = "run the playbook again"
_NGINX = "on the chat server: systemctl status nginx; nginx -t"
_EJABBERD = "on the chat server: systemctl status ejabberd; journalctl -u ejabberd"
_PACKAGE = "on the chat server: systemctl --failed; the state and the journal of the package's unit; its own log"
_DATABASE = "pg_lsclusters; journalctl -u postgresql@*; df -h"
_NAMED = "on {target}: systemctl status named; named-checkconf -z; journalctl -u named"
_NAMED_CONF = "grep -A3 forward /etc/bind/named.conf*"
_LEAK = "an air gap has no forwarders; on {target}: " + _NAMED_CONF + "; then " + _RERUN
_COTURN = "on the relay: systemctl status coturn; ss -lntup; journalctl -u coturn"
_CLOCK = "check both clocks: date -u; chronyc tracking"

FAULTS: dict[str, Fault] = {
    "library": Fault("this host lacks a library that the probe needs", "install the packages of the role site_verify"),
    "probe": Fault("the probe itself met something unforeseen", "look at what was seen; if it is sound, report it as a bug"),
    "dns-silent": Fault("the name server is down, or something between drops port 53", _NAMED),
    "dns-closed": Fault("nothing listens on port 53 there", _NAMED),
    "dns-refused": Fault(
        "the name server does not serve this host's network", "add the network to the site's networks, then " + _RERUN
    ),
    "dns-failed": Fault("the zone did not load", _NAMED),
    "dns-no-name": Fault("the zone lacks the name", f"look at the site's names, then {_RERUN}"),
    "dns-wrong": Fault(
        "the zone holds another address, or not exactly those that the site has",
        f"look at the zone's A and AAAA records, and at the address in the inventory, then {_RERUN}",
    ),
    "name-unknown": Fault(
        "this host asks other name servers, or none",
        "look at /etc/resolv.conf on this host; it must name the site's name servers",
    ),
    "name-wrong": Fault(
        "another name server or /etc/hosts answers, or adds an address (A, AAAA) that the site does not have",
        "look at /etc/resolv.conf and /etc/hosts on this host",
    ),
    "name-slow": Fault(
        "the first name server in /etc/resolv.conf does not answer", "look at /etc/resolv.conf and at that server", mild=True
    ),
    "foreign-slow": Fault(
        "the name server tries to reach the outside and cannot",
        "look at its forwarders (site_dns_forwarders), or have none: " + _NAMED_CONF,
    ),
    "foreign-answered": Fault("the name server forwards questions to the outside, or asks there itself", _LEAK),
    "foreign-waits": Fault("the name server tries to reach the outside, and nobody is there", _LEAK),
    "wrong-name-waits": Fault(
        "a name server in /etc/resolv.conf does not answer, or asks elsewhere and waits",
        "look at /etc/resolv.conf on this host and at each server in it",
    ),
    "srv-wrong": Fault("the zone's SRV records lead native clients elsewhere", f"look at the zone's records, then {_RERUN}"),
    "srv-missing": Fault(
        "the zone lacks SRV records that native clients look for, or another name server answers this host",
        f"look at the zone's records and at /etc/resolv.conf on this host, then {_RERUN}",
    ),
    "srv-failed": Fault("the name servers of this host did not answer for SRV records", "look at /etc/resolv.conf on this host"),
    "wrong-name-found": Fault(
        "a wildcard, a search domain or another resolver answers for every name", "look at the zone and /etc/resolv.conf"
    ),
    "tcp-refused": Fault("nothing listens on {port} there", "on the chat server: ss -lntp; systemctl --failed; nginx -t"),
    "tcp-silent": Fault(
        "a packet filter drops it, or the host is down", "look at the filters between (nft list ruleset) and at the host"
    ),
    "tcp-unreachable": Fault("no route to it, or the host is down", "on this host: ip route; ping the address"),
    "mtu": Fault(
        "big packets vanish on the way: a link on it carries less than it lets the ends know (ICMP is dropped, or a tunnel)",
        "let ICMP type 3 code 4 (IPv6: packet too big) through the filters between, or clamp the segment size on the router: "
        "nft add rule ... tcp flags syn tcp option maxseg size set rt mtu",
    ),
    "clock": Fault("this host's clock or the server's is wrong", _CLOCK),
    "tls-none": Fault("what answers on {port} does not speak TLS", "look at what listens there: ss -lntp"),
    "tls-silent": Fault(
        "{port} opens and then says nothing: the program there hangs, or something on the way swallows what is sent",
        "on the chat server: ss -lntp; systemctl status nginx ejabberd; then the filters between (nft list ruleset)",
    ),
    "tls-no-starttls": Fault("the chat server offers no STARTTLS (no usable certificate)", _EJABBERD),
    "tls-version": Fault("no TLS version or cipher in common", "both sides need TLS 1.2 or later"),
    "tls-unknown": Fault(
        "this host does not trust the site's authority, or the chain lacks a certificate",
        "run the role client_trust for this host; look at the chain: openssl s_client -showcerts",
    ),
    "tls-expired": Fault("the certificate has ended, or this host's clock is ahead", f"{_CLOCK}; then {_RERUN} to renew"),
    "tls-early": Fault("this host's clock is behind, or the certificate was made by a clock ahead", _CLOCK),
    "tls-name": Fault("the certificate is for another name", f"compare the name with the certificate's names, then {_RERUN}"),
    "tls-constraint": Fault("the authority may not sign for this name (name constraints)", "use a name in the site's domain"),
    "tls-revoked": Fault("the certificate was revoked", f"give the server a new key and certificate: {_RERUN}"),
    "tls-invalid": Fault("the chain breaks a rule of X.509", "openssl verify -x509_strict on the chain names it"),
    "tls-ending": Fault("the certificate was not renewed in time", f"{_RERUN}: it renews what is about to end", mild=True),
    "crl-absent": Fault("the revocation list is not served", _NGINX + "; then " + _RERUN),
    "crl-unreadable": Fault("what is served there is no revocation list", f"{_RERUN}: it publishes the list again"),
    "crl-stale": Fault("the revocation list has ended, or this host's clock is ahead", f"{_CLOCK}; then {_RERUN} to renew it"),
    "crl-foreign": Fault(
        "no list that is served belongs to the authority that signed the certificate", f"{_RERUN}: it publishes the list again"
    ),
    "crl-ending": Fault("the revocation list was not renewed in time", f"{_RERUN}: it renews the list", mild=True),
    "web-status": Fault("nginx does not serve the page", _NGINX),
    "web-refused": Fault(
        "the web server does not let this host in (403): its network is not among those that are allowed",
        f"add the network to the site's networks, then {_RERUN}; on the chat server: nginx -T | grep -E 'allow|deny'",
    ),
    "web-redirect": Fault("port 80 does not lead to https", _NGINX),
    "web-policy": Fault(
        "the page lacks the content-security policy that keeps it to its own server",
        f"{_RERUN}: it writes the site's nginx configuration",
    ),
    "web-outside": Fault(
        "something in the page comes from elsewhere", f"{_RERUN}: it writes the site's own pages; look at who changed them"
    ),
    "web-blank": Fault(
        "the web client's files are not all there, or do not run in this browser", "on the chat server: nginx's log; " + _RERUN
    ),
    "web-socket": Fault("nginx does not reach ejabberd's websocket", f"{_EJABBERD}; {_NGINX}"),
    "package-down": Fault("nginx is there, and the operator's package behind it does not answer", _PACKAGE),
    "package-socket": Fault(
        "the operator's package does not open its websocket, or has it at another path",
        "compare site_chat_package.websocket_paths with what the package has; " + _PACKAGE,
    ),
    "package-health": Fault(
        "the operator's package runs and says that it is not well, or site_chat_package.health is not what it says", _PACKAGE
    ),
    "start-absent": Fault("nginx does not serve the page on which people begin (/start)", _NGINX + "; then " + _RERUN),
    "start-root": Fault(
        "the root that the start page offers is missing, or is not the one by which this server is trusted",
        f"{_RERUN}: it writes the start page and its files again",
    ),
    "door-closed": Fault(
        "nothing leads there: the router's rules, a route, or nginx",
        "on the router: nft list table inet onprem_chat; on the chat server: ss -lntp",
    ),
    "accounts": Fault(
        "ejabberd, or Ansible's way to it, is not as it should be, or its database cannot write",
        f"look at what was seen; {_EJABBERD}; {_DATABASE}",
    ),
    "accounts-absent": Fault("ejabberd does not run, or is still starting", _EJABBERD),
    "accounts-silent": Fault(
        "ejabberd runs and does not answer in time: most likely its database is down or cannot write, "
        "or the machine has too much to do",
        f"on the chat server: journalctl -u ejabberd; uptime; {_DATABASE}",
    ),
    "accounts-host": Fault("ejabberd serves another name than that of the chat", f"{_RERUN}: it writes ejabberd's configuration"),
    "accounts-refused": Fault(
        "ejabberd answers and refuses to make accounts: its user store does not take them, or its database cannot write",
        f"look at its user store (auth_method in /etc/ejabberd/ejabberd.yml): {_EJABBERD}; {_DATABASE}",
    ),
    "login-refused": Fault("the chat server does not accept a right password", "look at its user store: " + _EJABBERD),
    "login-silent": Fault("the chat server does not finish the log-in", _EJABBERD),
    "login-lost": Fault("the chat server closed the session", _EJABBERD),
    "message-lost": Fault("the chat server accepted the message and did not deliver it", _EJABBERD),
    "history-missing": Fault(
        "the chat server does not keep messages (mod_mam, its database)", _EJABBERD + "; systemctl status postgresql"
    ),
    "upload-refused": Fault("the chat server gives no place for a file (mod_http_upload)", _EJABBERD),
    "upload-blocked": Fault("nginx, or something on the way, does not take a file", _NGINX + "; look at its log and at /upload/"),
    "upload-failed": Fault(
        "the chat server cannot keep the file: the disk is full, or the folder is not its own",
        "on the chat server: df -h /var/lib/ejabberd/upload; ls -ld /var/lib/ejabberd/upload; journalctl -u ejabberd",
    ),
    "upload-changed": Fault("the file does not come back as it was sent", _EJABBERD + "; " + _NGINX),
    "relay-name": Fault(
        "the chat server offers the relay by a name that leads this host elsewhere, or nowhere",
        "look at the name servers that this host asks: getent ahosts {target}; cat /etc/resolv.conf",
    ),
    "relay-closed": Fault("nothing listens on {port} there, or no route leads there", _COTURN),
    "relay-silent": Fault("the relay is down, or a packet filter drops port {port}", _COTURN + "; look at the filters between"),
    "relay-refused": Fault(
        "the relay does not accept the chat server's credentials",
        "both must hold the same secret (chat_server_relay_secret, static-auth-secret), and the same time: " + _CLOCK,
    ),
    "archive-missing": Fault(
        "a message that was sent is not in the history after a new log-in", _EJABBERD + "; systemctl status postgresql"
    ),
}


def explain(code: str, target: str, port: int) -> Fault:
    """The fault with the rung's own target and port in its words; an unknown code is a defect of the probe."""
    fault = FAULTS.get(code, FAULTS["probe"])
    words = {"target": target, "port": port}
    return replace(fault, cause=fault.cause.format(**words), remedy=fault.remedy.format(**words))

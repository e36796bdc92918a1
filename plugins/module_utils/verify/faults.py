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
_NAMED = "on {target}: systemctl status named; named-checkconf -z; journalctl -u named"
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
    "dns-wrong": Fault("the zone holds another address", f"correct the address in the inventory, then {_RERUN}"),
    "name-unknown": Fault(
        "this host asks other name servers, or none",
        "look at /etc/resolv.conf on this host; it must name the site's name servers",
    ),
    "name-wrong": Fault("another name server or /etc/hosts answers", "look at /etc/resolv.conf and /etc/hosts on this host"),
    "name-slow": Fault(
        "the first name server in /etc/resolv.conf does not answer", "look at /etc/resolv.conf and at that server"
    ),
    "foreign-slow": Fault(
        "the name server tries to reach the outside", "a closed site must have no forwarders: look at named's configuration"
    ),
    "wrong-name-found": Fault(
        "a wildcard, a search domain or another resolver answers for every name", "look at the zone and /etc/resolv.conf"
    ),
    "tcp-refused": Fault("nothing listens on {port} there", "on the chat server: ss -lntp; systemctl --failed"),
    "tcp-silent": Fault(
        "a packet filter drops it, or the host is down", "look at the filters between (nft list ruleset) and at the host"
    ),
    "tcp-unreachable": Fault("no route to it, or the host is down", "on this host: ip route; ping the address"),
    "clock": Fault("this host's clock or the server's is wrong", _CLOCK),
    "tls-none": Fault("what answers on {port} does not speak TLS", "look at what listens there: ss -lntp"),
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
    "web-redirect": Fault("port 80 does not lead to https", _NGINX),
    "web-policy": Fault("the page lacks its content-security policy", f"{_RERUN}: it writes the site's nginx configuration"),
    "web-socket": Fault("nginx does not reach ejabberd's websocket", f"{_EJABBERD}; {_NGINX}"),
    "door-closed": Fault(
        "nothing leads there: the router's rules, a route, or nginx",
        "on the router: nft list table inet onprem_chat; on the chat server: ss -lntp",
    ),
    "accounts": Fault("ejabberd or its database is down", _EJABBERD + "; systemctl status postgresql"),
    "login-refused": Fault("the chat server does not accept a right password", "look at its user store: " + _EJABBERD),
    "login-silent": Fault("the chat server does not finish the log-in", _EJABBERD),
    "login-lost": Fault("the chat server closed the session", _EJABBERD),
    "message-lost": Fault("the chat server accepted the message and did not deliver it", _EJABBERD),
    "history-missing": Fault(
        "the chat server does not keep messages (mod_mam, its database)", _EJABBERD + "; systemctl status postgresql"
    ),
}


def explain(code: str, target: str, port: int) -> Fault:
    """The fault with the rung's own target and port in its words; an unknown code is a defect of the probe."""
    fault = FAULTS.get(code, FAULTS["probe"])
    words = {"target": target, "port": port}
    return replace(fault, cause=fault.cause.format(**words), remedy=fault.remedy.format(**words))

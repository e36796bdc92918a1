"""Compute what the outside sees of a site: its public address, the records of its name, the ports that lead to the chat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..intent.error import Problem
from . import engine, relay
from .certificates import key_path
from .model import PublicName, Site

HTTP, HTTPS = 80, 443
#: Services that native clients look for (RFC 6120, 3.2.1; XEP-0368): service, port.
SRV = (("xmpp-client", 5222), ("xmpps-client", 5223))

Row = Mapping[str, Any]


def _holds(ports: str | None, port: int) -> bool:
    """Whether ports of a forwarding plan (``443``, ``5000-6000``) hold a port."""
    first, _dash, last = (ports or "0").partition("-")
    return int(first) <= port <= int(last or first)


def _forwards(site: Site, forwarding: Row) -> list[Row]:
    """Return the tcp forwards that lead to the chat server."""
    own = {str(address) for address in site.chat.addresses}
    return [row for row in forwarding["forwards"] if row["protocol"] == "tcp" and row["host"] in own]


def _web(site: Site, forwarding: Row) -> Row | None:
    """Return the forward by which https comes in; its address is the site's public one."""
    rows = _forwards(site, forwarding)
    return next((row for row in rows if _holds(row["public_ports"], HTTPS) and _holds(row["private_ports"], HTTPS)), None)


def _by(site: Site, forwarding: Row, address: str, port: int) -> list[Row]:
    """Return the forwards by which a port of a public address leads to the chat server."""
    return [row for row in _forwards(site, forwarding) if row["public"] == address and _holds(row["public_ports"], port)]


def check(site: Site, forwarding: Row) -> list[Problem]:
    """Return what is missing in a forwarding plan (as data) for the chat to be reached by its public name."""
    public = site.public
    if public is None:
        return []
    web = _web(site, forwarding)
    if web is None:
        words = f"nothing leads tcp {HTTPS} of a public address to the chat server ({site.chat.address})"
        return [Problem("site_services", f"{words}; add {{name: chat, profile: chat_web, host: {site.chat.address}}}")]
    return [*relay.check(site, forwarding, web["public"]), *_challenged(site, public, web, forwarding)]


def _challenged(site: Site, public: PublicName, web: Row, forwarding: Row) -> list[Problem]:
    """Return what keeps the certificate authority from finding the answer to http-01."""
    certificate = public.certificate
    if certificate.method != "acme" or certificate.challenge != "http-01":
        return []
    plain = _by(site, forwarding, web["public"], HTTP)
    if not plain:
        words = f"nothing leads tcp {HTTP} of {web['public']} to the chat server, where the challenge http-01 is asked"
        return [Problem("site_services", f"{words}; use the profile chat_web, or site_public_certificate.challenge: dns-01")]
    if not plain[0]["hairpin"]:
        words = f"{plain[0]['service']} has no hairpin, by which the chat server looks before an order where port {HTTP} leads"
        return [Problem("site_services", f"{words}; set hairpin: true, or site_public_certificate.challenge: dns-01")]
    return []


def _records(public: PublicName, web: Row, ports: list[int], forwarding: Row, xmpp: bool) -> Iterator[dict[str, Any]]:
    """Yield the records of the public name, for people outside."""
    rows: list[tuple[str, str, list[str]]] = [(public.name, "A", [web["public"]])]
    open6 = [row for row in forwarding["pinholes"] if row["service"] == web["service"] and _holds(row["ports"], HTTPS)]
    if open6:
        rows.append((public.name, "AAAA", sorted({row["host"] for row in open6})))
    for service, port in SRV:
        if port in ports and xmpp:
            rows.append((f"_{service}._tcp.{public.name}", "SRV", [f"0 5 {port} {public.name}."]))
    if public.zone.caa:
        rows.append((public.name, "CAA", [f'0 issue "{one}"' for one in public.zone.caa]))
    for name, kind, values in rows:
        yield {"name": name, "type": kind, "ttl": public.zone.ttl, "values": values}


def compute(site: Site, forwarding: Row) -> dict[str, Any]:
    """Return what the roles are told of the outside, without any secret. The site must be free of problems (see check)."""
    public, web = site.public, _web(site, forwarding)
    if public is None or web is None:
        raise ValueError("this site has no public name, or nothing leads to it")
    address = web["public"]
    ports = [port for port in engine.ports(site.package) if _by(site, forwarding, address, port)]
    zone, certificate = public.zone, public.certificate
    return {
        "name": public.name,
        "address": address,
        "hairpin": web["hairpin"],
        "ports": ports,
        "zone": zone.zone,
        "server": zone.server or "",
        "port": zone.port,
        "key_name": zone.key_name or "",
        "key_algorithm": zone.key_algorithm,
        "authoritative": [str(one) for one in zone.authoritative],
        "records": [
            *_records(public, web, ports, forwarding, site.package is None),
            *relay.records(site, forwarding),
        ],
        "method": certificate.method,
        "directory": certificate.directory,
        "email": certificate.email,
        "challenge": certificate.challenge,
    }


def certificates(site: Site, outside: Row | None) -> dict[str, dict[str, Any]]:
    """Return by inventory name what hosts with a certificate for a public name are told of it; none in an air gap.

    ``outside`` is what :func:`compute` returns. A relay with a host of its own has no web server for http-01.
    """
    if outside is None:
        return {}
    told = engine.seen(site.package)
    units = [*told["units"], *(["coturn"] if site.relay and not site.relay_apart else [])]
    own = _certificate(outside["name"], outside["address"], told["key_group"], units, outside["challenge"])
    found = {site.chat.inventory_name: own}
    if site.relay_apart:
        name = site.relay_apart.name
        address = next(row["values"][0] for row in outside["records"] if (row["name"], row["type"]) == (name, "A"))
        found[site.relay_apart.host.inventory_name] = _certificate(name, address, "root", ["coturn"], "dns-01")
    return found


def _certificate(name: str, address: str, group: str, units: list[str], challenge: str) -> dict[str, Any]:
    """``group`` may read the key, ``units`` are told of a new certificate; the seed's key is that of the site's authority."""
    seed = key_path(name)
    return {"name": name, "address": address, "group": group, "units": units, "challenge": challenge, "seed_key_path": seed}

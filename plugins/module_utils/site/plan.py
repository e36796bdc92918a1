"""Compute: from a site to what each role is told, as plain data that JSON can hold."""

from __future__ import annotations

from typing import Any

from .duties import duties, expectations, roles
from .model import Host, Site

#: Services that native clients look for (RFC 6120, 3.2.1; XEP-0368): service, port.
_SRV = (("xmpp-client", 5222), ("xmpps-client", 5223))


def _texts(values: tuple[Any, ...]) -> list[str]:
    return [str(value) for value in values]


def _named_host(site: Site, host: Host) -> dict[str, Any]:
    """Return one host as the DNS role takes it: name, addresses and the further names that lead to it."""
    aliases = [label for label in (site.chat_label, site.pki_label) if host == site.chat and label != host.name]
    return {"name": host.name, "addresses": _texts(host.addresses), "aliases": aliases}


def _host(site: Site, host: Host) -> dict[str, Any]:
    held = duties(site, host)
    return {
        "name": host.name,
        "fqdn": site.fqdn(host.name),
        "address": str(host.address),
        "addresses": _texts(host.addresses),
        "duties": list(held),
        "roles": roles(held),
        "expect": expectations(site, host),
    }


def _dns(site: Site) -> dict[str, Any]:
    devices = [{"name": row.name, "addresses": _texts(row.addresses), "aliases": []} for row in site.devices]
    return {
        "hosts": [_named_host(site, host) for host in site.hosts] + devices,
        "services": [
            {"service": service, "protocol": "tcp", "port": port, "target": site.chat.name, "domain": site.chat_label}
            for service, port in _SRV
        ],
        "primary": str(site.dns[0].address),
        "primary_host": site.dns[0].inventory_name,
        "secondaries": [str(host.address) for host in site.dns[1:]],
        "servers": [str(host.address) for host in site.dns],
        "forwarders": _texts(site.dns_forwarders),
    }


def compute(site: Site) -> dict[str, Any]:
    """Return the plan of a site.

    ``hosts`` holds one entry for each managed host under its inventory name; the other keys hold what the roles of the
    same name are told. No secret is in it. The same site gives the same plan.
    """
    crl_base_url = f"http://{site.pki_name}/pki"
    names = sorted({site.chat_name, site.fqdn(site.chat.name)})
    return {
        "domain": site.domain,
        "title": site.title,
        "networks": _texts(site.networks),
        "hosts": {host.inventory_name: _host(site, host) for host in site.hosts},
        "chat": {
            "host": site.chat.inventory_name,
            "name": site.chat_name,
            "dns_names": names,
            "addresses": _texts(site.chat.addresses),
            "pki_name": site.pki_name,
        },
        "authority": {
            "host": site.authority.inventory_name,
            "crl_base_url": crl_base_url,
            "crl_urls": [f"{crl_base_url}/{name}.crl" for name in ("root", "issuing")],
        },
        "dns": _dns(site),
        "time": {"server": str(site.dns[0].address), "upstreams": list(site.time_upstreams)},
    }

"""Compute: from a site to what each role is told, as plain data that JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import certificates, engine, public, relay
from .duties import duties, expectations, roles
from .model import Host, Site
from .needs import unneeded_packages


def _texts(values: tuple[Any, ...]) -> list[str]:
    return [str(value) for value in values]


def _named_host(site: Site, host: Host) -> dict[str, Any]:
    """Return one host as the DNS role takes it: name, addresses and the further names that lead to it."""
    aliases = [label for label in (site.chat_label, site.pki_label) if host == site.chat and label != host.name]
    if site.relay_label and site.relay and host == site.relay.host and host.name != site.relay_label:
        aliases.append(site.relay_label)
    return {"name": host.name, "addresses": _texts(host.addresses), "aliases": aliases}


def _host(site: Site, host: Host, certified: dict[str, dict[str, Any]]) -> dict[str, Any]:
    held = duties(site, host)
    return {
        "name": host.name,
        "fqdn": site.fqdn(host.name),
        "address": str(host.address),
        "addresses": _texts(host.addresses),
        "duties": list(held),
        "roles": roles(held),
        "packages": list(site.package.packages) if site.package and host == site.chat else [],
        "expect": expectations(site, host),
        "public": certified.get(host.inventory_name),
    }


def _names(site: Site) -> dict[str, list[dict[str, Any]]]:
    """Return the SRV records of the chat: in the site's own domain, or in a zone of their own.

    A name that belongs to the outside is ``split``: behind it the LAN sees the chat server itself, and all names beside it
    as the outside does.
    """
    found = public.SRV if site.package is None else ()
    services = [{"service": service, "protocol": "tcp", "port": port} for service, port in found]
    split = [{"name": name, "host": host.name, "services": []} for name, host in _abroad(site).items()]
    if site.chat_name != site.lan_name:
        return {"services": [], "split": [{**split[0], "services": services}, *split[1:]]}
    return {"services": [{**row, "target": site.chat.name, "domain": site.chat_label} for row in services], "split": split}


def _abroad(site: Site) -> dict[str, Host]:
    """Return the names of hosts that are not in the site's own domain: the chat's first, then the relay's."""
    chat = {} if site.chat_name == site.lan_name else {site.chat_name: site.chat}
    apart = site.relay_apart
    return {**chat, **({apart.name: apart.host} if apart and not site.relay_label else {})}


def _known(site: Site, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the hosts as every host knows them without a name server: chat and relay by their public names too."""
    names = {host.name: [name for name, one in _abroad(site).items() if one == host] for host in site.hosts}
    return [{**row, "aliases": [*row["aliases"], *names.get(row["name"], [])]} for row in rows]


def _dns(site: Site) -> dict[str, Any]:
    devices = [{"name": row.name, "addresses": _texts(row.addresses), "aliases": []} for row in site.devices]
    hosts = [_named_host(site, host) for host in site.hosts] + devices
    return {
        "hosts": hosts,
        "known_hosts": _known(site, hosts),
        **_names(site),
        "primary": str(site.dns[0].address),
        "primary_host": site.dns[0].inventory_name,
        "secondaries": [str(host.address) for host in site.dns[1:]],
        "servers": [str(host.address) for host in site.dns],
        "forwarders": _texts(site.dns_forwarders),
    }


def _doors(site: Site, outside: dict[str, Any]) -> list[dict[str, str]]:
    """Return the further ways that lead the LAN to the chat: its names there, and the public address by hairpin."""
    inside = [{"name": name, "address": str(site.chat.address)} for name in site.lan_names]
    return [*inside, {"name": site.chat_name, "address": outside["address"]}] if outside["hairpin"] else inside


def _chat(site: Site, outside: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the chat server is told: its names and certificates, of the LAN alone or of the outside as well.

    The LAN's own certificate holds the public address too, for a browser that goes by it sends no name.
    """
    addresses = _texts(site.chat.addresses)
    told = {
        "host": site.chat.inventory_name,
        "name": site.chat_name,
        "addresses": addresses,
        "pki_name": site.pki_name,
        "lan_names": [],
        "lan_addresses": [],
        "doors": [],
        **engine.seen(site.package),
    }
    if outside is None:
        own = certificates.request(site.chat_name, list(site.lan_names), addresses)
        return {**told, "certificates": [own], "chain_path": "", "key_path": own["key_path"]}
    name = site.lan_name if site.lan_name in site.lan_names else site.lan_names[0]
    lan = certificates.request(name, list(site.lan_names), [*addresses, outside["address"]])
    return {
        **told,
        "certificates": [lan, certificates.request(site.chat_name, [site.chat_name], [])],
        **certificates.SERVED,
        "lan_names": lan["dns_names"],
        "lan_addresses": lan["addresses"],
        "doors": _doors(site, outside),
    }


def _unneeded(site: Site) -> list[str]:
    method = site.public.certificate.method if site.public else None
    relayed = site.relay is not None or site.stun_turn
    return list(unneeded_packages(site.chat_store, method, relayed, site.package is None))


def compute(site: Site, forwarding: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the plan of a site; one that has a public name needs the plan of its router (``forwarding``, as data).

    ``hosts`` holds one entry for each managed host under its inventory name; the other keys hold what the roles of the
    same name are told. No secret is in it. The same site gives the same plan.
    """
    crl_base_url = f"http://{site.pki_name}/pki"
    outside = None if site.public is None or forwarding is None else public.compute(site, forwarding)
    chat, certified = _chat(site, outside), public.certificates(site, outside)
    return {
        "domain": site.domain,
        "title": site.title,
        "networks": _texts(site.networks),
        "unneeded_packages": _unneeded(site),
        "hosts": {host.inventory_name: _host(site, host, certified) for host in site.hosts},
        "chat": chat,
        "relay": relay.compute(site, forwarding, chat),
        "public": outside,
        "authority": {
            "host": site.authority.inventory_name,
            "further_domains": list(_abroad(site)),
            "networks": [*_texts(site.networks), *([f"{outside['address']}/32"] if outside else [])],
            "crl_base_url": crl_base_url,
            "crl_urls": [f"{crl_base_url}/{name}.crl" for name in ("root", "issuing")],
        },
        "dns": _dns(site),
        "time": {"server": str(site.dns[0].address), "upstreams": list(site.time_upstreams)},
    }

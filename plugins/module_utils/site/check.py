"""Check: what must hold between the parts of a site."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ..intent.error import Problem
from .model import Address, Host, Site


def check(site: Site) -> list[Problem]:
    """Return every contradiction between the parts of ``site``; none when it can be built."""
    return [*_networks(site), *_addresses(site), *_names(site)]


def _networks(site: Site) -> Iterator[Problem]:
    for (first, one), (second, other) in combinations(enumerate(site.networks), 2):
        if one.overlaps(other):
            yield Problem(f"site_networks[{second}]", f"{other} overlaps {one} at site_networks[{first}]; list each network once")


def _owners(site: Site) -> Iterator[tuple[str, Address]]:
    """Every address of the site with the place in the inventory that gives it."""
    for host in site.hosts:
        for address in host.addresses:
            yield f"hosts.{host.inventory_name}.site_address", address
    for index, device in enumerate(site.devices):
        for address in device.addresses:
            yield f"site_devices[{index}].address", address


def _addresses(site: Site) -> Iterator[Problem]:
    first: dict[Address, str] = {}
    for path, address in _owners(site):
        network = next((network for network in site.networks if address in network), None)
        if network is None:
            yield Problem(path, f"{address} is in none of site_networks; add its network or mend the address")
        elif network.num_addresses > 2 and address in (network.network_address, network.broadcast_address):
            yield Problem(path, f"{address} is the network or broadcast address of {network}; no host can have it")
        if first.setdefault(address, path) != path:
            yield Problem(path, f"{address} is taken by {first[address]} already; every host needs its own")


def _place(host: Host) -> str:
    return f"hosts.{host.inventory_name}"


def _names(site: Site) -> Iterator[Problem]:
    first: dict[str, str] = {}
    named = [(_place(host), host.name) for host in site.hosts]
    named += [(f"site_devices[{index}].name", device.name) for index, device in enumerate(site.devices)]
    for path, name in named:
        if first.setdefault(name, path) != path:
            yield Problem(path, f"{name!r} is the name of {first[name]} already")
    own = _place(site.chat)
    if site.relay_label and site.relay_label in (site.chat_label, site.pki_label):
        yield Problem("site_relay_name", f"{site.relay_label!r} has to lead to the chat server; the relay needs another name")
    elif site.relay_label and site.relay and first.get(site.relay_label, "") not in ("", _place(site.relay.host)):
        yield Problem("site_relay_name", f"{site.relay_label!r} is the name of {first[site.relay_label]} already")
    for variable, label in (("site_chat_name", site.chat_label), ("site_pki_name", site.pki_label)):
        if first.get(label, own) != own:
            yield Problem(variable, f"{label!r} is the name of {first[label]}, but has to lead to the chat server")
    if site.chat_label == site.pki_label:
        yield Problem("site_pki_name", f"{site.pki_label!r} is the chat server's own name; the CA's files need another")

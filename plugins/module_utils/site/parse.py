"""Parse: from an inventory as Ansible sees it to a :class:`model.Site`. The only place that meets raw input."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from . import rows
from .check import check
from .engine import package
from .error import SiteError
from .model import Host, Network, Site
from .names import domain_fault, label_fault
from .needs import STORES, has_relay, suites
from .parse_public import public_name
from .parse_relay import relay
from .reader import Reader, Unusable
from .variables import HOST_VARIABLES

_CHOICES = {"site_chat_store": STORES, "site_router_backend": ("nftables", "iptables")}
_TRUTHS = ("site_dns_dnssec_validation", "site_lab")

#: What a playbook makes of the site: closed, or reached from outside through a router with a fixed public address.
AIR_GAP, NAT_FIXED_IP = "air_gap", "nat_fixed_ip"
SITUATIONS = (AIR_GAP, NAT_FIXED_IP)


def _host(reader: Reader, name: str, domain: str) -> Host | None:
    """Parse one host of the inventory; ``None`` when it has no usable address."""
    variables = reader.hostvars[name]
    for variable in (*HOST_VARIABLES, "ansible_host"):
        if isinstance(value := variables.get(variable), Unusable):
            reader.fault(f"hosts.{name}.{variable}", value.reason)
            return None
    label = str(variables.get("site_hostname") or name).removesuffix(f".{domain}")
    reader.fault(f"hosts.{name}", label_fault(label))
    if variables.get("site_address") is not None:
        addresses = reader.addresses(f"hosts.{name}.site_address", variables["site_address"])
        return Host(name, label, addresses) if addresses else None
    where = variables.get("ansible_host", name)
    try:
        return Host(name, label, (ip_address(str(where)),))
    except ValueError:
        reader.fault(f"hosts.{name}.site_address", f"is not set, and ansible_host ({where}) is no address to take its place")
        return None


def _domain(reader: Reader) -> str:
    value = reader.variable("site_domain")
    unset = "is not set; give the site a domain such as example.lan"
    reader.fault("site_domain", unset if value is None else domain_fault(value))
    return str(value)


def _networks(reader: Reader) -> tuple[Network, ...]:
    what = "a network such as 192.168.1.0/24"
    if not reader.variable("site_networks"):
        reader.fault("site_networks", "is not set; list the networks of the LAN, such as [192.168.1.0/24]")
    listed = reader.rows("site_networks", str, what)
    return tuple(network for path, item in listed for network in reader.convert(path, item, ip_network, what))


def _label(reader: Reader, variable: str, default: str) -> str:
    value = reader.variable(variable, default)
    reader.fault(variable, label_fault(value))
    return str(value)


def _scalars(reader: Reader) -> None:
    """Check the variables that are handed on to one role as they are."""
    for name, choices in _CHOICES.items():
        value = reader.variable(name, choices[0])
        reader.fault(name, None if value in choices else f"{value!r} is none of {', '.join(choices)}")
    for name in _TRUTHS:
        value = reader.variable(name, False)
        reader.fault(name, None if isinstance(value, bool) else f"{value!r} is neither true nor false")
    size = reader.variable("site_upload_max_mb", 1)
    if isinstance(size, bool) or not re.fullmatch("[1-9][0-9]{0,4}", str(size)) or int(size) > 10240:
        reader.fault("site_upload_max_mb", f"{size!r} is not a number of megabytes from 1 to 10240")


def _group(reader: Reader, group: str, hosts: Mapping[str, Host], least: int = 0, most: int = 1000) -> tuple[Host, ...]:
    """Return the members of a group, noting when there are too few or too many of them."""
    names = reader.members(group)
    if len(names) < least:
        reader.fault(f"groups.{group}", "is empty; put the host that does this work into it")
    if len(names) > most:
        reader.fault(f"groups.{group}", f"holds {', '.join(names)}; one host does this work")
    return tuple(hosts[name] for name in names if name in hosts)


def router_intent(groups: Mapping[str, Sequence[str]], hostvars: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the inventory says of router and services, raw, for the forwarding plan; nothing where it cannot be had."""
    reader = Reader(groups, hostvars)
    return {"router": reader.variable("site_router", {}), "services": reader.variable("site_services", [])}


def parse_site(groups: Mapping[str, Sequence[str]], hostvars: Mapping[str, Mapping[str, Any]], situation: str = AIR_GAP) -> Site:
    """Turn an inventory into a site.

    ``groups`` maps each group to its hosts in order and ``hostvars`` each host to its variables, both as Ansible has
    them. In an air gap (``situation``) a public name is not looked at. Raises :class:`error.SiteError` with every problem
    of the inventory at once.
    """
    reader = Reader(groups, hostvars)
    domain, networks = _domain(reader), _networks(reader)
    hosts = {name: host for name in reader.hosts() if (host := _host(reader, name, domain))}
    chat = _group(reader, "chat_servers", hosts, least=1, most=1)
    dns = _group(reader, "dns_servers", hosts, least=1)
    authority = _group(reader, "certificate_authority", hosts, least=1, most=1)
    rows.authority(reader)
    rows.unknown_variables(reader)
    for variable in ("site_router", "site_services", "site_user_networks") if situation == NAT_FIXED_IP else ():
        reader.variable(variable)  # the forwarding plan reads them; here only whether they can be had
    _scalars(reader)
    suites(reader)
    chat_label = _label(reader, "site_chat_name", "chat")
    public = public_name(reader, domain, chat_label) if situation == NAT_FIXED_IP else None
    fields: dict[str, Any] = {
        "title": str(reader.variable("site_title", domain)),
        "clients": _group(reader, "clients", hosts),
        "routers": _group(reader, "routers", hosts, most=1 if situation == NAT_FIXED_IP else 1000),
        "devices": rows.devices(reader),
        "users": rows.users(reader),
        "rooms": rows.rooms(reader),
        "chat_label": chat_label,
        "chat_store": str(reader.variable("site_chat_store", STORES[0])),
        "pki_label": _label(reader, "site_pki_name", "pki"),
        "dns_forwarders": reader.addresses("site_dns_forwarders", reader.variable("site_dns_forwarders"))
        if reader.variable("site_dns_forwarders")
        else (),
        "public": public,
        "relay": relay(
            reader,
            _group(reader, "turn_relays", hosts, most=1),
            chat,
            domain,
            situation == NAT_FIXED_IP,
            public,
        ),
        "stun_turn": situation == NAT_FIXED_IP and has_relay(reader.variable("site_services")),
        "package": package(reader),
        "time_upstreams": tuple(item for path, item in reader.rows("site_time_upstreams", str, "a name or an address")),
    }
    if reader.problems:
        raise SiteError(reader.problems)
    site = Site(domain, networks=networks, chat=chat[0], dns=dns, authority=authority[0], **fields)
    problems = check(site)
    if problems:
        raise SiteError(problems)
    return site

"""The variables of a site: the public face of the inventory, each with what it is for."""

from __future__ import annotations

#: Variables that have one value for the whole site; set them under ``all.vars``.
SITE_VARIABLES = {
    "site_domain": "the site's own domain, such as example.lan",
    "site_networks": "the networks of the LAN, such as [192.168.1.0/24]",
    "site_title": "what people call the site; the domain when not set",
    "site_chat_name": "label of the chat server's name in the domain; chat when not set",
    "site_pki_name": "label of the name that serves the CA certificate and revocation lists; pki when not set",
    "site_bundle": "folder of the bundle on the control node",
    "site_bundle_signers": "public key(s) that may have signed the bundle, as an ssh allowed-signers text",
    "site_ca_passphrase": "passphrase of the CA's keys, from Ansible Vault",
    "site_ca_key_protection": "passphrase, or root_only to keep the CA's keys readable by root without one",
    "site_users": "people with an account: name, password or invite, display_name, admin, state",
    "site_rooms": "group rooms: name, title, description, members_only, members, join, state",
    "site_devices": "machines with a name that Ansible does not manage: name, address",
    "site_dns_forwarders": "resolvers for foreign names; none in an air gap",
    "site_dns_dnssec_validation": "false only for forwarders that cannot carry signatures; true when not set",
    "site_time_upstreams": "time sources beyond the site; none in an air gap",
    "site_suites": "Debian releases of hosts and control node, for the bundle; [bookworm, trixie] when not set",
    "site_chat_engine": "ejabberd, or operator_package for a chat server that you bring; ejabberd when not set",
    "site_chat_package": "the chat server that you bring: kind, source, sha256, port, unit or command, and more",
    "site_chat_store": "postgresql, or sqlite for a very small site",
    "site_upload_max_mb": "largest file that may be uploaded, in megabytes",
    "site_help": "whom people ask, for the start page: the help desk, telephone 100",
    "site_apps": "programs for people to install, from files on the control node: system, title, file",
    "site_texts": "catalogues of further languages, or of other words, for the start page",
    "site_router": "the router's interfaces, public addresses and management; see the forwarding plan",
    "site_services": "what is reached through the router, and what may leave; see the forwarding plan",
    "site_user_networks": "where people outside sit who call each other: name, class; see the forwarding plan",
    "site_router_backend": "nftables or iptables; nftables when not set",
    "site_public_name": "name of the chat for everybody, inside and outside, such as chat.example.com",
    "site_public_dns": "the public zone: zone, server, port, key_name, key_algorithm, key_secret, ttl, caa, authoritative",
    "site_public_certificate": "certificate of the public name: method, directory, email, terms_agreed, challenge,"
    " ca_certificate, certificate, key",
    "site_relay_name": "name of a relay with a host of its own, for everybody; turn. and the public zone when not set",
    "site_relay_secret": "secret that the relay shares with the chat server; made on the relay's host when not set",
    "site_lab": "true where documentation addresses are meant",
}

#: Variables of a single host.
HOST_VARIABLES = {
    "site_hostname": "label of the host in the domain; its inventory name when not set",
    "site_address": "address(es) of the host on the LAN; ansible_host when not set",
}

#: Variables of the roles whose names begin with ``site_``.
RESERVED_PREFIXES = ("site_preflight_", "site_verify_")

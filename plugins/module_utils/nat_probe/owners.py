"""Which tool wrote a table, by the chains that it always makes."""

from __future__ import annotations

from collections.abc import Iterable

from .ruleset import NFT, Table

UFW = "ufw"
FIREWALLD = "firewalld"
SHOREWALL = "shorewall"
DOCKER = "docker"
LIBVIRT = "libvirt"
CSF = "csf"

#: Chains of tables that iptables manages. Of several tools the first one is to be asked: it is more in charge of the table.
_CHAINS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (SHOREWALL, ("shorewall", "dynamic")),
    (CSF, ("LOCALINPUT", "DENYIN", "DENYOUT")),
    (UFW, ("ufw-", "ufw6-")),
    (FIREWALLD, ("FWD_", "FORWARD_ZONES", "FORWARD_POLICIES", "IN_public")),
    (DOCKER, ("DOCKER",)),
    (LIBVIRT, ("LIBVIRT_",)),
)
#: nftables tables that are written by a program: (owner, beginning of the table's name).
_TABLES = ((FIREWALLD, "firewalld"), (LIBVIRT, "libvirt"), (DOCKER, "docker-"), (UFW, "ufw"))


def present(table: Table) -> tuple[str, ...]:
    """The tools that have a part in a table; the kind of the table itself when none is known."""
    if table.origin == NFT:
        found = [owner for owner, name in _TABLES if table.name.startswith(name)]
    else:
        found = [owner for owner, names in _CHAINS if _has(table.chains, names, owner)]
    return tuple(found) or (table.origin,)


def _has(chains: Iterable[str], names: tuple[str, ...], owner: str) -> bool:
    if owner in (SHOREWALL, CSF):  # chains with everyday names: all of them, or it is somebody else
        return set(names) <= set(chains)
    return any(chain.startswith(names) for chain in chains)


def translator(table: Table, chain: str, tables: Iterable[Table]) -> str:
    """The tool that a translation in this chain is to be mended with; the kind of the table when it was made by hand."""
    if table.origin == NFT:
        return present(table)[0]
    if chain.startswith("DOCKER"):
        return DOCKER
    managed = (one for one in tables if one.family == table.family and one.origin == table.origin)
    return SHOREWALL if any(SHOREWALL in present(one) for one in managed) else table.origin


def responsible(table: Table, places: Iterable[str]) -> str:
    """The tool whose line opens the way for what the table drops at the places (as walk.judge tells them)."""
    tools = present(table)
    chains = [place.split(",")[0].split(" ", 1)[1] for place in places]
    if LIBVIRT in tools and any(chain.startswith("LIBVIRT_") for chain in chains):
        return LIBVIRT
    others = [owner for owner in tools if owner != LIBVIRT]  # which sets no policy
    return others[0] if others else table.origin

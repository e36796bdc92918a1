"""What a bundle has to hold for a site, read from its inventory without a secret and without judging the rest of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..bundle.apt_root import RELEASES
from ..package.model import DIRECTORY, Package
from . import rows
from .duties import ROLES, ROUTER
from .engine import package
from .error import SiteError
from .reader import Reader

STORES = ("postgresql", "sqlite")


@dataclass(frozen=True)
class Needs:
    """Debian suites of the hosts and the control node, and what stays behind: whole roles' packages, and single packages.

    ``packages`` are Debian's that an operator's chat needs; ``operator_files`` are to be among the operator's own files, each
    with its SHA-256 sum, empty for a directory.

    All suites and nothing left behind where the inventory describes no site.
    """

    suites: tuple[str, ...] = tuple(RELEASES)
    without_roles: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    operator_files: Mapping[str, str] = field(default_factory=dict)


def unneeded_packages(store: str, method: str | None, relay: bool, ejabberd: bool = True) -> tuple[str, ...]:
    """Packages out of the roles' lists that a site never uses.

    ``store`` is that of the chat, ``method`` the way to a public certificate or None, ``relay`` whether there is one to verify,
    ``ejabberd`` whether the chat is that or a package that the operator brings.
    """
    database = ("erlang-p1-pgsql", "postgresql") if store == "sqlite" or not ejabberd else ()
    engine = () if ejabberd else ("ejabberd", "erlang-p1-sqlite3")
    return (*database, *engine, *(() if method == "acme" else ("lego",)), *(() if relay else ("python3-aioice",)))


def has_relay(services: Any) -> bool:
    """Whether a relay is among the services of the router, as the inventory has them."""
    listed = services if isinstance(services, Sequence) and not isinstance(services, str) else ()
    return any(isinstance(row, Mapping) and row.get("profile") == "stun_turn" for row in listed)


def suites(reader: Reader) -> tuple[str, ...]:
    """Parse the Debian releases that the site's hosts and its control node have; all when it does not say."""
    known = ", ".join(RELEASES)
    found = reader.rows("site_suites", str, f"one of {known}")
    for path, name in found:
        reader.fault(
            path, None if name in RELEASES else f"{name!r} is none of {known}, the releases that a bundle can be built for"
        )
    return tuple(dict.fromkeys(name for _path, name in found)) or tuple(RELEASES)


def bundle_needs(groups: Mapping[str, Sequence[str]], hostvars: Mapping[str, Mapping[str, Any]]) -> Needs:
    """Read what decides the content of a bundle; raises SiteError with every problem of that, and names that are no variables.

    Subtracts instead of adding up: a role that this knows nothing of is in the bundle.
    """
    reader = Reader(groups, hostvars)
    if not reader.members("chat_servers"):
        return Needs()
    rows.unknown_variables(reader)
    wanted, store = suites(reader), reader.variable("site_chat_store", STORES[0])
    reader.fault("site_chat_store", None if store in STORES else f"{store!r} is none of {', '.join(STORES)}")
    public = reader.variable("site_public_name") is not None
    without_roles = [*(() if public else ROLES["public"]), *(() if reader.members("routers") else ROUTER)]
    ours = bool(reader.members("turn_relays"))
    without_roles += () if ours else ("turn_relay",)
    relay = ours or (public and has_relay(reader.variable("site_services")))
    brought = package(reader)
    without = unneeded_packages(store, _method(reader) if public else None, relay, brought is None)
    if reader.problems:
        raise SiteError(reader.problems)
    return Needs(wanted, tuple(without_roles), without, *_brought(brought))


def _brought(found: Package | None) -> tuple[tuple[str, ...], dict[str, str]]:
    """What the operator's chat needs of Debian, and its own file, which a relative source puts into the bundle."""
    if found is None:
        return (), {}
    carried = found.kind != DIRECTORY and not found.source.startswith("/")
    return found.packages, {found.source: found.sha256} if carried else {}


def _method(reader: Reader) -> str:
    """The way to the public certificate; the mapping is not compared between hosts, for its other values may be secrets."""
    row = reader.hostvars[reader.members("chat_servers")[0]].get("site_public_certificate")
    return str(row.get("method") or "acme") if isinstance(row, Mapping) else "acme"

"""A reader of raw inventory values that remembers every problem on the way instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, TypeVar

from ..intent.error import Problem
from ..intent.reader import unknown_keys
from .model import Address

T = TypeVar("T")
_UNSET: Any = object()

#: The inventory groups that mean something to a site.
GROUPS = ("certificate_authority", "dns_servers", "chat_servers", "turn_relays", "clients", "routers")


@dataclass(frozen=True)
class Unusable:
    """Stands for a variable that has a value which cannot be had: a vault that was not opened, a name that is undefined."""

    reason: str


@dataclass
class Reader:
    """``groups`` maps each group to its hosts in order and ``hostvars`` each host to its variables, as Ansible has them."""

    groups: Mapping[str, Sequence[str]]
    hostvars: Mapping[str, Mapping[str, Any]]
    problems: list[Problem] = field(default_factory=list)

    def fault(self, path: str, reason: str | None) -> None:
        """Note a problem, unless there is no reason to."""
        if reason:
            self.problems.append(Problem(path, reason))

    def has_fault(self, path: str) -> bool:
        """Whether a problem of this very path was noted."""
        return any(problem.path == path for problem in self.problems)

    def members(self, group: str) -> tuple[str, ...]:
        """Return the inventory names of a group, none when there is no such group."""
        return tuple(self.groups.get(group, ()))

    def hosts(self) -> tuple[str, ...]:
        """Return the inventory names of all hosts that belong to the site."""
        return tuple(dict.fromkeys(host for group in GROUPS for host in self.members(group)))

    def variable(self, name: str, default: Any = None) -> Any:
        """Return a variable of the site, which has to be the same on every host; ``default`` when it is unset or null."""
        seen: list[tuple[str, Any]] = []
        for host in self.hosts():
            value = self.hostvars[host].get(name, _UNSET)
            if all(value is not other and value != other for first, other in seen):
                seen.append((host, value))
        if len(seen) > 1:
            others = ", ".join(f"{'unset' if value is _UNSET else 'another'} on {host}" for host, value in seen[1:])
            self.fault(name, f"one value on {seen[0][0]}, {others}; a site has one: set it under all.vars alone")
        value = seen[0][1] if seen else _UNSET
        if isinstance(value, Unusable):
            self.fault(name, value.reason)
        return default if value is _UNSET or value is None or isinstance(value, Unusable) else value

    def rows(self, name: str, of: type, what: str) -> list[tuple[str, Any]]:
        """Return the items of a variable that is a list, each with its path; those that are not ``what`` are noted."""
        value = self.variable(name, [])
        if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
            self.fault(name, f"must be a list; each item is {what}")
            return []
        rows = [(f"{name}[{index}]", item) for index, item in enumerate(value)]
        for path, item in rows:
            self.fault(path, None if isinstance(item, of) else f"must be {what}")
        return [(path, item) for path, item in rows if isinstance(item, of)]

    def keys(self, path: str, row: Mapping[str, Any], known: Sequence[str]) -> None:
        """Note every key of a row that is not among ``known``."""
        self.problems.extend(unknown_keys(path, row, known))

    def convert(self, path: str, value: object, to: Callable[[str], T], what: str) -> list[T]:
        """Return ``[to(value)]``, or nothing after noting that it is not ``what``."""
        try:
            return [to(str(value))]
        except ValueError as error:
            detail = ": host bits are set" if "host bits" in str(error) else ""
            self.fault(path, f"{value!r} is not {what}{detail}")
            return []

    def addresses(self, path: str, value: Any) -> tuple[Address, ...]:
        """Parse one address, or a list of at least one."""
        items = value if isinstance(value, (list, tuple)) else [value]
        if not items:
            self.fault(path, "must name at least one address")
        return tuple(address for item in items for address in self.convert(path, item, ip_address, "an IP address"))

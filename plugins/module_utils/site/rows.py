"""Parse the lists of a site: users, rooms, devices; and how the CA's keys are kept."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from .model import Device
from .names import account_fault, label_fault
from .reader import Reader
from .variables import HOST_VARIABLES, RESERVED_PREFIXES, SITE_VARIABLES

#: Shorter secrets are refused.
PASSPHRASE_LENGTH = 12
PASSWORD_LENGTH = 8

_USER_KEYS = ("name", "password", "display_name", "admin", "state", "invite")
_ROOM_KEYS = ("name", "title", "description", "members_only", "members", "join", "state")
_STATES = {"site_users": ("present", "disabled", "absent"), "site_rooms": ("present", "absent")}
_DEVICE_KEYS = ("name", "address")


def unknown_variables(reader: Reader) -> None:
    """Note every ``site_*`` variable that does not exist: a slip of the pen would otherwise be a silent default."""
    known = (*SITE_VARIABLES, *HOST_VARIABLES)
    names = {str(name) for host in reader.hosts() for name in reader.hostvars[host]}
    for name in sorted(names.difference(known)):
        if name.startswith("site_") and not name.startswith(RESERVED_PREFIXES):
            close = get_close_matches(name, known, n=1)
            reader.fault(name, "is not a variable of a site" + (f"; did you mean {close[0]}?" if close else ""))


def authority(reader: Reader) -> None:
    """Check how the CA's keys are kept; the passphrase itself is not returned."""
    protection = reader.variable("site_ca_key_protection", "passphrase")
    passphrase = reader.variable("site_ca_passphrase")
    if protection not in ("passphrase", "root_only"):
        reader.fault("site_ca_key_protection", f"{protection!r} is neither passphrase nor root_only")
    elif reader.has_fault("site_ca_passphrase"):
        pass  # a vault that was not opened; nothing is known of what is in it
    elif protection == "passphrase" and (not isinstance(passphrase, str) or len(passphrase) < PASSPHRASE_LENGTH):
        length = f"has only {len(passphrase)} characters" if isinstance(passphrase, str) else "is not set"
        reader.fault(
            "site_ca_passphrase",
            f"{length}; give the CA's keys a passphrase of at least {PASSPHRASE_LENGTH} characters, from Ansible Vault"
            " (or say site_ca_key_protection: root_only)",
        )


def devices(reader: Reader) -> tuple[Device, ...]:
    """Parse the machines that Ansible does not manage."""
    found = []
    for path, row in reader.rows("site_devices", Mapping, "a mapping with name and address"):
        reader.keys(path, row, _DEVICE_KEYS)
        reader.fault(f"{path}.name", label_fault(row.get("name")))
        found.append(Device(str(row.get("name")), reader.addresses(f"{path}.address", row.get("address"))))
    return tuple(found)


def _accounts(reader: Reader, variable: str, keys: tuple[str, ...], what: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the rows of a list whose every row has a name of its own."""
    rows: list[tuple[str, Mapping[str, Any]]] = reader.rows(variable, Mapping, f"a mapping with {', '.join(keys)}")
    first: dict[object, str] = {}
    for path, row in rows:
        name = row.get("name")
        reader.keys(path, row, keys)
        reader.fault(f"{path}.name", account_fault(name, what))
        if isinstance(name, str) and first.setdefault(name, path) != path:
            reader.fault(f"{path}.name", f"{name!r} stands at {first[name]} already")
        if row.get("state", "present") not in _STATES[variable]:
            reader.fault(f"{path}.state", f"{row['state']!r} is none of {', '.join(_STATES[variable])}")
        for key in {"admin", "members_only", "join", "invite"}.intersection(row):
            reader.fault(f"{path}.{key}", None if isinstance(row[key], bool) else f"{row[key]!r} is neither true nor false")
    return rows


def users(reader: Reader) -> tuple[str, ...]:
    """Parse the names of those who have an account; their passwords are only checked."""
    rows = _accounts(reader, "site_users", _USER_KEYS, "user")
    for path, row in rows:
        password = row.get("password")
        if row.get("invite") is True:
            fault = "has no use beside invite: true, where people choose their own; leave one of the two out"
            reader.fault(f"{path}.password", None if password is None else fault)
        elif row.get("state", "present") == "present" and (not isinstance(password, str) or len(password) < PASSWORD_LENGTH):
            reader.fault(f"{path}.password", f"must be a text of at least {PASSWORD_LENGTH} characters; keep it in Ansible Vault")
    return tuple(str(row.get("name")) for path, row in rows)


def rooms(reader: Reader) -> tuple[str, ...]:
    """Parse the names of the group rooms."""
    return tuple(str(row.get("name")) for path, row in _accounts(reader, "site_rooms", _ROOM_KEYS, "room"))

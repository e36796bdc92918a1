# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talks to the kernel's packet filter, its settings and the router's addresses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from .error import NatRulesetError
from .iptables_text import batch, trespass
from .iptables_text import canonical as canonical_iptables
from .model import TABLES
from .nft_text import canonical as canonical_nft
from .nft_text import only_ours

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CANARY = "onprem_canary"
SETTINGS = Path("/proc/sys")
#: Part to its programs: what lists and what loads.
IPTABLES = {"ip4": ("iptables-save", "iptables-restore"), "ip6": ("ip6tables-save", "ip6tables-restore")}
PROGRAMS = {**dict.fromkeys(TABLES, "nft"), **{part: restore for part, (_save, restore) in IPTABLES.items()}}
LIMIT = 240
MARK = "== listing"


def run(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in English; text goes to its input."""
    environment = {**os.environ, "PATH": PATH, "LC_ALL": "C.UTF-8"}
    try:
        return subprocess.run(
            list(words), input=text, capture_output=True, text=True, timeout=LIMIT, check=False, env=environment, cwd="/"
        )
    except OSError as error:
        raise NatRulesetError(f"{words[0]} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise NatRulesetError(f"'{' '.join(words)}' did not end in {LIMIT} s") from error


def must(*words: str, text: str = "") -> str:
    """The output of a command that has to succeed."""
    done = run(*words, text=text)
    if done.returncode != 0:
        raise NatRulesetError(f"'{' '.join(words)}' ended with {done.returncode}: {(done.stderr or done.stdout).strip()[:2000]}")
    return done.stdout


def available(part: str) -> bool:
    """Whether the program for a part is installed."""
    return shutil.which(PROGRAMS[part], path=PATH) is not None


def tools(parts: Iterable[str]) -> str:
    """The versions of the programs: another one may spell the same rules differently."""
    return "; ".join(must(PROGRAMS[part], "--version").strip() for part in parts)


def listing(part: str) -> str:
    """What runs: our table for nft, everything for iptables; empty when there is nothing or no program."""
    if not available(part):
        return ""
    if part not in TABLES:
        return must(IPTABLES[part][0])
    done = run("nft", "-s", "list", "table", "inet", TABLES[part])
    if done.returncode != 0 and "No such file" not in done.stderr:
        raise NatRulesetError(f"the live ruleset cannot be read: {done.stderr.strip()}")
    return done.stdout if done.returncode == 0 else ""


def canonical(part: str, text: str) -> str:
    """Our share of a listing, in one spelling."""
    return canonical_nft(text) if part in TABLES else canonical_iptables(text)


def rehearse(part: str, text: str) -> str:
    """Load a text into a network namespace that nobody uses and see what it becomes, in one spelling.

    Raises L(NatRulesetError) when the kernel refuses it, or when it touches anything that is not ours.
    """
    if not available(part):
        raise NatRulesetError(f"{PROGRAMS[part]} is not installed on this host")
    if part in TABLES:
        load_it, show_it = f"nft add table inet {CANARY} && nft -f -", f"nft -s list table inet {TABLES[part]}"
        script = f"{load_it} && nft list tables && echo '{MARK}' && {show_it}"
    else:
        save, restore = IPTABLES[part]
        script = f"{save}; echo '{MARK}'; {restore} --noflush && {save}"
    done = run("unshare", "--net", "--", "sh", "-c", script, text=text)
    if done.returncode != 0:
        said = done.stderr.strip()
        if said.startswith("unshare:"):
            raise NatRulesetError(f"the ruleset cannot be tried in a network namespace of its own: {said}")
        raise NatRulesetError(f"the kernel refuses the ruleset; what runs is left as it is: {said[:2000]}")
    before, _mark, after = done.stdout.partition(f"{MARK}\n")
    if part in TABLES and not only_ours(before, TABLES[part], CANARY):
        raise NatRulesetError(f"ruleset: has to hold table inet {TABLES[part]} and to leave every other table alone")
    if part not in TABLES and (foreign := trespass(before, after)):
        name = "ruleset" if part == "ip4" else "ruleset6"
        raise NatRulesetError(f"{name}: touches what is not ours: {foreign[0]}")
    return canonical(part, after)


def test(part: str, text: str) -> None:
    """Let the kernel check, on top of what runs, what L(load) would load; changes nothing. Raises L(NatRulesetError)."""
    words = ("nft", "--check", "-f", "-") if part in TABLES else (IPTABLES[part][1], "--noflush", "--test")
    done = run(*words, text=text if part in TABLES else batch(text, listing(part)))
    if done.returncode != 0:
        raise NatRulesetError(f"the kernel refuses the ruleset; what runs is left as it is: {done.stderr.strip()[:2000]}")


def load(part: str, text: str) -> None:
    """Make our share of the packet filter what a text says, in one transaction; no text takes it out."""
    if part in TABLES:
        remove = f"table inet {TABLES[part]}\ndelete table inet {TABLES[part]}\n"
        if available(part):
            must("nft", "-f", "-", text=text or remove)
        return
    if not available(part):
        if text:
            raise NatRulesetError(f"{PROGRAMS[part]} is not installed on this host")
        return
    if change := batch(text, listing(part)):
        must(IPTABLES[part][1], "--noflush", text=change)


def settings(names: Iterable[str]) -> dict[str, str | None]:
    """Kernel settings by slashed name; None for one that is not there."""
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = (SETTINGS / name).read_text(encoding="ascii").strip()
        except OSError:
            found[name] = None
    return found


def set_settings(values: Mapping[str, str]) -> None:
    """Write kernel settings; accept_ra before forwarding, or the kernel drops the default route that was advertised."""
    for name in sorted(values, key=lambda name: (not name.endswith("accept_ra"), name)):
        try:
            (SETTINGS / name).write_text(values[name], encoding="ascii")
        except OSError as error:
            raise NatRulesetError(f"the kernel setting {name} cannot be set to {values[name]}: {error.strerror}") from error


def give_back_settings(values: Mapping[str, str]) -> None:
    """Kernel settings back to what they were, unless a file of somebody else in sysctl.d says otherwise."""
    set_settings({name: value for name, value in values.items() if (SETTINGS / name).exists()})
    for name in values:
        run("/usr/lib/systemd/systemd-sysctl", f"--prefix=/{name}")


def own_addresses() -> tuple[str, ...]:
    """Every address of the router, as a network of one."""
    rows = json.loads(must("ip", "-json", "address", "show") or "[]")
    found = {entry["local"] for row in rows for entry in row.get("addr_info", []) if "local" in entry}
    return tuple(sorted(found))

"""One part of a run (a play) as a line for people: its name when it begins, how long it took and who changed when it ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

#: Where the times stand, beside all names but the longest.
_COLUMN = 64
#: So many hosts are named; of more it is said how many.
_NAMED = 6


def duration(seconds: float) -> str:
    """Return a time as people say it: ``0.4 s``, ``12 s``, ``3 min 5 s``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def head(name: str) -> str:
    """Return what is said when a part begins; the rest follows on the same line."""
    shown = " ".join(name.split())
    return f"{shown} ".ljust(_COLUMN - 4, ".") + ".... "


def _listed(hosts: Collection[str]) -> str:
    named = sorted(hosts)
    return ", ".join(named) if len(named) <= _NAMED else f"{len(named)} hosts"


def tail(seconds: float, changes: Mapping[str, int], failed: Collection[str], check: bool = False) -> str:
    """Return what is said when a part ends: the time, the hosts with the number of their changes, and those that failed."""
    said = [duration(seconds)]
    counted = [f"{host} ({number})" for host, number in changes.items() if number]
    if counted:
        said.append(f"{'would change' if check else 'changed'}: {_listed(counted)}")
    if failed:
        said.append(f"failed: {_listed(failed)}")
    return "; ".join(said)


def spoken(words: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what hosts had to say, for each text once: bare where all say the same, else with who says it."""
    speakers: dict[str, list[str]] = {}
    for host, texts in words.items():
        speakers.setdefault("\n".join(texts), []).append(host)
    if len(speakers) < 2:
        return list(speakers)
    return [f"{_listed(hosts)}:{chr(10) if chr(10) in text else ' '}{text}" for text, hosts in speakers.items()]

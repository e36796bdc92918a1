"""Every pair of places calls each other; what came of it, in the words of the plan. Reads what to build as JSON, writes rows.

Started by test_paths.py in mounts, processes and networks of its own.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import desks
import network

SECRET = "a secret of this test alone"


def _places(networks: list[dict[str, str]], rules: str) -> dict[str, list[str]]:
    """Build everything; return the desks of each network, two for each: two places of one kind are a pair as well."""
    found = {"lan0": network.site(rules)}
    for index, one in enumerate(networks):
        found[one["name"]] = [f"{one['name']}.{number}" for number in (0, 1)]
        for number, desk in enumerate(found[one["name"]]):
            network.place(2 * index + number, desk, one["class"])
    return found


def _row(first: str, second: str, pair: tuple[desks.Desk, desks.Desk], ready: list[Future[None]]) -> dict[str, Any]:
    row = {"from": first, "to": second, "way": "none", "from_transport": "", "to_transport": ""}
    if desks.call(*pair, by_relay=False):
        row["way"] = "direct"
        return row
    for one in ready:
        one.result()
    if any(desk.offer for desk in pair) and desks.call(*pair, by_relay=True):
        used = [desk.offer.transport if desk.offer else "udp" for desk in pair]  # media without an address at the relay is UDP
        row.update({"way": "relay", "from_transport": used[0], "to_transport": used[1]})
    return row


def main() -> None:
    given = json.load(sys.stdin)
    named = _places(given["networks"], given["rules"])
    relay = None
    if given["public"]:
        tls = dict(given["offers"]).get("tls", 5349)
        relay = network.relay(Path(given["root"]), Path(given["folder"]), given["public"], tls, SECRET)
    trust = desks.trusted(Path(given["root"]))
    there = {}
    for name, spaces in named.items():
        address = given["public"] and (network.RELAY if name == "lan0" else given["public"])
        there[name] = [desks.Desk(space, address, SECRET, trust) for space in spaces]
    offers = [desks.Offer(*one) for one in given["offers"]]
    everybody = [desk for listed in there.values() for desk in listed]
    for desk in everybody:
        desk.start()
    ready = [desk.do(desk.choose(offers)) for desk in everybody] if relay else []
    pairs = list(combinations_with_replacement(named, 2))
    with ThreadPoolExecutor(len(pairs)) as pool:
        calls = [pool.submit(_row, first, second, (there[first][0], there[second][1]), ready) for first, second in pairs]
        rows = [one.result() for one in calls]
    if relay and relay.poll() is not None:
        raise SystemExit(f"the relay ended with {relay.returncode}")
    json.dump(rows, sys.stdout)


if __name__ == "__main__":
    main()

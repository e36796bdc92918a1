# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that a host falls back with is the package nat_ruleset itself; these are its files."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from ..nat_ruleset import (
    cli,
    conntrack,
    decision,
    difference,
    error,
    files,
    flows,
    generation,
    installation,
    iptables_text,
    kernel,
    model,
    nft_text,
    router,
    seat,
    store,
    view,
)

_PACKAGE = (
    *(cli, conntrack, decision, difference, error, files, flows, generation),
    *(installation, iptables_text, kernel, model, nft_text, router, seat, store, view),
)
_SECONDS = (5, 3600)


def sources() -> dict[str, str]:
    """The text of every file of the package, by name."""
    found: dict[str, str] = {}
    for part in _PACKAGE:
        spec = importlib.import_module(part.__name__).__spec__
        loader = spec.loader if spec else None
        found[part.__name__.rpartition(".")[2]] = loader.get_source(part.__name__)  # type: ignore[union-attr]
    return found


def patience(seconds: int) -> int:
    """How long a host waits for its confirmation, in seconds. Raises L(NatRulesetError)."""
    low, high = _SECONDS
    if seconds and not low <= seconds <= high:
        raise error.NatRulesetError(f"confirm_seconds: {seconds} is neither 0 nor from {low} to {high}")
    return seconds


def serve(module: Any, here: store.Store, request: Callable[[Any], view.Request]) -> None:
    """Do what a task asks for with the rules of C(here), and end the module; C(request) reads what is wanted of its options."""
    params = module.params
    try:
        if params["confirm_token"]:
            result = router.confirm(here, params["confirm_token"])
        elif params["state"] == "absent":
            result = router.remove(here, module.check_mode, module._diff)
        else:
            result = router.apply(here, request(params), module.check_mode, module._diff)
    except (error.NatRulesetError, OSError) as trouble:
        module.fail_json(msg=str(trouble))
    module.exit_json(**result)

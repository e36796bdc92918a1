"""Flows a second of the proof: the plan's own verdict rows through the real kernel, TCP and UDP."""

from __future__ import annotations

import sys
from statistics import median

from .intents import forwards, intent
from .machine import CHECKOUT, BenchmarkError, say

sys.path.insert(0, str(CHECKOUT / ".ansible/collections"))

from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import make
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.error import ProofError
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.proof import serve
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.supervisor import Supervisor

FORWARDS = 1000  # of TCP and of UDP each; some ten thousand rows


def measure(times: int) -> dict[str, float]:
    """Return flows a second by protocol, the median of some proofs of one plan. Raises BenchmarkError when one disagrees."""
    given = intent(forwards(FORWARDS))
    for service in given["services"]:
        service["ports"] += [{**port, "protocol": "udp"} for port in service["ports"]]
    made = make(given, ["nftables"])
    request = {
        "plan": made["plan"],
        "verdicts": made["verdicts"],
        "backend": "nftables",
        "ruleset": made["rendered"]["nftables"],
    }
    answers = []
    for _number in range(times):
        try:
            with Supervisor(serve) as supervisor:
                answers.append(supervisor.ask(request, 300))
        except ProofError as error:
            raise BenchmarkError(f"the proof: {error}") from error
        if not answers[-1]["proved"]:
            raise BenchmarkError(f"the proof disagrees with its plan: {answers[-1]['disagreements'][0]}")
    say(f"proof of {answers[0]['rows']} rows: {median(one['seconds'] for one in answers):.1f} s")
    return {protocol: median(one["flows_per_second"][protocol] for one in answers) for protocol in ("tcp", "udp")}

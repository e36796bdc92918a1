# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One supervisor for all proofs of a test run."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import plan
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.renderers import rendered
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.serial import to_data
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.verdicts import verdicts
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.proof import serve
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.supervisor import Supervisor

BACKENDS = ("nftables", "iptables")


class Prover:
    """Plans and proves intents, with the rules as rendered or with others in their place."""

    def __init__(self, supervisor):
        self.supervisor = supervisor

    def request(self, intent, backend, change=lambda text: text):
        """What the supervisor is asked; ``change`` is done to the rules."""
        made = plan(intent, "", lambda name: {"dual.example.com": ["192.0.2.80", "2001:db8:80::80"]}.get(name, ["192.0.2.81"]))
        texts = rendered(made, [backend])
        return {
            "plan": to_data(made),
            "verdicts": verdicts(made),
            "backend": backend,
            "ruleset": change(texts[backend]),
            "ruleset6": texts.get("ip6tables"),
        }

    def ask(self, request):
        """Prove what a request says."""
        return self.supervisor.ask(request, timeout=120)

    def prove(self, intent, backend):
        """Prove what an intent gives."""
        return self.ask(self.request(intent, backend))


@pytest.fixture(scope="session")
def prover():
    with Supervisor(serve) as supervisor:
        yield Prover(supervisor)

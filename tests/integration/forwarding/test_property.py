# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a valid intent asks for, the kernel does what the plan's verdicts say, with the rules of either backend."""

from __future__ import annotations

from hypothesis import HealthCheck, event, given, settings

from .conftest import BACKENDS
from .intents import intents

#: Intents that are drawn; each is proved once for every backend.
EXAMPLES = 200


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(intent=intents())
def test_the_kernel_agrees_with_every_verdict(prover, intent):
    for backend in BACKENDS:
        result = prover.prove(intent, backend)
        event(f"{result['rows'] // 50 * 50} rows and more")
        assert result["proved"], (backend, result["disagreements"][:3])
        assert result["rows"] > 0

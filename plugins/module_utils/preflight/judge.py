"""Holds surveys against expectations: every finding of the whole site at once."""

from __future__ import annotations

from collections.abc import Mapping

from .expectation import Expectation, Policy
from .finding import BLOCKING, Finding, ordered
from .rules import RULES
from .site import across
from .survey import Survey


def judge(
    hosts: list[str], surveys: Mapping[str, Survey], expected: Mapping[str, Expectation], policy: Policy
) -> tuple[Finding, ...]:
    """Every finding of the site, blocking ones first. A host without a survey or an expectation is a finding too."""
    found: list[Finding] = []
    for host in hosts:
        if host not in surveys or host not in expected:
            remedy = f"Switch it on, look at the message above, and try: ansible {host} -m ansible.builtin.ping"
            found.append(Finding(host, BLOCKING, "reach", "could not be reached, or could not be looked at", remedy))
            continue
        for rule in RULES:
            found.extend(rule(surveys[host], expected[host], policy))
    networks = {network for expectation in expected.values() for network in expectation.networks}
    found.extend(across(list(surveys.values()), networks))
    return ordered(found)

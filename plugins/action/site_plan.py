# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of onprem.chat.site_plan: it hands the inventory to the core and never leaves the controller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.error import ForwardingError
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_shell.answer import answer
from ansible_collections.onprem.chat.plugins.module_utils.intent.error import Problem
from ansible_collections.onprem.chat.plugins.module_utils.site import public
from ansible_collections.onprem.chat.plugins.module_utils.site.arguments import ARGUMENTS
from ansible_collections.onprem.chat.plugins.module_utils.site.error import SiteError
from ansible_collections.onprem.chat.plugins.module_utils.site.model import Site
from ansible_collections.onprem.chat.plugins.module_utils.site.parse import NAT_FIXED_IP, parse_site, router_intent
from ansible_collections.onprem.chat.plugins.module_utils.site.plan import compute
from ansible_collections.onprem.chat.plugins.module_utils.site.reader import Unusable
from ansible_collections.onprem.chat.plugins.module_utils.verify.seats import seats, sitting
from ansible_collections.onprem.chat.plugins.module_utils.verify.ways import ways


class Variables(Mapping[str, Any]):
    """The variables of a host, with those that Ansible cannot resolve as :class:`Unusable` instead of an exception."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables

    def __getitem__(self, name: str) -> Any:
        try:
            return self._variables[name]
        except AnsibleError as error:
            return Unusable(str(error))

    def __contains__(self, name: object) -> bool:
        return name in self._variables

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def _site(groups: Mapping[str, Any], hostvars: Mapping[str, Variables], situation: str) -> tuple[Site, dict[str, Any] | None]:
    """Return the site with the whole answer for its router, which an air gap has not.

    Raises SiteError with the problems of both.
    """
    problems: list[Problem] = []
    forwarding = site = None
    if situation == NAT_FIXED_IP:
        given = {**router_intent(groups, hostvars), "names": {}, "lab": True, "targets": [], "path_prefix": "site_"}
        try:
            forwarding = answer(given)
        except ForwardingError as error:
            problems.extend(error.problems)
    try:
        site = parse_site(groups, hostvars, situation)
    except SiteError as error:
        problems.extend(error.problems)
    if site is not None and forwarding is not None:
        problems.extend(public.check(site, forwarding["plan"]))
    if problems or site is None:
        raise SiteError(problems)
    return site, forwarding


def _address(plan: Mapping[str, Any], host: str, variables: Variables) -> str:
    """Return where a vantage is; outside that is how Ansible reaches it."""
    return str(plan["hosts"][host]["address"] if host in plan["hosts"] else variables.get("ansible_host") or host)


class ActionModule(ActionBase):
    """Compute the plan of the site that the inventory describes."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        result = super().run(tmp, variables)
        _validated, given = self.validate_argument_spec(argument_spec=ARGUMENTS)
        hostvars = {host: Variables(variables["hostvars"][host]) for host in variables["groups"]["all"]}
        try:
            site, forwarding = _site(variables["groups"], hostvars, given["situation"])
            plan = compute(site, forwarding["plan"] if forwarding else None)
        except SiteError as error:
            raise AnsibleActionFail(error.told("The inventory does not describe a site")) from None
        places = sitting(plan, variables["groups"])
        addresses = {host: _address(plan, host, hostvars[host]) for host in places if host in hostvars}
        services = router_intent(variables["groups"], hostvars)["services"]
        found = ways(plan, forwarding, services, places, addresses, ours=bool(variables["groups"].get("routers")))
        seen = {"seats": seats(plan, places, found), "forwarding": forwarding["plan"] if forwarding else {}}
        return {**result, "changed": False, **plan, **seen}

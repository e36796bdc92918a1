# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of onprem.chat.forwarding_plan: it hands its options to the core and never leaves the controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.arguments import ARGUMENTS
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.error import ForwardingError
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_shell.answer import answer


class ActionModule(ActionBase):
    """Compute the forwarding plan of a router."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False
    #: So that `ansible localhost -m onprem.chat.forwarding_plan -a @intent.yml` reaches this plugin.
    supports_raw_params = True

    def _take_file(self) -> None:
        """Put the options of the file ``@intent.yml`` in its place; options that are written beside it win."""
        given = dict(self._task.args)
        text = given.pop("_raw_params", None)
        if text is None:
            return
        if not text.startswith("@"):
            raise AnsibleActionFail(f"{text!r} is no option; write a mapping, or @ and the name of a file that holds it")
        options = self._loader.load_from_file(self._loader.path_dwim(text[1:]), cache="none")
        if not isinstance(options, Mapping):
            raise AnsibleActionFail(f"{text[1:]} does not hold a mapping with router and services")
        self._task.args = {**options, **given}

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars or {})
        self._take_file()
        _validated, given = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            made = answer(given)
        except ForwardingError as error:
            raise AnsibleActionFail(error.told("There is no plan for what is described")) from None
        return {**result, "changed": False, **made}

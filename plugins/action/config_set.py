# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of config_set: checks the options, reads and renders every file, and sends one module call."""

from __future__ import annotations

from pathlib import Path

from ansible.errors import AnsibleActionFail, AnsibleError, AnsibleUndefinedVariable
from ansible.plugins.action import ActionBase
from ansible.template import generate_ansible_template_vars, trust_as_template
from ansible_collections.onprem.chat.plugins.module_utils.config_set.model import ConfigSetError
from ansible_collections.onprem.chat.plugins.module_utils.config_set.parse import parse
from ansible_collections.onprem.chat.plugins.module_utils.config_set.payload import pack

MODULE = "onprem.chat.config_set"
OVERRIDES = {"trim_blocks": True, "lstrip_blocks": False, "newline_sequence": "\n"}  # as ansible.builtin.template


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        del tmp
        task_vars = task_vars or {}
        raw = dict(self._task.args)
        state_directory = raw.pop("state_directory", None)
        try:
            contents = self._contents(parse(raw), raw, task_vars)
        except ConfigSetError as error:
            result.update(failed=True, msg=str(error), errors=list(error.errors))
            return result
        if raw.get("state") == "absent":
            raw["files"] = []
        arguments = {"name": raw["name"], "payload": pack(raw, contents)}
        if state_directory is not None:
            arguments["state_directory"] = state_directory
        result.update(self._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars))
        return result

    def _contents(self, config, raw, task_vars):
        """What the controller has to say about each file, by index; all trouble at once."""
        contents, errors = {}, []
        if config.state == "absent":
            return contents
        for index, file in enumerate(config.files):
            try:
                if file.source.kind == "template":
                    contents[index] = self._render(file, raw["files"][index].get("vars") or {}, task_vars)
                elif file.source.kind == "src":
                    contents[index] = self._read(file.source.value)
                elif file.source.kind == "content":
                    contents[index] = file.source.data
            except (AnsibleError, OSError, UnicodeError) as error:
                errors.append(f"{file.where}.{file.source.kind}: {self._reason(file, error)}")
        if errors:
            raise ConfigSetError(errors)
        return contents

    @staticmethod
    def _reason(file, error):
        """A filter may quote its input in its complaint: for a secret file only an undefined variable is told in full."""
        if file.secret and not isinstance(error, (AnsibleUndefinedVariable, OSError, AnsibleActionFail)):
            return f"cannot be rendered ({type(error).__name__}); the reason is not shown, since the file is secret"
        return str(error)

    def _find(self, folder, name):
        try:
            return self._find_needle(folder, name)
        except AnsibleError as error:
            raise AnsibleActionFail(str(error)) from error

    def _read(self, name):
        path = self._loader.get_real_file(self._find("files", name), decrypt=True)
        try:
            return Path(path).read_bytes()
        finally:
            self._loader.cleanup_tmp_file(path)

    def _render(self, file, extra, task_vars):
        """The bytes that ansible.builtin.template would write."""
        source = self._find("templates", file.source.value)
        variables = {**task_vars, **extra}
        ours = generate_ansible_template_vars(path=file.source.value, fullpath=source, dest_path=file.path)
        if "ansible_managed" in variables:
            del ours["ansible_managed"]
        variables.update(ours)
        templar = self._templar.copy_with_new_env(searchpath=self._searchpath(source, task_vars), available_variables=variables)
        template = trust_as_template(self._loader.get_text_file_contents(source))
        rendered = templar.template(template, escape_backslashes=False, overrides=OVERRIDES)
        return ("" if rendered is None else str(rendered)).encode("utf-8", "surrogateescape")

    def _searchpath(self, source, task_vars):
        folders = [*task_vars.get("ansible_search_path", []), self._loader.get_basedir(), str(Path(source).parent)]
        return [path for folder in folders for path in (f"{folder}/templates", folder)]

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written twice by necessity is held together here: defaults and argument specs, examples and options."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.site.variables import HOST_VARIABLES, SITE_VARIABLES

ROOT = Path(__file__).parents[2]
ROLES = sorted(path for path in (ROOT / "roles").glob("*") if path.is_dir())
MODULES = sorted((ROOT / "plugins" / "modules").glob("*.py"))
PAPERS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "roles").glob("*/README.md"))]
#: What playbooks import alone.
PARTS = {"site_check.yml", "site_lan.yml", "site_verify.yml"}


def load(path: Path):
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_and_argument_specs_agree(role):
    """Every default is documented with the same value, and every optional option has a default or is left out when unset."""
    defaults = load(role / "defaults" / "main.yml") or {}
    entry_points = load(role / "meta" / "argument_specs.yml")["argument_specs"]
    documented = {}
    for entry_point in entry_points.values():
        assert entry_point["short_description"]
        for name, option in entry_point.get("options", {}).items():
            assert option.get("description"), name
            documented[name] = option
    assert set(defaults) <= set(documented), "a default that is not documented"
    for name, option in documented.items():
        assert name.startswith(f"{role.name}_"), name
        if option.get("required"):
            assert name not in defaults, f"{name} is required and has a default"
        elif "default" in option:
            assert name in defaults, f"{name} has a documented default that defaults/main.yml does not set"
            assert defaults[name] == option["default"], name
        else:
            assert name not in defaults, f"{name} has a default that is not documented"


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_tasks_main_is_a_table_of_contents(role):
    """Only imports, unless the whole role is two or three tasks."""
    tasks = load(role / "tasks" / "main.yml")
    if len(tasks) > 3:
        for task in tasks:
            assert set(task) - {"name", "tags", "when", "vars"} <= {"ansible.builtin.import_tasks"}, task.get("name")
    assert (role / "README.md").exists()


def constants(module: Path) -> dict[str, str]:
    """Return the documentation blocks of a module without importing it."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)
    }


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_examples_use_documented_options(module):
    """An example that no longer fits the options is worse than none."""
    blocks = constants(module)
    options = set(yaml.safe_load(blocks["DOCUMENTATION"]).get("options") or {})
    examples = yaml.safe_load(blocks["EXAMPLES"])
    name = f"onprem.chat.{module.stem}"
    uses = [task for task in flatten(examples) if name in task]
    assert uses, "no example uses the module"
    for task in uses:
        assert set(task[name] or {}) <= options, task.get("name")
    assert yaml.safe_load(blocks["RETURN"])


def flatten(tasks):
    """Yield every task of an example, those of plays and blocks too."""
    for task in tasks:
        yield task
        for key in ("tasks", "block", "always", "rescue"):
            yield from flatten(task.get(key, []))


def test_the_manual_names_every_variable_of_a_site():
    """The pages of both situations list what module_utils/site/variables.py knows, no more and no less."""
    manual = "\n".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("air-gap.md", "nat-fixed-ip.md"))
    listed = {line.split("`")[1] for line in manual.splitlines() if line.startswith("| `site_")}
    assert listed == {*SITE_VARIABLES, *HOST_VARIABLES}


def test_the_readme_shows_the_smallest_inventory_whole():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert (ROOT / "inventories" / "minimal" / "hosts.yml").read_text(encoding="utf-8") in readme


def headings(paper: Path):
    """The anchors of a page, as they are made of its headings."""
    text = re.sub(r"^```.*?^```", "", paper.read_text(encoding="utf-8"), flags=re.M | re.S)
    for title in re.findall(r"^#+ (.+)$", text, re.M):
        yield re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_links_lead_somewhere(paper):
    for link in re.findall(r"\]\(([^)\s]+)\)", paper.read_text(encoding="utf-8")):
        place, _hash, anchor = link.partition("#")
        target = paper.parent / place if place else paper
        if ":" in place or (
            target.parent == ROOT / "lab" and not (ROOT / "lab").exists()
        ):  # elsewhere; not in an installed collection
            continue
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


def test_every_page_and_every_playbook_can_be_found():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"](docs/{page.name})" not in readme] == []
    listed = {name for line in table.splitlines() if line.startswith("| `") for name in re.findall(r"`([\w-]+[.]yml)`", line)}
    assert listed == {playbook.name for playbook in (ROOT / "playbooks").glob("*.yml")} - PARTS

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each folder is a file as it was, the settings, and what becomes of it: `config.after`, or the words of the refusal."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.edit import merge
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.error import NatAwareError

GOLDEN = Path(__file__).parents[3] / "golden" / "nat_aware"


def merged(have, settings):
    """What a merge means, in plain data."""
    if isinstance(have, dict) and isinstance(settings, dict):
        found = copy.deepcopy(have)
        for key, value in settings.items():
            found[key] = merged(have[key], value) if key in have else value
        return found
    return settings


@pytest.mark.parametrize("case", sorted(GOLDEN.iterdir()), ids=lambda case: case.name)
def test_golden(case):
    text = (case / "config.before").read_text(encoding="utf-8")
    settings = yaml.safe_load((case / "settings.yml").read_text(encoding="utf-8"))
    try:
        made = merge(text, settings, "config.yaml").text
    except NatAwareError as error:
        assert f"{error}\n" == (case / "error.txt").read_text(encoding="utf-8")
        return
    assert made == (case / "config.after").read_text(encoding="utf-8")
    assert yaml.safe_load(made) == merged(yaml.safe_load(text), settings)
    again = merge(made, settings, "config.yaml")
    assert (again.text, again.changes) == (made, ())

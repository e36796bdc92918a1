# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogues say the same in every language, and the page and the sheet find every word."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

ROLE = Path(__file__).parents[4] / "roles" / "invitations"
WORDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (ROLE / "files/words").glob("*.json")}


def shape(words):
    """Keys with the gaps that are filled in each text."""
    return {key: shape(text) if isinstance(text, dict) else sorted(re.findall(r"{(\w+)}", text)) for key, text in words.items()}


@pytest.mark.parametrize("language", sorted(WORDS))
def test_each_language_says_all_of_it(language):
    assert shape(WORDS[language]) == shape(WORDS["en"])


def test_the_role_serves_every_language_and_the_script_finds_its_texts():
    settings = yaml.safe_load((ROLE / "vars/main.yml").read_text(encoding="utf-8"))
    assert sorted(settings["__invitations_languages"]) == sorted(WORDS)
    pages = {row["path"].rpartition("/")[2] for row in settings["__invitations_own_files"] if "vars" in row}
    assert pages == {f"index.{language}.html" for language in WORDS}
    handed = set(re.findall(r"'(\w+)'", settings["__invitations_told"]))
    assert handed <= set(WORDS["en"])
    script = (ROLE / "files/page/invite.js").read_text(encoding="utf-8")
    assert set(re.findall(r"text\('(\w+)'", script)) | {"used", "expired", "revoked", "unknown", "later", "busy"} <= handed


def test_every_program_is_put_on_the_host():
    settings = yaml.safe_load((ROLE / "vars/main.yml").read_text(encoding="utf-8"))
    programs = {row["src"].rpartition("/")[2] for row in settings["__invitations_programs"]}
    assert programs == {path.name for path in (ROLE / "files/onprem_invitations").glob("*.py")}

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows that the role onboarding puts on the server."""

from __future__ import annotations

import hashlib

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.filter.start_pages import start_pages

TEXTS = [{"language": "en", "name": "English", "texts": {}}]
WISH = {"name": "chat.example.lan", "title": "", "help": "", "ca_certificate": "", "clients": []}


def test_what_is_wrong_is_said_in_the_users_words(tmp_path):
    for change, words in (
        (
            {"clients": [{"system": "windows", "file": str(tmp_path / "none.exe")}]},
            r"onboarding_clients\[0\]\.file: .*No such file",
        ),
        ({"clients": [{"system": "windows"}]}, r"onboarding_clients\[0\]: is not a mapping"),
        ({"ca_certificate": "?"}, "onboarding_ca_certificate: "),
    ):
        with pytest.raises(AnsibleFilterError, match=words):
            start_pages({**WISH, **change}, "/srv/start", TEXTS, "/none")
    with pytest.raises(AnsibleFilterError, match="no English one"):
        start_pages(WISH, "/srv/start", [], "/none")


def test_programs_are_measured(tmp_path, monkeypatch):
    file = tmp_path / "gajim.exe"
    file.write_bytes(b"a program" * 1000)
    seen = []
    monkeypatch.setitem(start_pages.__globals__, "pages", lambda start, texts, draw: seen.append(start) or [])
    made = start_pages({**WISH, "clients": [{"system": "windows", "file": str(file)}]}, "/srv/start", TEXTS, "/none")
    assert made == {
        "files": [],
        "clients": [{"src": str(file), "path": "/srv/start/clients/gajim.exe"}],
        "languages": ["en"],
    }
    (client,) = seen[0].clients
    assert (client.size, client.sha256) == (9000, hashlib.sha256(file.read_bytes()).hexdigest())

"""The role as a playbook runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

PLAYBOOK = Path(__file__).resolve().parent / "publish.yml"


def recap(done):
    """Return what the recap counts."""
    found = re.search(r"ok=(\d+) +changed=(\d+) +unreachable=\d+ +failed=(\d+)", done.stdout)
    assert found, done.stdout + done.stderr
    return {"changed": int(found[2]), "failed": int(found[3])}


@pytest.fixture
def keyed(provider, tmp_path):
    """Variables of a site with a key, as a vault would give them."""
    path = tmp_path / "site.json"

    def write(**changed):
        given = {
            "public_dns_server": "ns1.example.com",
            "public_dns_key_name": "site-key",
            "public_dns_key_secret": provider.secrets["site-key"],
            "public_dns_sheet": str(tmp_path / "sheet.md"),
            **changed,
        }
        path.write_text(json.dumps(given))
        return f"@{path}"

    return write


def test_publishes_once_and_tells_no_secret(provider, keyed, tmp_path):
    secret = provider.secrets["site-key"]
    said = []
    for arguments, changed in ((["--check", "--diff"], 1), (["--diff"], 1), ([], 0), (["--check", "--diff"], 0)):
        done = provider.play(PLAYBOOK, "-vvvv", "-e", keyed(), *arguments)
        assert recap(done) == {"changed": changed, "failed": 0}, done.stdout
        said.append(done)
    assert "+chat.example.com. 300 IN A 203.0.113.10" in said[0].stdout
    assert "published=True missing=0" in said[2].stdout and "published=False missing=2" in said[0].stdout
    assert not (tmp_path / "sheet.md").exists()
    for wrong in ({"public_dns_key_secret": provider.wrong_secret}, {"public_dns_key_name": "nobody"}, {"public_dns_zone": 7}):
        done = provider.play(PLAYBOOK, "-vvvv", "-e", keyed(**wrong))
        assert recap(done)["failed"] == 1
        said.append(done)
    assert "public_dns_key_secret: ns1.example.com (192.0.2.53) says BADSIG" in said[4].stdout
    for done in said:
        assert secret not in done.stdout + done.stderr
        assert provider.wrong_secret not in done.stdout + done.stderr


def test_without_a_key_the_sheet_tells_people_what_to_make(provider, tmp_path):
    sheet = tmp_path / "sheet.md"
    first = provider.play(PLAYBOOK, "-e", f"public_dns_sheet={sheet}")
    assert recap(first) == {"changed": 1, "failed": 0}, first.stdout
    assert "published=False missing=2" in first.stdout
    assert "chat.example.com A should be 203.0.113.10: ns1.example.com (192.0.2.53) has no such record" in " ".join(
        first.stdout.split()
    )
    assert "chat.example.com. 300 IN A 203.0.113.10\n" in sheet.read_text()
    assert recap(provider.play(PLAYBOOK, "-e", f"public_dns_sheet={sheet}")) == {"changed": 0, "failed": 0}
    # somebody enters the lines of the sheet
    records = [
        {"name": "chat", "type": "A", "values": ["203.0.113.10"]},
        {"name": "_xmpp-client._tcp.chat.example.com", "type": "SRV", "values": ["0 5 5222 chat.example.com"]},
    ]
    provider.call(records=records)
    last = provider.play(PLAYBOOK, "--check", "-e", f"public_dns_sheet={sheet}")
    assert recap(last) == {"changed": 0, "failed": 0}
    assert "published=True missing=0" in last.stdout

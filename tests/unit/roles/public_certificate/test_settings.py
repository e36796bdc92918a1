# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings are refused by the names that the role has for them, all at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from public_certificate.command import main
from public_certificate.refusal import Refusal
from public_certificate.settings import ALGORITHMS, Settings, parse

ROLE = Path(__file__).parents[4] / "roles" / "public_certificate"
ACME = {"name": "chat.example.com", "address": "203.0.113.10", "email": "admin@example.com", "terms_agreed": True}
ACME["directory"] = "https://acme.example.net/dir"
DNS = {
    **ACME,
    "challenge": "dns-01",
    "zone": "example.com",
    "dns_server": "ns1.example.com",
    "key_name": "k",
    "key_secret_path": "/k",
}


@pytest.mark.parametrize("raw", [ACME, DNS, {"name": "chat.example.com", "method": "local_ca"}])
def test_good(raw):
    assert parse(raw).name == "chat.example.com"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, ["name: is required"]),
        ({**ACME, "name": "Chat.example.com"}, ["name: 'Chat.example.com' is not"]),
        ({**ACME, "name": "--help.example.com"}, ["name: "]),
        (
            {**ACME, "address": "", "terms_agreed": False, "email": "--help"},
            ["address: ", "email: ", "terms_agreed: is not true"],
        ),
        ({**ACME, "directory": "http://acme.example.net/"}, ["directory: "]),
        ({**ACME, "zone": "example.org"}, ["zone: chat.example.com is not in the zone example.org"]),
        ({**ACME, "challenge": "tls-alpn-01"}, ["challenge: "]),
        ({**ACME, "authoritative": ["ns1"]}, ["authoritative: 'ns1' is not an address"]),
        ({**ACME, "terms_agreed": "yes", "webroot": "here", "units": "nginx"}, ["terms_agreed: ", "units: ", "webroot: "]),
        ({**ACME, "colour": "red"}, ["colour: is not known"]),
        ({**ACME, "challenge": "dns-01"}, ["zone: is required", "dns_server: ", "key_name: ", "key_secret: is required"]),
        ({**DNS, "key_algorithm": "hmac-md5", "dns_port": 0}, ["key_algorithm: ", "dns_port: 0 is not a port"]),
    ],
)
def test_bad(raw, expected):
    with pytest.raises(Refusal) as refused:
        parse(raw)
    found = sorted(refused.value.problems)
    wanted = sorted(f"public_certificate_{words}" for words in expected)
    assert len(found) == len(wanted) and all(problem.startswith(words) for problem, words in zip(found, wanted)), found


def test_the_role_knows_what_the_program_knows():
    variables = yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))
    written = {key for settings in variables["__public_certificate_settings"].values() for key in settings}
    assert written == set(Settings.__dataclass_fields__) - {"tree", "state"}
    modules = {entry["src"].rpartition("/")[2] for entry in variables["__public_certificate_program_files"]}
    assert modules == {path.name for path in (ROLE / "files" / "public_certificate").glob("*.py")}
    options = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"][
        "options"
    ]
    assert tuple(options["public_certificate_key_algorithm"]["choices"]) == ALGORITHMS


def test_verify_reads_from_standard_input_and_says_it_by_the_operators_names(monkeypatch, capsys, tmp_path):
    given = tmp_path / "given"
    given.write_text(json.dumps({"settings": {"name": "chat.example.com", "method": "files"}, "chain": "", "key": "x"}))
    with given.open() as handle:
        monkeypatch.setattr("sys.stdin", handle)
        assert main(["verify", "--given", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["problems"] == [
        "site_public_certificate.certificate: is required with the method files"
    ]

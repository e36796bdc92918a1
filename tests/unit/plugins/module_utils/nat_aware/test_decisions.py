# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a product is told, and when its installer has to run."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.profiles import PROFILES
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware import owed
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.error import NatAwareError
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.place import Place, place
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.planned import planned

ROOT = Path(__file__).parents[5]
PUBLIC, OTHER = "198.51.100.7", "203.0.113.10"


def probe(*names, behind=True):
    return {"behind_nat": behind, "name_addresses": list(names), "reason": "the reason"}


@pytest.mark.parametrize(
    ("found", "given", "answer"),
    [
        (probe(PUBLIC), "", Place(True, PUBLIC, "the reason")),
        (probe(PUBLIC, "2001:db8::1"), "", Place(True, PUBLIC, "the reason")),
        (probe(PUBLIC, "192.168.1.5"), "", Place(True, PUBLIC, "the reason")),
        (probe(), PUBLIC, Place(True, PUBLIC, "the reason")),
        (probe(PUBLIC, OTHER), OTHER, Place(True, OTHER, "the reason")),
        (probe(PUBLIC, behind=False), "", Place(False, PUBLIC, "the reason")),
        (probe(behind=False), "", Place(False, "", "the reason")),
        (probe(), "", "role_public_address: is not given, and the name does not tell it: the reason. Give the address"),
        (probe("192.168.1.5"), "", "role_public_address: is not given, and the name does not tell it"),
        (probe(PUBLIC, OTHER), "", f"role_public_address: is not given, and the name has {PUBLIC} and {OTHER}"),
        (probe(PUBLIC), OTHER, f"role_public_address: is {OTHER}, and the name leads to {PUBLIC}"),
        (probe(), "192.168.1.5", "role_public_address: 192.168.1.5 is private: nobody outside can reach it"),
        (probe(), "100.64.0.1", "role_public_address: 100.64.0.1 is shared"),
        (probe(), "chat", "role_public_address: 'chat' is not an IP address"),
        (probe(behind=None), PUBLIC, "whether the host is behind a NAT cannot be told: the reason"),
    ],
)
def test_where_a_host_is(found, given, answer):
    if isinstance(answer, Place):
        assert place(found, given, lab=True) == answer
        return
    with pytest.raises(NatAwareError) as error:
        place(found, given, lab=True, prefix="role_")
    assert answer in str(error.value)


def test_documentation_addresses_are_for_labs():
    with pytest.raises(NatAwareError, match="is an address for documentation"):
        place(probe(PUBLIC))


DIGEST = owed.digest({"a": 1, "b": 2})


@pytest.mark.parametrize(
    ("changed", "record", "made", "reason"),
    [
        (True, None, True, owed.CHANGED),
        (True, {"ran_with": DIGEST}, True, owed.CHANGED),
        (False, None, True, ""),
        (False, {"ran_with": DIGEST}, True, ""),
        (False, {"ran_with": ""}, True, owed.UNFINISHED),
        (False, {"ran_with": "", "process": {"pid": 1}}, True, owed.UNFINISHED),
        (False, {}, True, owed.UNFINISHED),  # a record that cannot be read
        (False, {"ran_with": "another"}, True, owed.OTHERS),
        (False, None, False, owed.MISSING),
        (False, {"ran_with": DIGEST}, False, owed.MISSING),
    ],
)
def test_when_the_installer_runs(changed, record, made, reason):
    assert owed.why(changed, record, DIGEST, made) == reason


def test_the_order_of_settings_says_nothing():
    assert owed.digest({"b": 2, "a": 1}) == DIGEST != owed.digest({"a": 1, "b": "2"})


def test_a_plan_says_address_and_ports():
    rows = [
        {"service": "puppets", "public": OTHER, "protocol": "tcp", "private_ports": "80", "public_ports": "8080"},
        {"service": "puppets", "public": OTHER, "protocol": "esp", "private_ports": "", "public_ports": ""},
        {"service": "chat", "public": PUBLIC, "protocol": "tcp", "private_ports": "443", "public_ports": "443"},
    ]
    assert planned({"forwards": rows}, "puppets") == {
        "public_address": OTHER,
        "ports": [
            {"protocol": "tcp", "public_address": OTHER, "port": "80", "public_port": "8080"},
            {"protocol": "esp", "public_address": OTHER},
        ],
    }
    with pytest.raises(NatAwareError, match="service of the name x; forwarded is to chat, puppets"):
        planned({"forwards": rows}, "x")


def test_the_role_says_what_the_profile_says():
    """The defaults of the role are what the forwarding plan says a host of aPuppet has to be told."""
    defaults = yaml.safe_load((ROOT / "roles/nat_aware_service/defaults/main.yml").read_text(encoding="utf-8"))
    told = {key: str(value).lower() for key, value in defaults["nat_aware_service_settings"].items()}
    assert told == dict(PROFILES["apuppet"].settings)

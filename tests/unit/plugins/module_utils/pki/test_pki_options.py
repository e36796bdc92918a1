# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may stand in the options of the CA, and what is said of what may not."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.pki.error import PkiError
from ansible_collections.onprem.chat.plugins.module_utils.pki.names import Names
from ansible_collections.onprem.chat.plugins.module_utils.pki.policy import Policy
from ansible_collections.onprem.chat.plugins.module_utils.pki.prediction import is_predicted, predict_csr, read_predicted
from ansible_collections.onprem.chat.plugins.module_utils.pki.scope import Scope

OPTIONS = {
    "name": "Example",
    "domain": "example.lan",
    "further_domains": [],
    "networks": ["192.168.1.0/24"],
    "crl_base_url": "http://pki.example.lan/pki/",
    "key_protection": "passphrase",
    "passphrase": "correct horse battery",
    "key_type": "ecdsa",
    "root_days": 3650,
    "issuing_days": 1825,
    "leaf_days": 397,
    "crl_days": 90,
    "replace": False,
}


def test_good_options():
    policy = Policy.parse(OPTIONS)
    assert policy.crl_url("issuing") == "http://pki.example.lan/pki/issuing.crl"


@pytest.mark.parametrize(
    ("option", "value", "fault"),
    [
        ("name", "", "name: '' must be"),
        ("name", "two\nlines", "name: "),
        ("name", "x" * 49, "name: "),
        ("domain", "exa mple", "domain: 'exa mple' is not a DNS name"),
        ("domain", "192.168.1.0", "domain: '192.168.1.0' ends in a number"),
        ("domain", "*.example.lan", "domain: "),
        ("domain", "büro.lan", "domain: büro.lan is not ASCII: write it as xn--bro-hoa.lan"),
        ("networks", ["192.168.1.1/24"], "networks[0]: '192.168.1.1/24' is not a network: 192.168.1.1/24 has host bits set"),
        ("networks", ["192.168.1.0/24", "::/0"], "networks[1]: ::/0 is every address there is"),
        ("crl_base_url", "https://pki.example.lan", "crl_base_url: "),
        ("crl_base_url", "http:///pki", "crl_base_url: "),
        ("crl_base_url", "http://pki.example.lan/p ki", "crl_base_url: "),
        ("crl_base_url", "http://[pki", "crl_base_url: "),
        ("passphrase", "elevenchars", "passphrase: has 11 characters, at least 12 are needed"),
        ("passphrase", None, "passphrase: is missing"),
        ("leaf_days", 826, "leaf_days: 826 is not within 7 to 825"),
        ("crl_days", 0, "crl_days: 0"),
        ("issuing_days", 456, "issuing_days: 456 must be at least 457"),
        ("root_days", 1884, "root_days: 1884 must be at least 1885"),
    ],
)
def test_bad_option(option, value, fault):
    with pytest.raises(PkiError) as error:
        Policy.parse({**OPTIONS, option: value})
    assert len(error.value.faults) == 1
    assert error.value.faults[0].startswith(fault)


def test_all_faults_at_once():
    with pytest.raises(PkiError) as error:
        Policy.parse({**OPTIONS, "name": "", "domain": ".", "networks": ["a", "b"], "passphrase": "short", "leaf_days": 9999})
    assert [fault.split(":")[0] for fault in error.value.faults] == [
        "domain",
        "networks[0]",
        "networks[1]",
        "name",
        "passphrase",
        "leaf_days",
        "issuing_days",
    ]


def test_root_only_needs_no_passphrase():
    assert Policy.parse({**OPTIONS, "key_protection": "root_only", "passphrase": None})


@pytest.mark.parametrize(
    ("networks", "permitted", "excluded"),
    [
        ([], [], ["0.0.0.0/0", "::/0"]),
        (["192.168.1.0/24"], ["192.168.1.0/24"], ["::/0"]),
        (["fd00:1::/64"], ["fd00:1::/64"], ["0.0.0.0/0"]),
        (["192.168.1.0/24", "fd00:1::/64"], ["192.168.1.0/24", "fd00:1::/64"], []),
        (["192.168.1.0/25", "192.168.1.128/25", "192.168.1.7/32"], ["192.168.1.0/24"], ["::/0"]),
    ],
)
def test_every_kind_of_name_is_constrained(networks, permitted, excluded):
    assert Scope.parse("example.lan", networks).subtrees().texts() == (
        "permitted DNS:example.lan",
        "permitted email:example.lan",
        "permitted email:.example.lan",
        "permitted URI:example.lan",
        "permitted URI:.example.lan",
        *(f"permitted IP:{network}" for network in permitted),
        *(f"excluded IP:{network}" for network in excluded),
    )


def test_names_outside():
    scope = Scope.parse("example.lan", ["192.168.1.0/24"])
    inside = Names.parse(["example.lan", "a.b.example.lan", "*.example.lan"], ["192.168.1.30"], "")
    outside = Names.parse(["badexample.lan", "example.com", "*.lan.example"], ["192.168.2.30", "fd00::1"], "")
    assert scope.outside(inside) == ()
    assert len(scope.outside(outside)) == 5


@pytest.mark.parametrize(
    ("dns", "addresses", "faults"),
    [
        ([], [], ["at dns_names: a certificate needs at least one DNS name or address"]),
        (["a_b.example.lan"], [], ["at dns_names[0]: 'a_b.example.lan' is not a DNS name"]),
        (["-a.example.lan"], ["192.168.1.300"], ["at dns_names[0]:", "at addresses[0]: '192.168.1.300' is not an IP address"]),
        (
            ["a..b", "a." * 130 + "lan", "*", "a.*.lan"],
            [],
            ["at dns_names[0]", "at dns_names[1]", "at dns_names[2]", "at dns_names[3]"],
        ),
        ([], ["0.0.0.0", "224.0.0.1", "fe80::1%eth0"], ["at addresses[0]", "at addresses[1]", "at addresses[2]"]),
    ],
)
def test_bad_names(dns, addresses, faults):
    with pytest.raises(PkiError) as error:
        Names.parse(dns, addresses, "at ")
    assert len(error.value.faults) == len(faults)
    for fault, start in zip(error.value.faults, faults):
        assert fault.startswith(start)


def test_prediction_carries_the_names():
    names = Names.parse(["Chat.Example.LAN.", "pki.example.lan"], ["192.168.1.30", "fd00::30"], "")
    assert names.dns == ("chat.example.lan", "pki.example.lan")
    assert is_predicted(predict_csr(names))
    assert read_predicted(predict_csr(names), "requests[0]") == names
    with pytest.raises(PkiError):
        read_predicted("predicted: nonsense", "requests[0]")

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the CA decides: each case of the table once, then whatever life brings."""

from __future__ import annotations

import datetime
import itertools
from dataclasses import replace

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.pki.authority import carry_out
from ansible_collections.onprem.chat.plugins.module_utils.pki.error import PkiError
from ansible_collections.onprem.chat.plugins.module_utils.pki.index import Index, serial_text
from ansible_collections.onprem.chat.plugins.module_utils.pki.key import key_id, make_key
from ansible_collections.onprem.chat.plugins.module_utils.pki.names import Names
from ansible_collections.onprem.chat.plugins.module_utils.pki.plan import Request, plan
from ansible_collections.onprem.chat.plugins.module_utils.pki.policy import BACKDATE, Policy
from ansible_collections.onprem.chat.plugins.module_utils.pki.scope import Scope

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")
pytest.importorskip("cryptography")

START = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
SECOND = datetime.timedelta(seconds=1)
POLICY = Policy(
    "Example", Scope.parse("example.lan", ["192.168.1.0/24"]), "http://pki.example.lan/pki", "ecdsa", 3650, 1825, 397, 90, False
)
KEYS = {key_id(key): key for key in (make_key("ecdsa").public_key() for number in range(4))}
KEY = list(KEYS)


def request(name="chat.example.lan", key=0, dns=("chat.example.lan",), addresses=("192.168.1.30",), **options):
    return Request(f"requests[{name}]", name, Names.parse(dns, addresses, ""), KEY[key], **options)


class Site:
    """A CA in memory, with the clock in hand."""

    def __init__(self):
        self.index, self.keys, self.now = Index(), {}, START
        self.serials = itertools.count(2**125)

    def plan(self, *requests, policy=POLICY, revoked=()):
        return plan(policy, requests, revoked, self.index, self.now)

    def run(self, *requests, policy=POLICY, revoked=(), after=0):
        self.now += datetime.timedelta(days=after)
        steps = self.plan(*requests, policy=policy, revoked=revoked)
        outcome = carry_out(steps, policy, self.index, self.keys, KEYS, self.now, lambda: next(self.serials))
        self.index, self.keys = outcome.index, dict(outcome.keys)
        assert self.plan(*requests, policy=policy, revoked=revoked).empty, "a second run changes something"
        return steps

    def serial(self, name="chat.example.lan"):
        return serial_text(self.index.newest("leaf", name).serial)


@pytest.fixture
def site():
    site = Site()
    site.run(request())
    return site


def test_first_run():
    steps = Site().run(request())
    assert (steps.root.action, steps.issuing.action) == ("new", "new")
    assert [reason for _request, reason in steps.issue] == ["first certificate"]
    assert [kind for kind, _reason in steps.crls] == ["root", "issuing"]


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (request(key=1), "the key changed"),
        (request(dns=("chat.example.lan", "pki.example.lan")), "the names changed"),
        (request(addresses=()), "the names changed"),
        (request(name="other"), "first certificate"),
    ],
)
def test_new_certificate(site, wish, reason):
    steps = site.plan(wish)
    assert [why for _request, why in steps.issue] == [reason]
    assert (steps.root.action, steps.issuing.action, steps.crls) == ("keep", "keep", ())


def test_renewed_in_its_last_third(site):
    # 397 days from the day before: less than a third is left from day 263 on (264 2/3 days minus the day before)
    assert not site.run(request(), after=263).issue
    assert site.run(request(), after=1).issue[0][1].startswith("it ends on 2027-12-22")


def test_others_are_not_touched(site):
    site.run(request(), request(name="other", key=1))
    before = site.serial()
    assert [wish.name for wish, _reason in site.run(request(), request(name="other", key=2)).issue] == ["other"]
    assert site.serial() == before


def test_a_name_no_longer_asked_for_is_left_alone(site):
    assert site.run().empty


def test_revoked_by_serial(site):
    serial = site.serial()
    steps = site.run(request(), revoked=[serial.lower()])
    assert [serial_text(number) for number in steps.revoke] == [serial]
    assert steps.issue == ()
    assert steps.refused[0][0] == "chat.example.lan"
    assert steps.crls == (("issuing", "a certificate was revoked"),)
    assert site.index.crls["issuing"].serials == (int(serial, 16),)
    # the same list with a new key, then the old key again, first without and then with leave
    assert site.run(request(key=1), revoked=[serial]).issue[0][1] == f"{serial} is revoked"
    assert site.run(request(), revoked=[serial]).refused
    assert site.run(request(accept_revoked_key=True), revoked=[serial]).issue[0][1] == "the key changed"


def test_revoked_by_name_gets_nothing_new(site):
    serial = ":".join(site.serial()[i : i + 2] for i in range(0, 32, 2))
    assert site.run(request(key=1, accept_revoked_key=True), revoked=["chat.example.lan"]).refused
    assert site.run(request(key=1)).issue
    assert site.run(request(key=1), revoked=[serial]).empty


def test_what_was_revoked_stays_revoked(site):
    serial = site.serial()
    site.run(request(), revoked=[serial])
    assert site.run(request(key=1)).issue
    assert site.index.crls["issuing"].serials == (int(serial, 16),)


def test_revoked_issuing_ca_is_replaced_with_all_its_certificates(site):
    issuing = site.index.newest("issuing")
    steps = site.run(request(), revoked=[serial_text(issuing.serial)])
    assert (steps.root.action, steps.issuing.action) == ("keep", "new")
    assert steps.issue[0][1] == "the issuing CA changed"
    assert site.index.newest("issuing").generation == 2
    assert site.index.crls["root"].serials == (issuing.serial,)


def test_changed_networks_keep_keys_and_certificates(site):
    wider = replace(POLICY, scope=Scope.parse("example.lan", ["192.168.0.0/16"]))
    root, issuing, serial = site.index.newest("root"), site.index.newest("issuing"), site.serial()
    steps = site.run(request(), policy=wider)
    assert (steps.root.action, steps.issuing.action, steps.issue) == ("renew", "renew", ())
    assert (site.index.newest("root").key, site.index.newest("issuing").key, site.serial()) == (root.key, issuing.key, serial)


def test_changed_crl_address(site):
    steps = site.run(request(), policy=replace(POLICY, crl_base_url="http://chat.example.lan/pki"))
    assert (steps.root.action, steps.issuing.action) == ("keep", "renew")
    assert steps.issue[0][1] == "the address of the CRL changed"


@pytest.mark.parametrize(
    ("change", "words"), [({"name": "Other"}, "called 'Example', not 'Other'"), ({"key_type": "rsa"}, "has ecdsa keys, not rsa")]
)
def test_another_ca_must_be_asked_for(site, change, words):
    with pytest.raises(PkiError, match=words):
        site.plan(request(), policy=replace(POLICY, **change))
    steps = site.run(request(), policy=replace(POLICY, replace=True, **change))
    assert (steps.root.action, steps.issuing.action, len(steps.issue), len(steps.crls)) == ("new", "new", 1, 2)
    assert site.index.newest("root").generation == 2


def test_crl_is_refreshed_after_a_third(site):
    assert not site.run(request(), after=28).crls
    assert [kind for kind, _reason in site.run(request(), after=2).crls] == ["root", "issuing"]


def test_expired_entry_leaves_the_crl_one_crl_later(site):
    site.run(request(), revoked=[site.serial()])
    assert len(site.index.crls["issuing"].serials) == 1
    site.run(after=396)
    site.run(after=40)
    site.run(after=40)
    assert site.index.crls["issuing"].serials == ()


@pytest.mark.parametrize(
    ("wishes", "revoked", "faults"),
    [
        (
            [request(dns=("chat.example.com",))],
            [],
            ["requests[chat.example.lan] (chat.example.lan): chat.example.com is outside"],
        ),
        ([request(addresses=("192.0.2.1",))], [], ["requests[chat.example.lan] (chat.example.lan): 192.0.2.1 is outside"]),
        (
            [request(), request()],
            [],
            ["requests[chat.example.lan] (chat.example.lan): requests[chat.example.lan] has the same name"],
        ),
        ([request()], ["nobody"], ["revoked[0]: no certificate has the name or serial 'nobody' (names: chat.example.lan)"]),
        ([request()], ["AB:CD"], ["revoked[0]: no certificate"]),
    ],
)
def test_refused_before_anything_is_done(site, wishes, revoked, faults):
    before = site.index
    with pytest.raises(PkiError) as error:
        site.run(*wishes, revoked=revoked)
    assert len(error.value.faults) == len(faults)
    for fault, start in zip(error.value.faults, faults):
        assert fault.startswith(start)
    assert site.index == before


def test_root_is_not_revoked(site):
    with pytest.raises(PkiError, match="is the root certificate"):
        site.run(revoked=[serial_text(site.index.newest("root").serial)])


def test_revoked_key_under_a_new_name(site):
    site.run(revoked=["chat.example.lan"])
    with pytest.raises(PkiError, match="its key is that of a revoked certificate"):
        site.run(request(name="other"))


def test_no_serial_is_used_twice(site):
    used = site.index.newest("leaf").serial
    site.serials = iter([used, used, 5])
    site.run(request(key=1))
    assert site.index.newest("leaf").serial == 5


def test_clock_in_the_past(site):
    site.now -= datetime.timedelta(hours=20)
    assert site.plan(request()).empty
    site.now -= DAY
    with pytest.raises(PkiError, match="clock: this host says 2026-11-19"):
        site.plan(request())


def test_index_survives_writing(site):
    site.run(request(), request(name="other", key=1, dns=(), addresses=("192.168.1.9",)), revoked=[site.serial()])
    assert Index.parse(site.index.render(), "index.json") == site.index


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 1}', '{"version": 1, "entries": [{}], "crls": {}}'])
def test_damaged_index(text):
    with pytest.raises(PkiError, match=r"index\.json: is damaged"):
        Index.parse(text, "index.json")


def test_index_of_another_version():
    with pytest.raises(PkiError, match="is of version 9"):
        Index.parse('{"version": 9}', "index.json")


NETWORKS = st.sampled_from([("192.168.1.0/24",), ("192.168.0.0/16",), ("192.168.1.0/24", "fd00:1::/64")])
WISHES = st.lists(
    st.builds(
        request,
        name=st.sampled_from(["chat.example.lan", "other", "third"]),
        key=st.integers(0, 3),
        dns=st.sampled_from([("chat.example.lan",), ("chat.example.lan", "pki.example.lan")]),
        addresses=st.sampled_from([(), ("192.168.1.30",), ("192.168.1.30", "192.168.1.31")]),
        accept_revoked_key=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda wish: wish.name,
)
RUN = st.tuples(st.integers(0, 700), WISHES, NETWORKS, st.sampled_from(["", "chat.example.lan", "issuing", "leaf", "new name"]))


@hypothesis.settings(max_examples=40)
@hypothesis.given(st.lists(RUN, min_size=1, max_size=8))
def test_whatever_happens(runs):
    """Run after run with any pause, any wish: the CA is always fit, forgets nothing and never turns back."""
    site, policy, revoked = Site(), POLICY, []
    for days, wishes, networks, event in runs:
        policy = replace(policy, scope=Scope.parse("example.lan", networks), replace=True)
        if event == "new name":
            policy = replace(policy, name=policy.name + "x")
        kind = event if event in ("issuing", "leaf") else None
        newest = site.index.newest(kind) if kind else None
        revoked = [serial_text(newest.serial)] if newest else [event] if site.index.newest("leaf", event) else []
        before = site.index
        try:
            steps = site.run(*wishes, policy=policy, revoked=revoked, after=days)
        except PkiError as error:
            assert all("revoked" in fault for fault in error.faults), error.faults
            assert site.index == before
            continue
        holds(site, policy, wishes, steps, before)


@pytest.mark.parametrize("pause", [60, 89])
def test_twenty_years(pause):
    """Run every two or three months: never cut short, never expired, and the keys of the CA stay."""
    site, wishes, kinds = Site(), [request()], set()
    for _run in range(20 * 365 // pause):
        before = site.index
        steps = site.run(*wishes, after=pause)
        holds(site, POLICY, wishes, steps, before)
        kinds |= {("root", steps.root.action), ("issuing", steps.issuing.action)}
    assert kinds == {(kind, action) for kind in ("root", "issuing") for action in ("new", "keep", "renew")}
    assert {entry.generation for entry in site.index.entries} == {0, 1}


def holds(site, policy, wishes, steps, before):
    index, now = site.index, site.now
    root, issuing = index.newest("root"), index.newest("issuing")
    assert len(index.serials()) == len(index.entries)
    for old, new in zip(before.entries, index.entries):
        assert old == replace(new, revoked=old.revoked)
        assert old.revoked in (None, new.revoked)
    assert now < issuing.not_after <= root.not_after
    assert issuing.issuer == root.key
    assert not issuing.revoked
    assert set(site.keys) == {root.key, issuing.key}
    refused = dict(steps.refused)
    for wish in wishes:
        leaf = index.newest("leaf", wish.name)
        if wish.name in refused:
            continue
        assert (leaf.key, leaf.dns, leaf.addresses) == (wish.key, wish.names.dns, wish.names.address_texts())
        assert (leaf.issuer, leaf.revoked) == (issuing.key, None)
        assert now + 120 * DAY < leaf.not_after <= issuing.not_after
    spans = {"root": 3650, "issuing": 1825, "leaf": 397}
    assert all(entry.not_after - entry.not_before == spans[entry.kind] * DAY - SECOND for entry in index.entries), "cut short"
    for kind, authority in (("root", root), ("issuing", issuing)):
        crl = index.crls[kind]
        assert crl.issuer == authority.key
        assert crl.this_update <= now < crl.next_update - 59 * DAY
        open_entries = {e.serial for e in index.entries if e.revoked and e.issuer == authority.key and e.not_after > now}
        assert open_entries <= set(crl.serials)
        if kind in before.crls and crl != before.crls[kind]:
            assert crl.number > before.crls[kind].number
    assert all(entry.not_before == entry.made - BACKDATE for entry in index.entries)

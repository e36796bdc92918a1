"""What a run has to do."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset import decision, files, model, seat
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset.model import FORWARDING4, FORWARDING6, Wanted

STATE = Wanted("nftables", {"nft": "text"}, {"nft": "digest"}, sysctl={FORWARDING4: "1"}, original={FORWARDING4: "0"})
LIVE = {"nft": "digest", "ip4": "", "ip6": ""}
ON = {FORWARDING4: "1"}


def decide(wanted=STATE, confirmed=STATE, pending=None, live=None, settings=None, seconds=60):
    return decision.decide(wanted, [confirmed, pending], LIVE if live is None else live, settings or ON, seconds)


def test_nothing_to_do():
    assert not decide().needed
    assert not decide().confirm


def test_a_fresh_router():
    found = decide(confirmed=None, live={}, settings={FORWARDING4: "0"})
    assert (found.load, found.settings, found.persist, found.confirm) == (("nft",), {FORWARDING4: "1"}, True, True)
    assert not decide(confirmed=None, live={}, seconds=0).confirm


def test_what_runs_unconfirmed_has_to_be_confirmed():
    found = decide(confirmed=None)
    assert (found.load, found.persist, found.confirm) == ((), True, True)


def test_rules_that_somebody_altered_are_loaded_again():
    assert decide(live={"nft": "other"}).load == ("nft",)
    assert decide(live={}).confirm
    assert decide(live={**LIVE, "ip4": "old backend"}).load == ("ip4",)


def test_a_comment_is_stored_without_a_confirmation():
    found = decide(wanted=replace(STATE, texts={"nft": "# another\ntext"}))
    assert (found.load, found.persist, found.confirm) == ((), True, False)


def test_settings_that_are_no_longer_wanted_go_back():
    six = replace(STATE, sysctl={**ON, FORWARDING6: "1"}, original={FORWARDING4: "0", FORWARDING6: "0"})
    found = decide(confirmed=six, settings={**ON, FORWARDING6: "1"})
    assert found.settings == {FORWARDING6: "0"}
    assert decide(pending=six, settings={**ON, FORWARDING6: "1"}).settings == {FORWARDING6: "0"}
    assert decide(confirmed=six, settings={**ON, FORWARDING6: "0"}).settings == {}


def test_router_advertisements_are_still_taken():
    name = decision.accept_ra("wan0.5")
    assert name == "net/ipv6/conf/wan0.5/accept_ra"
    assert decision.wanted_settings(True, ("wan0.5",), {name: "1"}) == {FORWARDING4: "1", FORWARDING6: "1", name: "2"}
    assert name not in decision.wanted_settings(True, ("wan0.5",), {name: "0"})
    assert decision.wanted_settings(False, ("wan0.5",), {name: "1"}) == {FORWARDING4: "1"}
    assert f"{name} = 2\n" in files.sysctl_conf(seat.ROUTER, {name: "2"})


def test_the_first_original_is_the_one_that_counts():
    assert decision.original_settings(ON, {FORWARDING4: "1"}, STATE, None) == {FORWARDING4: "0"}
    assert decision.original_settings(ON, {FORWARDING4: "1"}, None, None) == {FORWARDING4: "1"}


def test_what_is_stored_comes_back():
    state = replace(STATE, openings=({"host": "192.0.2.1", "public": "192.0.2.2"},), networks=("192.0.2.0/24",), tools="nft 1")
    assert model.load(model.dump(state), state.texts) == state
    assert state.same(replace(state, canonical={}, tools="nft 2"))

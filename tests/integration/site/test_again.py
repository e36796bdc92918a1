"""On a finished site: the same playbook with other words (ONPREM_OPTIONS) changes what they say; the run after it nothing."""

from __future__ import annotations


def test_another_wish_is_met_and_stays(site):
    foreseen = site.changes(site.run("--check", "--diff"))
    assert site.changes(site.run()) == foreseen
    assert any(foreseen.values()), "the site was as wished before"
    assert set(site.changes(site.run()).values()) == {0}

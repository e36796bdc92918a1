"""On bare hosts: `--check --diff` tells what would be done, does none of it, and prints no secret."""

from __future__ import annotations


def test_check_mode_on_a_fresh_site(site):
    before = site.fingerprints()
    output = site.run("--check", "--diff", "-vvv")
    assert site.fingerprints() == before
    changes = site.changes(output)
    assert all(changes[host] > 0 for host in site.hosts()), "a bare host has everything before it"
    for foreseen in ("+++ after: /etc/bind/named.conf", "ejabberd.yml", "chrony.conf", "onprem"):
        assert foreseen in output
    site.assert_no_secret(output)

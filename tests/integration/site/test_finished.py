"""On a finished site: a run changes nothing, check mode says so, no output holds a secret, and a reboot is survived."""

from __future__ import annotations


def test_nothing_left_to_do(site):
    before = site.fingerprints()
    output = site.run("--check", "--diff", "-vvv")
    assert set(site.changes(output).values()) == {0}
    assert "+++ after" not in output
    site.assert_no_secret(output)
    again = site.run("-vvv")
    assert set(site.changes(again).values()) == {0}
    site.assert_no_secret(again)
    assert site.fingerprints() == before


def test_everything_comes_back_after_a_reboot(site):
    """The verification at the end of the playbook is the judge; nothing has to be started by hand."""
    site.reboot()
    for host in site.hosts():
        assert site.shell(host, "systemctl list-units --failed --no-legend") == ""
    assert set(site.changes(site.run()).values()) == {0}


def test_the_chat_restarts_under_its_open_port_mapper(site):
    """Closed and opened again at once, the socket's address may still be taken, and ejabberd would stay down."""
    (chat,) = [host for host in site.hosts() if host.startswith("chat")]
    opened = "systemctl show --property=InvocationID,ActiveState epmd.socket"
    before = site.shell(chat, opened)
    assert "ActiveState=active" in before
    site.shell(chat, "systemctl restart ejabberd")
    assert site.shell(chat, opened) == before
    assert "127.0.0.1:4369" in site.shell(chat, "ss -Hlnt 'sport = :4369'")

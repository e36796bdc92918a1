"""Folders that change as a whole."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset import generation, installation
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset.model import Wanted
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset.store import Pending, Store

STATE = Wanted("iptables", {"ip4": "*nat\n", "ip6": ""}, {"ip4": "d"}, sysctl={"a": "1"}, original={"a": "0"}, tools="t")


def test_old_or_new_and_nothing_beside(tmp_path):
    link = tmp_path / "here" / "link"
    for files in ({"a": "1", "sub/b": "2"}, {"a": "2"}, {"a": "2"}, {"a": "1", "sub/b": "2"}):
        generation.publish(link, files)
        assert generation.read(link) == files
        assert len(list(link.parent.iterdir())) == 2
    generation.retract(link)
    assert list(link.parent.iterdir()) == []


@pytest.mark.parametrize("leftover", ["link-new", "link-old", "link-0123456789abcdef", ".link.link"])
def test_what_a_killed_run_left_is_in_nobodys_way(tmp_path, leftover):
    link = tmp_path / "link"
    generation.publish(link, {"a": "1"})
    (tmp_path / leftover).mkdir() if leftover != ".link.link" else (tmp_path / leftover).symlink_to("nowhere")
    assert generation.read(link) == {"a": "1"}
    generation.publish(link, {"a": "2"})
    assert generation.read(link) == {"a": "2"}
    assert len(list(tmp_path.iterdir())) == 2


def test_the_routers_memory(tmp_path):
    store = Store(tmp_path)
    assert store.confirmed() is None
    assert store.pending() is None
    store.confirm(STATE)
    store.promise(Pending("token", 7.0, STATE))
    assert STATE.same(store.confirmed())
    assert store.pending().token == "token"
    assert store.pending().left() == 0
    store.forget()
    assert store.pending() is None
    store.thank("token")
    assert store.thanked() == "token"
    assert installation.conf_missing(store, STATE)
    installation.write_conf(store, STATE)
    assert not installation.conf_missing(store, STATE)
    assert installation.traces(store)


def test_one_at_a_time(tmp_path):
    store = Store(tmp_path)
    with store.lock():
        with pytest.raises(Exception, match="another run works on the ruleset"), store.lock(0.1):
            pass
        with store.lock(0.1, insist=True):
            pass
        store.unlock_for_good()
    with store.lock(0.1):
        pass

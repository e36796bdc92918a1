# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure parts as tables: units, plans, diffs, masks."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.config_set.diff import make_diff
from ansible_collections.onprem.chat.plugins.module_utils.config_set.journal import Pending
from ansible_collections.onprem.chat.plugins.module_utils.config_set.manifest import Entry, Manifest, Original, decode, encode
from ansible_collections.onprem.chat.plugins.module_utils.config_set.model import ServiceSpec
from ansible_collections.onprem.chat.plugins.module_utils.config_set.node import NONE, Node, Op
from ansible_collections.onprem.chat.plugins.module_utils.config_set.plan import Want, make_plan
from ansible_collections.onprem.chat.plugins.module_utils.config_set.redact import redact, secret_words
from ansible_collections.onprem.chat.plugins.module_utils.config_set.systemd import (
    Actions,
    Unit,
    levels,
    parse_show,
    plan_units,
    removed_units,
    undo_units,
    unit_of,
)

OWNER = "owner: root\ngroup: root\n"
HIDDEN = "(content not shown: the file is not readable for everybody)\n"


def node(content: str = "x\n", mode: int = 0o644, uid: int = 0) -> Node:
    return Node("file", uid, 0, mode, "root" if uid == 0 else "games", "root", content.encode(), len(content))


def put(path: str, on_change: str = "none", secret: bool = False) -> Op:
    return Op(path, node("old\n"), node("new\n"), "files[0]", secret, on_change)


def unit(active: str = "active", **more) -> Unit:
    return Unit("a.service", **{"load": "loaded", "active": active, "sub": "running", "file_state": "enabled", **more})


def service(**more) -> ServiceSpec:
    return ServiceSpec("services[0]", "a", **more)


STARTED = service(enabled=True, state="started", on_change="reload")


@pytest.mark.parametrize(
    ("wish", "state", "wanted", "expected"),
    [
        (STARTED, unit(), {}, {}),
        (STARTED, unit(), {"a.service": "reload"}, {"reload": ("a.service",)}),
        (STARTED, unit(can_reload=False), {"a.service": "reload"}, {"restart": ("a.service",)}),
        (STARTED, unit(), {"a.service": "restart"}, {"restart": ("a.service",)}),
        (STARTED, unit("inactive"), {"a.service": "reload"}, {"start": ("a.service",)}),
        (STARTED, unit("failed"), {}, {"start": ("a.service",)}),
        (STARTED, unit("activating", sub="auto-restart"), {}, {"start": ("a.service",)}),
        (STARTED, unit("activating", sub="start"), {}, {}),
        (STARTED, unit(file_state="disabled"), {}, {"enable": ("a.service",)}),
        (STARTED, unit(file_state="static"), {}, {}),
        (STARTED, unit("inactive", oneshot_done=True), {}, {}),
        (STARTED, unit("inactive", oneshot_done=True), {"a.service": "restart"}, {"start": ("a.service",)}),
        (STARTED, unit("inactive", condition_failed=True), {}, {}),
        (STARTED, unit("inactive", condition_failed=True), {"a.service": "restart"}, {"start": ("a.service",)}),
        (service(), unit("inactive"), {"a.service": "restart"}, {}),
        (service(state="stopped"), unit(), {"a.service": "restart"}, {"stop": ("a.service",)}),
        (service(state="stopped"), unit("failed"), {}, {}),
        (service(state="stopped"), unit("activating", sub="auto-restart"), {}, {"stop": ("a.service",)}),
        (service(state="stopped"), Unit("a.service"), {}, {}),
        (service(enabled=False), unit(), {}, {"disable": ("a.service",)}),
        (service(enabled=False), unit(file_state="static"), {}, {}),
        (service(enabled=False), unit(load="masked", file_state="masked"), {}, {}),
        (service(on_change="reload"), Unit("a.service"), {"a.service": "reload"}, {}),
    ],
)
def test_units(wish, state, wanted, expected):
    found = plan_units([wish], {"a.service": state}, wanted, tolerate=False)
    assert dict(found.units) == expected
    assert not found.errors


@pytest.mark.parametrize(
    ("state", "tolerate", "expected"),
    [
        (Unit("a.service"), False, "services[0].name: a.service does not exist on the host"),
        (Unit("a.service"), True, None),
        (Unit("a.service", load="bad-setting"), False, "services[0].name: a.service cannot be loaded by systemd (bad-setting)"),
        (Unit("a.service", load="masked"), True, "services[0].name: a.service is masked; run 'systemctl unmask a.service'"),
    ],
)
def test_units_that_cannot_be_had(state, tolerate, expected):
    found = plan_units([STARTED], {"a.service": state}, {}, tolerate)
    if expected is None:
        assert dict(found.units) == {"enable": ("a.service",), "start": ("a.service",)}
    else:
        assert [error.startswith(expected) for error in found.errors] == [True]


def test_a_unit_that_is_owed_something_and_no_longer_named_is_told_if_it_runs():
    for state, expected in ((unit(), {"reload": ("a.service",)}), (unit("inactive"), {}), (Unit("a.service"), {})):
        assert dict(plan_units([], {"a.service": state}, {"a.service": "reload"}, False).units) == expected


@pytest.mark.parametrize(
    ("ops", "expected"),
    [
        ([], Pending()),
        ([put("/etc/a")], Pending(True, False, {"a.service": "reload"})),
        ([put("/etc/a"), put("/etc/b", "restart")], Pending(True, False, {"a.service": "restart"})),
        ([put("/etc/systemd/system/a.service")], Pending(True, True, {"a.service": "restart"})),
        ([put("/etc/systemd/system/a.service.d/x.conf")], Pending(True, True, {"a.service": "restart"})),
        ([put("/etc/systemd/system/c.service")], Pending(True, True, {"a.service": "reload"})),
        ([put("/etc/systemd/system/d.socket.d/x.conf")], Pending(True, True, {"a.service": "reload", "d.socket": "restart"})),
        ([Op("/etc/systemd/system/a.service", node(), NONE)], Pending(True, True, {})),
    ],
)
def test_levels(ops, expected):
    services = [service(on_change="reload"), ServiceSpec("services[1]", "b", on_change="none")]
    services.append(ServiceSpec("services[2]", "d.socket", on_change="unit"))
    assert levels(services, ops) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/etc/systemd/system/a.timer", "a.timer"),
        ("/usr/lib/systemd/system/a.service.d/x.conf", "a.service"),
        ("/etc/systemd/system/a.service.d/x.txt", None),
        ("/etc/systemd/system/multi-user.target.wants/a.service", None),
        ("/etc/systemd/resolved.conf", None),
    ],
)
def test_unit_of(path, expected):
    assert unit_of(path) == expected


def test_removed_units():
    paths = (
        "/etc/systemd/system/a.timer",
        "/etc/systemd/system/b.service.d/x.conf",
        "/etc/c.service",
        "/etc/systemd/system/d@.service",
    )
    assert removed_units(Op(path, node(), NONE) for path in paths) == ["a.timer"]


def test_parse_show_takes_the_blocks_in_the_order_asked():
    output = "Id=x\nLoadState=loaded\nActiveState=active\nType=simple\n\nId=y\nLoadState=masked\nActiveState=inactive\n"
    found = parse_show(["alias.service", "y.service", "z.service"], output)
    assert (found["alias.service"].up, found["alias.service"].ready_at_once) == (True, True)
    assert (found["y.service"].load, found["z.service"].load) == ("masked", "not-found")


def test_undo_units():
    done = Actions({"enable": ("a.service",), "start": ("a.service",), "restart": ("b.service",)})
    before = {"a.service": unit("inactive"), "b.service": unit()}
    assert dict(undo_units(done, before).units) == {
        "disable": ("a.service",),
        "stop": ("a.service",),
        "restart": ("b.service",),
    }


def want(path: str, kind: str = "file", found: Node | None = None, **more) -> Want:
    return Want(path, kind, found or node(), "files[0]", **more)


def plan(wants, observed, entries=None, others=None):
    everything = {**dict.fromkeys(entries or {}, NONE), **{item.path: NONE for item in wants}, **observed}
    return make_plan(wants, everything, Manifest("m", entries or {}), others or {}, lambda path, original: NONE)


@pytest.mark.parametrize(
    ("live", "verbs"),
    [
        (NONE, ["put"]),
        (node(), []),
        (node("y\n"), ["put"]),
        (node(mode=0o600), ["put"]),
        (node(uid=5), ["put"]),
        (Node("link", target="x"), ["put"]),
    ],
)
def test_a_file_is_put_where_it_differs(live, verbs):
    assert [op.verb for op in plan([want("/a")], {"/a": live}).ops] == verbs


def test_operations_come_in_the_order_in_which_they_can_be_done():
    wants = [
        want("/z/d/f"),
        want("/z/d", "dir", Node("dir", 0, 0, 0o755)),
        want("/z", "dir", Node("dir", 0, 0, 0o755)),
        want("/m", "dir", Node("dir", 0, 0, 0o700)),
        want("/gone", "absent", NONE),
    ]
    observed = {"/m": Node("dir", 0, 0, 0o755), "/gone": node(), "/o/p": Node("dir"), "/o": Node("dir")}
    entries = {"/o": Entry("dir"), "/o/p": Entry("dir")}
    assert [(op.verb, op.path) for op in plan(wants, observed, entries).ops] == [
        ("mkdir", "/z"),
        ("mkdir", "/z/d"),
        ("meta", "/m"),
        ("put", "/z/d/f"),
        ("remove", "/gone"),
        ("prune", "/o/p"),
        ("prune", "/o"),
    ]


@pytest.mark.parametrize(
    ("item", "owned", "expected"),
    [
        (want("/a"), {"/a": "file"}, "belongs to the config set 'other'"),
        (want("/a/b"), {"/a": "tree"}, "lies inside the tree /a of the config set 'other'"),
        (want("/a", "tree", Node("dir")), {"/a/b": "file"}, "would take /a/b away, which belongs to the config set 'other'"),
        (want("/a", "dir", Node("dir")), {"/a": "dir", "/a/b": "file"}, None),
    ],
)
def test_what_belongs_to_another_set(item, owned, expected):
    errors = plan([item], {}, others={"other": owned}).errors
    assert (expected is None and not errors) or (len(errors) == 1 and expected in errors[0])


def test_an_original_is_saved_once():
    first = plan([want("/a")], {"/a": node("package\n")})
    assert [(item.path, item.node.content) for item in first.saves] == [("/a", b"package\n")]
    again = plan([want("/a")], {"/a": node("edited\n")}, first.manifest.entries)
    assert not again.saves
    assert again.manifest == first.manifest


def test_a_manifest_survives_its_encoding():
    manifest = Manifest("m", {"/ä": Entry("file", Original("link", target="x"), True), "/t": Entry("tree", tree="1:0:a:b")})
    assert decode(encode(manifest), "m.json") == manifest


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (Op("/a", NONE, node("n\n")), ("", "n\n")),
        (Op("/a", node("o\n"), NONE), ("o\n", "")),
        (Op("/a", node("o\n"), node("n\n")), ("o\n", "n\n")),
        (Op("/a", NONE, node("n\n"), secret=True), ("", "(secret content changed)\n")),
        (Op("/a", node("o\n"), node("n\n"), secret=True), ("", "(secret content changed)\n")),
        (Op("/a", node("o\n"), NONE, secret=True), ("(secret content changed)\n", "")),
        (
            Op("/a", node(mode=0o640), node(), secret=True),
            (f"{OWNER}mode: 0640\n", f"{OWNER}mode: 0644\n"),
        ),
        (
            Op("/a", node("o\n", mode=0o600), NONE, "absent[0]"),
            (HIDDEN, ""),
        ),
        (Op("/a", Node("link", target="x"), node("n\n")), ("link to x\n", "n\n")),
        (Op("/a", Node("file", 0, 0, 0o644, size=9), node("n\n")), ("(content of 9 bytes)\n", "n\n")),
    ],
)
def test_diff(op, expected):
    found = make_diff([op])[0]
    assert (found["before"], found["after"]) == expected


def test_binary_content_is_told_by_its_hash_unless_it_is_secret():
    one, two = (Node("file", 0, 0, 0o644, "root", "root", content, len(content)) for content in (b"\0\xff1", b"\0\xff2"))
    found = make_diff([Op("/a", one, two)])[0]
    assert found["before"] != found["after"]
    assert found["after"].startswith("(binary content of 3 bytes, sha256 ")
    assert "sha256" not in repr(make_diff([Op("/a", one, two, secret=True)]))


@pytest.mark.parametrize(
    ("secret", "public", "said", "expected"),
    [
        (b"password: Xyzzy-4711", "", "bad value 'Xyzzy-4711' here", "bad value '********' here"),
        (b"password: Xyzzy-4711", "password", "bad password", "bad password"),
        (b"url postgres://user01:Xyzzy-4711@db.example.lan/chat", "", "no Xyzzy-4711", "no ********"),
        (b'secret "dHNpZy1zZWNyZXQ=";', "", "got dHNpZy1zZWNyZXQ=.", "got ********."),
        (b"include /etc/bind/named.conf", "", "/etc/bind/named.conf:3: bad", "/etc/bind/named.conf:3: bad"),
        (b"port 5432", "", "port 5432", "port 5432"),
    ],
)
def test_masks(secret, public, said, expected):
    assert redact(said, secret_words([secret], [public])) == expected

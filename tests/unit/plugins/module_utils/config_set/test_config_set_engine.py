# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs on real files: what a set does to a directory, and how it gives it back."""

from __future__ import annotations

import grp
import io
import os
import pwd
import stat
import tarfile
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.config_set import sandbox
from ansible_collections.onprem.chat.plugins.module_utils.config_set.engine import apply
from ansible_collections.onprem.chat.plugins.module_utils.config_set.model import ConfigSetError
from ansible_collections.onprem.chat.plugins.module_utils.config_set.outcome import Run
from ansible_collections.onprem.chat.plugins.module_utils.config_set.parse import parse

ME = {"owner": pwd.getpwuid(os.getuid()).pw_name, "group": grp.getgrgid(os.getgid()).gr_name}
NOW = 1_795_000_000


class Host:
    """A directory that plays the host."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.live = root / "live"
        self.live.mkdir()
        self.state = root / "state"

    def path(self, name: str) -> str:
        return str(self.live / name)

    def file(self, name: str, content: str = "", **more):
        return {"path": self.path(name), "content": content, **ME, **more}

    def apply(self, name: str = "demo", check: bool = False, diff: bool = True, now: int = NOW, **options):
        return apply(parse({"name": name, **options}), Run(str(self.state), now, check=check, diff=diff))

    def seen(self, root: Path | None = None) -> dict[str, tuple]:
        found = {}
        root = root or self.live
        for path in sorted(root.rglob("*")):
            mode = path.lstat().st_mode
            what = str(path.readlink()) if stat.S_ISLNK(mode) else path.read_bytes() if stat.S_ISREG(mode) else None
            found[str(path.relative_to(root))] = (stat.S_IFMT(mode), None if stat.S_ISLNK(mode) else stat.S_IMODE(mode), what)
        return found


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def archive(path: Path, **members: str) -> str:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo("top/" + name.replace("_", "/"))
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content.encode()))
    return str(path)


def test_first_run_second_run_and_away(host):
    (host.live / "a.conf").write_text("of the package\n")
    (host.live / "a.conf").chmod(0o604)
    (host.live / "default").symlink_to("nowhere")
    before = host.seen()
    options = {
        "files": [host.file("a.conf", "ours\n"), host.file("new/b.key", "k\n", mode="0600", secret=True)],
        "directories": [{"path": host.path("d"), "mode": "0750", **ME}],
        "links": [{"path": host.path("l"), "target": "a.conf"}],
        "trees": [{"path": host.path("t"), "archive": archive(host.root / "t.tgz", a="1", b_c="2"), "strip_components": 1, **ME}],
        "absent": [host.path("default")],
    }
    assert host.apply(check=True, **options).changed
    assert host.seen() == before
    assert not host.state.exists()

    first = host.apply(**options)
    assert first.changed
    assert sorted(host.seen()) == ["a.conf", "d", "l", "new", "new/b.key", "t", "t/a", "t/b", "t/b/c"]
    assert stat.S_IMODE((host.live / "new/b.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((host.live / "d").stat().st_mode) == 0o750

    after = host.seen()
    second = host.apply(**options)
    assert not second.changed
    assert second.changed_paths == second.diff == []
    assert not host.apply(check=True, **options).changed
    assert host.seen() == after

    assert host.apply(check=True, state="absent").changed
    assert host.apply(state="absent").changed
    assert host.seen() == before
    assert [path.name for path in host.state.iterdir()] == [".lock"]
    assert not host.apply(state="absent").changed


def test_check_mode_predicts_the_same_diff(host):
    (host.live / "a").write_text("1\n")
    options = {"files": [host.file("a", "2\n"), host.file("s", "hidden words", secret=True, mode="0600")]}
    predicted = host.apply(check=True, **options)
    done = host.apply(**options)
    assert predicted.diff == done.diff
    assert predicted.facts() == done.facts()
    assert "hidden" not in repr(done)


def test_an_unknown_owner_is_predicted_in_check_mode_and_refused_for_real(host):
    options = {"files": [host.file("a", "x") | {"owner": "nobody-knows", "group": "nor-this"}]}
    assert host.apply(check=True, **options).changed_paths == [host.path("a")]
    with pytest.raises(ConfigSetError) as found:
        host.apply(**options)
    assert [error.split(":")[0] for error in found.value.errors] == ["files[0].owner", "files[0].group"]
    assert host.seen() == {}


def test_owner_or_mode_alone_is_a_change_of_its_own(host):
    host.apply(files=[host.file("a", "x\n")])
    found = host.apply(files=[host.file("a", "x\n", mode="0600")])
    assert found.diff[0]["before"].endswith("mode: 0644\n")
    assert found.diff[0]["after"].endswith("mode: 0600\n")
    assert stat.S_IMODE((host.live / "a").stat().st_mode) == 0o600


def test_a_file_that_left_the_set_goes_and_the_original_comes_back(host):
    (host.live / "b").write_text("package\n")
    host.apply(files=[host.file("a", "1\n"), host.file("b", "2\n")])
    found = host.apply(files=[host.file("c", "3\n")])
    assert {path: what for path, (_kind, _mode, what) in host.seen().items()} == {"b": b"package\n", "c": b"3\n"}
    assert [(entry["before"], entry["after"]) for entry in found.diff] == [("2\n", "package\n"), ("", "3\n"), ("1\n", "")]


def test_an_adopted_file_is_no_change_and_stays_when_the_set_goes(host):
    (host.live / "a").write_text("same\n")
    (host.live / "a").chmod(0o644)
    assert not host.apply(files=[host.file("a", "same\n")]).changed
    host.apply(state="absent")
    assert (host.live / "a").read_text() == "same\n"


def test_what_reappears_at_an_absent_path_is_taken_away_and_kept(host):
    options = {"absent": [host.path("default")]}
    assert not host.apply(**options).changed
    (host.live / "default").write_text("came with a package\n")
    assert host.apply(**options).changed
    assert host.seen() == {}
    host.apply(state="absent")
    assert (host.live / "default").read_text() == "came with a package\n"


def test_a_directory_at_an_absent_path_comes_back_whole(host):
    folder = host.live / "conf.d"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "x").write_text("x")
    (folder / "sub" / "x").chmod(0o640)
    (folder / "l").symlink_to("/etc/passwd")
    before = host.seen()
    assert host.apply(absent=[str(folder)]).changed
    assert host.seen() == {}
    assert host.apply(state="absent").changed
    assert host.seen() == before


def test_a_link_at_the_path_of_a_file_is_replaced_not_followed(host):
    outside = host.root / "outside"
    outside.write_text("untouched")
    (host.live / "a").symlink_to(outside)
    host.apply(files=[host.file("a", "x")])
    assert not (host.live / "a").is_symlink()
    assert outside.read_text() == "untouched"
    host.apply(state="absent")
    assert (host.live / "a").readlink() == outside


@pytest.mark.skipif(os.getuid() != 0, reason="needs a second account")
def test_a_parent_link_of_somebody_else_is_refused(host):
    (host.root / "elsewhere").mkdir()
    link = host.live / "sub"
    link.symlink_to(host.root / "elsewhere")
    host.apply(files=[host.file("sub/a", "x")])
    assert (host.root / "elsewhere" / "a").read_text() == "x"
    os.chown(link, 65534, 65534, follow_symlinks=False)
    with pytest.raises(ConfigSetError, match=r"files\[0\]\.path: .*/sub is a symbolic link that does not belong to root"):
        host.apply(files=[host.file("sub/a", "y")])


def test_one_place_under_two_names_is_refused(host):
    (host.live / "real").mkdir()
    (host.live / "other").symlink_to("real")
    with pytest.raises(ConfigSetError, match=r"files\[1\]: .*/real/a is the same place as files\[0\]"):
        host.apply(files=[host.file("real/a", "x"), host.file("other/a", "y")])


def test_a_path_belongs_to_one_set(host):
    host.apply(name="one", files=[host.file("a", "1")], directories=[{"path": host.path("d"), **ME}])
    with pytest.raises(ConfigSetError) as found:
        host.apply(name="two", files=[host.file("a", "2")], directories=[{"path": host.path("d"), **ME}])
    assert found.value.errors == (f"files[0]: {host.path('a')} belongs to the config set 'one'; take it out of that set first",)
    host.apply(name="two", files=[host.file("d/b", "2")], directories=[{"path": host.path("d"), **ME}])
    host.apply(name="one", state="absent")
    assert sorted(host.seen()) == ["d", "d/b"]
    host.apply(name="two", state="absent")
    assert (host.live / "d").is_dir()  # it was there when the second set came


@pytest.mark.parametrize(
    ("make", "options", "expected"),
    [
        (lambda path: path.mkdir(), lambda host: {"files": [host.file("a", "x")]}, "is a directory"),
        (lambda path: path.write_text("x"), lambda host: {"directories": [{"path": host.path("a"), **ME}]}, "is a file, not a"),
        (lambda path: path.write_text("x"), lambda host: {"files": [host.file("a/b", "x")]}, "/a is not a directory, so nothing"),
        (os.mkfifo, lambda host: {"files": [host.file("a", "x")]}, "is a device, socket or pipe"),
    ],
)
def test_what_must_not_be_replaced(host, make, options, expected):
    make(host.live / "a")
    with pytest.raises(ConfigSetError, match=expected):
        host.apply(**options(host))


def test_a_refused_set_leaves_everything_as_it_was(host):
    host.apply(files=[host.file("a", "old")])
    before, state = host.seen(), host.seen(host.state)
    check = f"sh -c 'cat {host.path('a')} {host.path('n/b')}; exit 3'"
    for checking in (True, False):
        with pytest.raises(ConfigSetError) as found:
            host.apply(check=checking, files=[host.file("a", "new"), host.file("n/b", " and more")], validate=[check])
        assert "ended with 3: new and more" in str(found.value)
        assert host.seen() == before
        assert host.seen(host.state) == state


def test_the_validator_sees_the_whole_set_and_nothing_else_does(host):
    (host.live / "gone").write_text("x")
    (host.live / "kept").write_text("x")
    probe = host.root / "probe"
    probe.write_text(f"#!/bin/sh\ncd {host.live} && ls -A . t && readlink l && test ! -e gone && cat a\n")
    probe.chmod(0o755)
    with pytest.raises(ConfigSetError) as found:
        host.apply(
            files=[host.file("a", "content\n")],
            links=[{"path": host.path("l"), "target": "a"}],
            trees=[{"path": host.path("t"), "archive": archive(host.root / "t.tgz", x="1"), "strip_components": 1, **ME}],
            absent=[host.path("gone")],
            validate=[f"sh -c '{probe}; exit 1'"],
        )
    assert str(found.value).split(": ", 2)[2].split("\n") == [".:", "a", "kept", "l", "t", "", "t:", "x", "a", "content"]
    assert sorted(host.seen()) == ["gone", "kept"]


def test_without_namespaces_the_set_is_swapped_in_checked_and_swapped_out(host, monkeypatch):
    def unavailable(*_arguments):
        raise sandbox.Unavailable("not here")

    monkeypatch.setattr(sandbox, "validate", unavailable)
    host.apply(files=[host.file("a", "old")])
    before = host.seen()
    with pytest.raises(ConfigSetError, match="ended with 1"):
        host.apply(files=[host.file("a", "new")], validate=[f"grep -q old {host.path('a')}"])
    assert host.seen() == before
    assert host.apply(files=[host.file("a", "new")], validate=[f"grep -q new {host.path('a')}"]).validated
    found = host.apply(check=True, files=[host.file("a", "old")], validate=["false"])
    assert found.warnings == ["the set could not be checked without changing the host (not here)"]


def test_check_mode_goes_without_a_validator_that_is_not_installed(host):
    options = {"files": [host.file("a", "x")], "validate": ["no-such-checker /etc/x"]}
    assert host.apply(check=True, **options).validated == []
    with pytest.raises(ConfigSetError, match="validate: 'no-such-checker /etc/x' cannot be run: its program is not on the host"):
        host.apply(**options)
    assert host.seen() == {}


def test_a_set_may_bring_its_own_validator(host):
    script = host.file("check", "#!/bin/sh\ngrep -q good {}\n".format(host.path("a")), mode="0755")
    for checking in (True, False):
        assert host.apply(check=checking, files=[script, host.file("a", "good")], validate=[script["path"]]).validated
        with pytest.raises(ConfigSetError, match="ended with 1"):
            host.apply(check=checking, files=[script, host.file("a", "bad")], validate=[script["path"]])


def test_commands_run_on_change_alone(host):
    log = host.root / "log"
    options = {"files": [host.file("a", "1")], "commands": [f"sh -c 'echo ran >> {log}'"]}
    host.apply(check=True, **options)
    assert not log.exists()
    host.apply(**options)
    host.apply(**options)
    assert log.read_text() == "ran\n"


@pytest.mark.parametrize("kind", ["commands", "health"])
def test_a_failure_after_the_swap_puts_everything_back(host, kind):
    (host.live / "p").write_text("package\n")
    (host.live / "d").mkdir(mode=0o711)
    host.apply(files=[host.file("a", "old", mode="0640")], links=[{"path": host.path("l"), "target": "x"}])
    before, state = host.seen(), host.seen(host.state)
    with pytest.raises(ConfigSetError) as found:
        host.apply(
            files=[host.file("a", "new"), host.file("n/m/b", "new"), host.file("p", "new")],
            directories=[{"path": host.path("d"), "mode": "0700", **ME}],
            trees=[{"path": host.path("t"), "archive": archive(host.root / "t.tgz", x="1"), **ME}],
            health_timeout=1,
            **{kind: ["sh -c 'echo the daemon says no; exit 1'"]},
        )
    assert f"{kind}: 'sh -c 'echo the daemon says no; exit 1'' ended with 1: the daemon says no" in str(found.value)
    assert found.value.facts == {"restored": True, "changed": False} or kind == "commands"
    assert host.seen() == before
    assert host.seen(host.state) == state


def test_health_is_asked_until_it_answers(host):
    count = host.root / "count"
    script = f"sh -c 'echo x >> {count}; test $(wc -l < {count}) -ge 3'"
    host.apply(files=[host.file("a", "1")], health=[script])
    assert count.read_text() == "x\n" * 3


def test_a_command_that_hangs_is_ended(host):
    with pytest.raises(ConfigSetError, match="did not end in time"):
        host.apply(files=[host.file("a", "1")], health=["sleep 60"], health_timeout=1)
    assert host.seen() == {}


def test_secret_words_are_masked_in_what_programs_say(host):
    options = {
        "files": [host.file("s", "password = Xyzzy-4711\nlisten = 5432\n", secret=True), host.file("p", "listen\n")],
        "health_timeout": 1,
    }
    line = f"sh -c 'cat {host.path('s')}; exit 1'"
    for kind in ("validate", "commands", "health"):
        with pytest.raises(ConfigSetError) as found:
            host.apply(**options, **{kind: [line]})
        assert "4711" not in str(found.value)
        assert "listen" in str(found.value)


def test_a_zone_keeps_its_serial_until_its_data_changes(host):
    def zone(data: str, now: int, check: bool = False):
        content = f"@ SOA ns admin ( @SERIAL@ 1 1 1 1 )\n{data}\n"
        return host.apply(files=[host.file("db", content, zone_serial=True)], now=now, check=check)

    assert zone("a A 192.168.1.1", NOW).changed
    assert not zone("a A 192.168.1.1", NOW + 50).changed
    assert zone("a A 192.168.1.2", NOW - 50, check=True).changed
    assert zone("a A 192.168.1.2", NOW - 50).changed
    assert f"( {NOW + 1} " in (host.live / "db").read_text()


def test_a_tree_is_replaced_as_a_whole_when_its_archive_changes(host):
    tree = {"path": host.path("t"), "strip_components": 1, **ME}
    path = host.root / "t.tgz"
    assert host.apply(trees=[{**tree, "archive": archive(path, a="1", b="1")}]).changed
    assert not host.apply(trees=[{**tree, "archive": str(path)}]).changed
    assert host.apply(trees=[{**tree, "archive": archive(path, b="2")}]).changed
    assert sorted(host.seen()) == ["t", "t/b"]


@pytest.mark.parametrize(
    ("name", "link", "expected"),
    [
        ("../evil", None, "leads out of the directory"),
        ("/evil", None, "leads out of the directory"),
        ("ok", "../../evil", "leads out of the directory"),
        ("ok", "/etc/passwd", "leads out of the directory"),
    ],
)
def test_an_archive_never_leads_out(host, name, link, expected):
    path = host.root / "t.tar"
    with tarfile.open(path, "w") as tar:
        info = tarfile.TarInfo(name)
        if link:
            info.type, info.linkname = tarfile.SYMTYPE, link
        tar.addfile(info)
    with pytest.raises(ConfigSetError, match=expected):
        host.apply(trees=[{"path": host.path("t"), "archive": str(path), **ME}])
    assert host.seen() == {}


def test_a_broken_archive_changes_nothing(host):
    (host.root / "t.tgz").write_bytes(b"no archive")
    with pytest.raises(ConfigSetError, match="cannot be unpacked"):
        host.apply(files=[host.file("a", "x")], trees=[{"path": host.path("t"), "archive": str(host.root / "t.tgz"), **ME}])
    assert host.seen() == {}


def test_a_foreign_manifest_is_named(host):
    host.state.mkdir()
    (host.state / "demo.json").write_text("{}")
    with pytest.raises(ConfigSetError, match=r"demo\.json: is not a manifest of a config set"):
        host.apply(files=[host.file("a", "x")])


def test_long_names_and_odd_characters(host):
    names = ["x" * 255, "with space, comma:colon", "grün"]
    host.apply(files=[host.file(name, name) for name in names], validate=[f"test -e '{host.path(names[1])}'"])
    assert sorted(host.seen()) == sorted(names)
    host.apply(state="absent")
    assert host.seen() == {}

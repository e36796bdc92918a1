# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups: names, what goes, what is read back, and folders and SQLite files for real."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.backup.backup import (
    Backup,
    choose,
    name_at,
    names,
    parse,
    render,
    surplus,
)
from ansible_collections.onprem.chat.plugins.module_utils.backup.error import BackupError
from ansible_collections.onprem.chat.plugins.module_utils.backup_shell import work
from ansible_collections.onprem.chat.plugins.module_utils.backup_shell.database import SQLite
from ansible_collections.onprem.chat.plugins.module_utils.backup_shell.tree import link, pack, unpack

FOUND = ["20261121T090000Z", "20261120T090000Z", ".new-20261121T100000Z", "notes", "20261122T090000Z"]


def test_a_backup_is_named_after_its_time():
    assert name_at(1795219200.9) == "20261121T000000Z"
    assert names(FOUND) == sorted(name for name in FOUND if name.startswith("2026"))


@pytest.mark.parametrize(("keep", "gone"), [(1, 2), (2, 1), (3, 0), (9, 0), (0, 2)])
def test_the_oldest_go_and_one_always_stays(keep, gone):
    assert surplus(FOUND, keep) == names(FOUND)[:gone]


def test_one_is_chosen_or_what_there_is_is_named():
    assert choose(FOUND, "latest") == "20261122T090000Z"
    assert choose(FOUND, "20261120T090000Z") == "20261120T090000Z"
    with pytest.raises(BackupError, match="no backup notes on this host; there is 20261120T090000Z, "):
        choose(FOUND, "notes")
    with pytest.raises(BackupError, match="there is none"):
        choose([], "latest")


def test_what_it_says_about_itself_comes_back():
    backup = Backup("20261121T000000Z", "sqlite", {"chat.db": "0" * 64}, (2, 10))
    assert parse(render(backup)) == backup


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}'])
def test_what_is_no_backup(text):
    with pytest.raises(BackupError, match=r"backup\.json: cannot be read"):
        parse(text)


@pytest.fixture
def store(tmp_path):
    """A host with an SQLite chat that is in use, an upload and a key."""
    live = tmp_path / "live.db"
    connection = sqlite3.connect(live)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE archive (txt TEXT)")
    connection.execute("INSERT INTO archive VALUES ('hello')")
    connection.commit()
    (tmp_path / "upload/a").mkdir(parents=True)
    (tmp_path / "upload/a/file").write_text("sent")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/key").write_text("secret")
    (tmp_path / "etc/key").chmod(0o640)
    yield work.Store("sqlite", live, tmp_path / "upload", (tmp_path / "etc", tmp_path / "not-there"))
    connection.close()


def texts(path: Path) -> list[str]:
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as connection:
        return [row[0] for row in connection.execute("SELECT txt FROM archive")]


def test_all_of_it_is_saved_while_it_is_in_use(store, tmp_path):
    made = work.make(tmp_path / "backups", "20261121T090000Z", store)
    folder = tmp_path / "backups/20261121T090000Z"
    assert made.uploads == (1, 4)
    assert work.read(tmp_path / "backups", "latest", store) == made
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "uploads/a/file").samefile(store.uploads / "a/file")
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir() if path.is_file()] == [0o600] * 3
    assert texts(folder / "chat.db") == ["hello"]


def test_what_a_killed_run_left_goes_and_a_full_disk_is_told_before(store, tmp_path, monkeypatch):
    (tmp_path / "backups/.new-20261121T080000Z").mkdir(parents=True)
    work.make(tmp_path / "backups", "20261121T090000Z", store)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["20261121T090000Z"]
    monkeypatch.setattr(work, "MARGIN", 1 << 60)
    with pytest.raises(BackupError, match="make room"):
        work.make(tmp_path / "backups", "20261121T100000Z", store)
    assert work.there(tmp_path / "backups") == ["20261121T090000Z"]


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda folder: (folder / "chat.db").write_bytes(b"x"), "is not what was saved"),
        (lambda folder: (folder / "settings.tar").unlink(), "is not what was saved"),
        (lambda folder: (folder / "backup.json").write_text("{}"), "cannot be read"),
    ],
)
def test_a_damaged_backup_is_refused(store, tmp_path, harm, says):
    work.make(tmp_path / "backups", "20261121T090000Z", store)
    harm(tmp_path / "backups/20261121T090000Z")
    with pytest.raises(BackupError, match=says):
        work.read(tmp_path / "backups", "latest", store)


def test_a_backup_of_another_kind_of_store_is_refused(store, tmp_path):
    work.make(tmp_path / "backups", "20261121T090000Z", store)
    other = work.Store("postgresql", store.sqlite, store.uploads, store.settings)
    with pytest.raises(BackupError, match="is of a chat that is kept in sqlite"):
        work.read(tmp_path / "backups", "latest", other)


def test_it_comes_back(store, tmp_path):
    work.make(tmp_path / "backups", "20261121T090000Z", store)
    with sqlite3.connect(store.sqlite) as connection:
        connection.execute("DELETE FROM archive")
    (store.uploads / "a/file").unlink()
    (store.uploads / "later").write_text("sent later")
    calls = []

    def run(command):
        calls.append(command[1])
        return 0, "", ""

    assert work.restore(run, tmp_path / "backups/20261121T090000Z", store, ["chat"]) == 1
    assert calls == ["stop", "start"]
    assert texts(store.sqlite) == ["hello"]
    assert sorted(path.name for path in store.uploads.rglob("*") if path.is_file()) == ["file", "later"]


def test_a_database_that_cannot_be_read_stops_nothing(store, tmp_path):
    bad = tmp_path / "bad.db"
    bad.write_bytes(b"SQLite format 3\0" + b"x" * 4096)
    with pytest.raises(BackupError, match=r"bad\.db"):
        SQLite(store.sqlite).load(bad)
    assert texts(store.sqlite) == ["hello"]


def test_settings_come_back_with_their_modes(tmp_path):
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "key").write_text("secret")
    (etc / "key").chmod(0o640)
    (etc / "link").symlink_to("key")
    os.link(etc / "key", etc / "twin")
    pack([etc, tmp_path / "not-there"], tmp_path / "settings.tar")
    (etc / "key").write_text("other")
    (etc / "new").write_text("new")
    unpack(tmp_path / "settings.tar", [etc])
    assert sorted(path.name for path in etc.iterdir()) == ["key", "link", "twin"]
    assert (etc / "key").read_text() == "secret" and (etc / "key").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    (etc / "key").unlink()
    etc.rename(tmp_path / ".etc.replaced")  # where a killed run may stop
    unpack(tmp_path / "settings.tar", [etc, tmp_path / "not-there"])
    assert (etc / "key").read_text() == (etc / "twin").read_text() == "secret"
    assert not (tmp_path / "not-there").exists() and not (tmp_path / ".etc.replaced").exists()


def test_where_links_cannot_be_made_files_are_copied(tmp_path, monkeypatch):
    def refuse(_source, _target):
        raise OSError("another file system")

    (tmp_path / "from/a").mkdir(parents=True)
    (tmp_path / "from/a/file").write_text("sent")
    monkeypatch.setattr(os, "link", refuse)
    assert link(tmp_path / "from", tmp_path / "to") == (1, 4)
    assert (tmp_path / "to/a/file").read_text() == "sent" and not (tmp_path / "to/a/file").samefile(tmp_path / "from/a/file")


def test_a_database_among_the_settings_is_saved_as_one_snapshot(tmp_path):
    """What is only in its write-ahead log would be missing in a copy of the file; who owns it and may read it stays."""
    folder = tmp_path / "etc"
    folder.mkdir()
    live = folder / "invitations.sqlite"
    connection = sqlite3.connect(live)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE archive (txt TEXT)")
    connection.execute("INSERT INTO archive VALUES ('invited')")
    connection.commit()
    live.chmod(0o600)
    pack([folder], tmp_path / "settings.tar")
    connection.close()
    live.unlink()
    unpack(tmp_path / "settings.tar", [folder])
    assert texts(live) == ["invited"]
    assert live.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".settings*"))


def test_a_database_that_cannot_be_read_is_saved_as_it_lies(tmp_path):
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "broken.sqlite").write_text("no database")
    (folder / "broken.sqlite-journal").write_text("half a change")
    pack([folder], tmp_path / "settings.tar")
    unpack(tmp_path / "settings.tar", [folder])
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "broken.sqlite": "no database",
        "broken.sqlite-journal": "half a change",
    }

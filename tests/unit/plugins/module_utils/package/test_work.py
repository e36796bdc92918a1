# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A package on a host: unpacked beside, installed once, begun anew after a run that was cut off."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import time
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.package.error import PackageError
from ansible_collections.onprem.chat.plugins.module_utils.package.sums import directory_sum
from ansible_collections.onprem.chat.plugins.module_utils.package_shell import unpack, work

INSTALLER = '#!/bin/sh\nset -e\ntest "$KEY" = fine\necho run >>"$WHERE/runs"\ncp server "$WHERE/server"\n'


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Everything in a folder of the test; whose files they are only root can say."""
    monkeypatch.setattr(work, "HOME", str(tmp_path / "home"))
    if os.geteuid():
        monkeypatch.setattr(os, "chown", lambda *_args, **_named: None)
    return tmp_path / "home"


@pytest.fixture
def make(tmp_path):
    """Makes an archive of (name, text); its path and sum."""

    def build(files, top="chat-1.0/"):
        path = tmp_path / "package.tar.gz"
        with tarfile.open(path, "w:gz") as tar:
            for name, text in files.items():
                member = tarfile.TarInfo(f"{top}{name}")
                member.size, member.mode = len(text), 0o755
                tar.addfile(member, io.BytesIO(text.encode()))
        return str(path), hashlib.sha256(path.read_bytes()).hexdigest()

    return build


@pytest.fixture
def wish(tmp_path, make):
    """Wants an archive with an installer; its wish, the archive and where the state is."""
    archive, digest = make({"server": "one", "install.sh": INSTALLER})
    environment = {"KEY": "fine", "WHERE": str(tmp_path)}
    wanted = work.Wish("archive", digest, "chat.service", "1.0", "./install.sh", str(tmp_path / "server"), environment)
    return wanted, archive, tmp_path / "state.json"


def test_the_installer_runs_once_and_the_only_top_folder_is_left_out(wish, tmp_path):
    wanted, archive, state = wish
    assert not work.is_there(wanted, work.read(state))
    work.bring(wanted, archive, state)
    assert work.is_there(wanted, work.read(state))
    assert (wanted.folder / "install.sh").exists()
    assert (tmp_path / "runs").read_text() == "run\n"
    assert state.stat().st_mode & 0o777 == 0o600
    assert "fine" not in state.read_text()


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"install": "./install.sh --more"}, {"environment": {"KEY": "other"}}])
def test_another_package_another_installer_and_another_environment_are_another_installation(wish, change):
    wanted, archive, state = wish
    work.bring(wanted, archive, state)
    assert not work.is_there(work.Wish(**{**wanted.__dict__, **change}), work.read(state))


def test_what_the_installer_made_is_missed(wish, tmp_path):
    wanted, archive, state = wish
    work.bring(wanted, archive, state)
    (tmp_path / "server").unlink()
    assert not work.is_there(wanted, work.read(state))


def test_an_installer_that_fails_is_told_and_tried_again(wish):
    wanted, archive, state = wish
    broken = work.Wish(**{**wanted.__dict__, "environment": {**wanted.environment, "KEY": "bad"}})
    with pytest.raises(PackageError, match=r"package.install: ./install.sh ended with 1"):
        work.bring(broken, archive, state)
    assert json.loads(state.read_text())["done"] is False
    assert not work.is_there(broken, work.read(state))
    work.bring(wanted, archive, state)
    assert work.is_there(wanted, work.read(state))


def test_an_installer_that_makes_nothing_is_no_success(wish):
    wanted, archive, state = wish
    with pytest.raises(PackageError, match=r"package.creates: .* is not there"):
        work.bring(work.Wish(**{**wanted.__dict__, "creates": "/nonexistent/x"}), archive, state)


def test_another_sum_touches_nothing(wish, home):
    _wanted, archive, state = wish
    with pytest.raises(PackageError, match="what arrived has the sum"):
        work.bring(work.Wish("archive", "0" * 64, "chat.service"), archive, state)
    assert not home.exists() and not state.exists()


def test_a_directory_is_held_against_the_sum_of_its_files(make, tmp_path, home):
    archive, _sum = make({"bin/server": "one"}, top="./")
    right = directory_sum({"bin/server": hashlib.sha256(b"one").hexdigest()})
    with pytest.raises(PackageError, match="what arrived has the sum"):
        work.bring(work.Wish("directory", "0" * 64, "chat.service"), archive, tmp_path / "state.json")
    assert not home.exists() and not (tmp_path / "state.json").exists()
    work.bring(work.Wish("directory", right, "chat.service"), archive, tmp_path / "state.json")
    assert (work.Wish("directory", right, "chat.service").folder / "bin/server").read_text() == "one"


def test_what_leads_out_of_the_folder_is_refused(make, tmp_path):
    archive, digest = make({"../out": "x"})
    with pytest.raises(PackageError, match="leads out of the directory"):
        work.bring(work.Wish("archive", digest, "chat.service"), archive, tmp_path / "state.json")
    assert not (tmp_path / "out").exists()


def test_the_release_before_stays_and_older_ones_go(tmp_path):
    for at, name in enumerate(("first", "second", "third")):
        (tmp_path / "home" / name).mkdir(parents=True)
        os.utime(tmp_path / "home" / name, (at, at))
    unpack.tidy(tmp_path / "home" / "third")
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == ["second", "third"]


def test_the_release_that_runs_stays_after_an_upgrade_that_failed(wish, make, tmp_path, monkeypatch):
    wanted, archive, state = wish
    monkeypatch.setattr(work, "UNITS", tmp_path / "units")
    work.bring(wanted, archive, state)
    drop_in = tmp_path / "units/chat.service.d/onprem-chat.conf"
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(f"# package {wanted.sha256}, port 8080\n")
    for at in range(3):
        other, digest = make({"server": f"broken {at}"})
        work.bring(work.Wish("archive", digest, "chat.service"), other, state)
    assert (wanted.folder / "server").read_text() == "one"
    assert len(list(wanted.folder.parent.iterdir())) == 3


def test_the_age_of_a_release_is_when_it_came(wish):
    wanted, archive, state = wish
    work.bring(wanted, archive, state)
    assert time.time() - wanted.folder.stat().st_mtime < 600


def test_an_account_comes_through_whatever_the_umask_is(wish):
    wanted, archive, state = wish
    before = os.umask(0o077)
    try:
        work.bring(wanted, archive, state)
    finally:
        os.umask(before)
    places = (wanted.folder, wanted.folder.parent, wanted.folder.parent.parent)
    assert [place.stat().st_mode & 0o777 for place in places] == [0o755] * 3


def test_an_installer_that_leaves_a_server_behind_is_not_waited_for(wish):
    wanted, archive, state = wish
    began = time.monotonic()
    work.bring(work.Wish(**{**wanted.__dict__, "install": "sh -c './install.sh; sleep 8 &'"}), archive, state)
    assert time.monotonic() - began < 5


def test_an_installer_without_end_is_ended_with_all_that_it_began(wish, monkeypatch, tmp_path):
    wanted, archive, state = wish
    monkeypatch.setattr(unpack, "_PATIENCE", 0.5)
    endless = work.Wish(**{**wanted.__dict__, "install": f"sh -c '(sleep 2; touch {tmp_path}/late) & wait'"})
    with pytest.raises(PackageError, match="timed out"):
        work.bring(endless, archive, state)
    time.sleep(2.5)
    assert not (tmp_path / "late").exists()


def test_a_chain_of_links_makes_nothing_outside(tmp_path, home):
    path = tmp_path / "chain.tar"
    with tarfile.open(path, "w") as tar:
        for name, to in (("e/f/d", "../../z"), ("y", "e/f/d/../../out"), ("y/evil/x", None), ("z/x", None)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = (tarfile.SYMTYPE, to) if to else (tarfile.REGTYPE, "")
            if name == "y":
                above = tarfile.TarInfo("z")
                above.type, above.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(above)
            tar.addfile(member)
    (home / "out").mkdir(parents=True)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(PackageError, match="lies behind a link"):
        work.bring(work.Wish("archive", digest, "chat.service"), str(path), tmp_path / "state.json")
    assert list((home / "out").iterdir()) == []


def test_of_an_archive_that_breaks_nothing_stays(make, tmp_path, home):
    archive, digest = make({"server": "one", "../../out": "x"})
    with pytest.raises(PackageError, match="leads out of the directory"):
        work.bring(work.Wish("archive", digest, "chat.service"), archive, tmp_path / "state.json")
    assert list(home.iterdir()) == []


def test_the_service_of_the_package_before_is_stopped_for_good(wish, monkeypatch):
    wanted, archive, state = wish
    retired = []
    monkeypatch.setattr(work, "_retire", retired.append)
    work.bring(wanted, archive, state)
    work.bring(work.Wish(**{**wanted.__dict__, "environment": {**wanted.environment, "MORE": "1"}}), archive, state)
    assert retired == []
    broken = work.Wish(**{**wanted.__dict__, "unit": "other.service", "install": "false"})
    with pytest.raises(PackageError):
        work.bring(broken, archive, state)
    work.bring(work.Wish(**{**wanted.__dict__, "unit": "other.service"}), archive, state)
    assert retired == ["chat.service"]
    assert work.read(state)["unit"] == "other.service"


def test_a_host_with_ejabberd_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(work, "EJABBERD", tmp_path / "ejabberd.yml")
    work.require_room()
    (tmp_path / "ejabberd.yml").touch()
    with pytest.raises(PackageError, match="take a fresh host"):
        work.require_room()


def test_a_torn_state_is_none(tmp_path):
    (tmp_path / "state.json").write_text('{"sha256": ')
    assert work.read(tmp_path / "state.json") == {}
    assert work.read(Path("/nonexistent")) == {}

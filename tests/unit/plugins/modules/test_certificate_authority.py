# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA on disk: exact in check mode, whole after a kill at any step, closed to the wrong passphrase."""

from __future__ import annotations

import datetime
import itertools
import json
import multiprocessing
import os
import stat

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.pki import key, store
from ansible_collections.onprem.chat.plugins.module_utils.pki.csr import make_csr
from ansible_collections.onprem.chat.plugins.module_utils.pki.error import PkiError
from ansible_collections.onprem.chat.plugins.module_utils.pki.index import Index
from ansible_collections.onprem.chat.plugins.module_utils.pki.key import load_key, make_key
from ansible_collections.onprem.chat.plugins.module_utils.pki.names import Names
from ansible_collections.onprem.chat.plugins.module_utils.pki.store import Store
from ansible_collections.onprem.chat.plugins.modules import certificate_authority as module

pytest.importorskip("cryptography")

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.timezone.utc)
CSRS = [make_csr(make_key("ecdsa"), Names.parse(["chat.example.lan"], ["192.168.1.30"], "")) for number in range(2)]


@pytest.fixture(autouse=True)
def light(monkeypatch, tmp_path_factory):
    """Stretch passphrases as good as not at all, for keys are opened hundreds of times; leave no locks on the machine."""
    monkeypatch.setattr(key, "_SCRYPT_N", 2)
    monkeypatch.setattr(store, "LOCKS", tmp_path_factory.mktemp("locks"))


def options(path, **changes):
    params = {name: option.get("default") for name, option in module.ARGUMENTS.items()}
    params.update(
        path=str(path / "ca"),
        name="Example",
        domain="example.lan",
        networks=["192.168.1.0/24"],
        crl_base_url="http://pki.example.lan/pki",
        passphrase="correct horse battery",
        requests=[{"name": "chat.example.lan", "csr": CSRS[0]}],
    )
    return {**params, **changes}


def keep(path, check=False, days=0, **changes):
    return module.keep(options(path, **changes), check, NOW + datetime.timedelta(days=days))


def tree(path):
    return {
        str(file.relative_to(path)): (stat.S_IMODE(file.stat().st_mode), file.read_bytes() if file.is_file() else b"")
        for file in sorted(path.rglob("*"))
    }


def test_first_run_and_second(tmp_path):
    first = keep(tmp_path)
    after = tree(tmp_path)
    assert first["changed"]
    assert not first["predicted"]
    assert {name for name in after if "private/" not in name} == {
        "ca",
        "ca/certs",
        "ca/certs/chat.example.lan.crt",
        "ca/index.json",
        "ca/issuing.crl",
        "ca/issuing.crt",
        "ca/private",
        "ca/root.crl",
        "ca/root.crt",
    }
    private = {name: mode for name, (mode, _content) in after.items() if "private" in name or name in ("ca", "ca/index.json")}
    assert sorted(private.values()) == [0o600, 0o600, 0o600, 0o700, 0o700]
    second = keep(tmp_path)
    assert not second["changed"]
    assert second["actions"] == []
    assert second["diff"]["before"] == second["diff"]["after"]
    assert {key: second[key] for key in ("root", "chains", "crls")} == {key: first[key] for key in ("root", "chains", "crls")}
    assert tree(tmp_path) == after


def test_check_mode_predicts_and_writes_nothing(tmp_path):
    predicted = keep(tmp_path, check=True)
    assert tree(tmp_path) == {}
    made = keep(tmp_path)
    assert predicted["predicted"]
    assert (predicted["actions"], predicted["diff"]) == (made["actions"], made["diff"])
    assert predicted["chains"].keys() == made["chains"].keys()
    assert "PRIVATE" not in str(predicted)
    before = tree(tmp_path)
    assert not keep(tmp_path, check=True)["changed"]
    wish = {"requests": [{"name": "chat.example.lan", "csr": CSRS[1]}]}
    predicted = keep(tmp_path, check=True, **wish)
    assert tree(tmp_path) == before
    assert predicted["actions"] == keep(tmp_path, **wish)["actions"] == ["issue chat.example.lan: the key changed"]


def test_check_mode_takes_a_predicted_request(tmp_path):
    wish = {"requests": [{"name": "chat.example.lan", "csr": "predicted: DNS:chat.example.lan"}]}
    assert keep(tmp_path, check=True, **wish)["chains"]["chat.example.lan"].count("BEGIN CERTIFICATE") == 2
    with pytest.raises(PkiError, match="only predicted in check mode"):
        keep(tmp_path, **wish)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"passphrase": "wrong horse battery"}, "the passphrase does not open this key"),
        ({"passphrase": "short"}, "passphrase: has 5 characters"),
        ({"domain": "example.com"}, r"requests\[0\] \(chat.example.lan\): chat.example.lan is outside the domain example.com"),
        ({"revoked": ["nobody"]}, "revoked"),
    ],
)
@pytest.mark.parametrize("check", [False, True])
def test_refusal_writes_nothing(tmp_path, changes, words, check):
    keep(tmp_path)
    before = tree(tmp_path)
    with pytest.raises(PkiError, match=words):
        keep(tmp_path, check=check, **changes)
    assert tree(tmp_path) == before


def test_refusal_on_a_fresh_host_writes_nothing(tmp_path):
    with pytest.raises(PkiError, match="outside the networks"):
        keep(tmp_path, networks=["192.0.2.0/24"])
    assert tree(tmp_path) == {}


def test_passphrase_is_changed_and_taken_away(tmp_path):
    first = keep(tmp_path)
    new = {"passphrase": "staple battery horse"}
    with pytest.raises(PkiError):
        keep(tmp_path, **new)
    assert keep(tmp_path, old_passphrase="correct horse battery", **new)["changed"]
    assert not keep(tmp_path, old_passphrase="correct horse battery", **new)["changed"]
    assert keep(tmp_path, **new)["root"] == first["root"]
    assert keep(tmp_path, key_protection="root_only", **new)["changed"]
    assert not keep(tmp_path, key_protection="root_only", passphrase=None)["changed"]
    assert all(b"ENCRYPTED" not in file.read_bytes() for file in (tmp_path / "ca" / "private").iterdir())
    assert keep(tmp_path)["changed"]
    assert all(b"ENCRYPTED" in file.read_bytes() for file in (tmp_path / "ca" / "private").iterdir())


def test_disorder_is_put_right(tmp_path):
    keep(tmp_path)
    before = tree(tmp_path)
    ca = tmp_path / "ca"
    (ca / "index.json").chmod(0o644)
    ca.chmod(0o755)
    (ca / "root.crt").write_text("junk")
    (ca / "certs" / "chat.example.lan.crt").unlink()
    (ca / "private" / "root-0000.key").write_text("left over")
    (ca / "private" / ".root-0000.key.draft").write_text("left over")
    assert keep(tmp_path, check=True)["actions"] == keep(tmp_path)["actions"]
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["index.json", "private"])
def test_lost_files_are_not_replaced_in_silence(tmp_path, name):
    keep(tmp_path)
    (tmp_path / "ca" / name).rename(tmp_path / "lost")
    with pytest.raises(PkiError, match=r"is missing.*restore it from a backup"):
        keep(tmp_path)


def test_damaged_index(tmp_path):
    keep(tmp_path)
    (tmp_path / "ca" / "index.json").write_text("{")
    with pytest.raises(PkiError, match="is damaged"):
        keep(tmp_path)


def test_a_replaced_ca_leaves_no_key_behind(tmp_path):
    keep(tmp_path)
    old = {file.name for file in (tmp_path / "ca" / "private").iterdir()}
    assert keep(tmp_path, name="Other", replace=True)["changed"]
    new = {file.name for file in (tmp_path / "ca" / "private").iterdir()}
    assert len(new) == 2
    assert not new & old
    assert not keep(tmp_path, name="Other", replace=True)["changed"]


def test_two_runs_at_once_wait_for_each_other(tmp_path):
    folder = Store(str(tmp_path / "ca"))
    with folder.locked(), pytest.raises(PkiError, match="another run works on this CA"), folder.locked(patience=0):
        pass
    with folder.locked(patience=0):
        pass


# Each of these is a moment at which a run can be killed.
STEPS = ("open", "fsync", "fchmod", "chmod", "replace", "unlink", "mkdir")


def killed_run(path, step, changes):
    """Run in a process of its own and end it without a farewell at the given step."""
    count = itertools.count(1)

    def deadly(function):
        def call(*args, **kwargs):
            if (str(path) in str(args[0]) or isinstance(args[0], int)) and next(count) == step:
                os._exit(9)
            return function(*args, **kwargs)

        return call

    for name in STEPS:
        setattr(os, name, deadly(getattr(os, name)))
    keep(path, days=changes.pop("days", 0), **changes)
    os._exit(0)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"requests": [{"name": "chat.example.lan", "csr": CSRS[1]}]},
        {"days": 1500},
        {"passphrase": "staple battery horse", "old_passphrase": "correct horse battery"},
        {"name": "Other", "replace": True},
    ],
    ids=["first run", "new key", "four years later", "new passphrase", "new CA"],
)
def test_killed_at_any_step(tmp_path, changes):
    """After a kill the index is the old one or the new one, and the same run again ends where a run without a kill ends."""
    fork = multiprocessing.get_context("fork")
    days = changes.get("days", 0)
    wish = {name: value for name, value in changes.items() if name != "days"}
    for step in itertools.count(1):
        path = tmp_path / str(step)
        path.mkdir()
        if changes:
            keep(path)
        before = len(Store(str(path / "ca")).read_index().entries)
        process = fork.Process(target=killed_run, args=(path, step, dict(changes)))
        process.start()
        process.join()
        known = Store(str(path / "ca")).read_index().entries
        answer = keep(path, days=days, **wish)
        entries = Store(str(path / "ca")).read_index().entries
        assert entries[: len(known)] == known
        assert len(known) in (before, len(entries))
        assert not keep(path, days=days, **wish)["changed"]
        assert answer["chains"]["chat.example.lan"]
        assert not [name for name in tree(path) if name.endswith(".draft")]
        fit(path, options(path, **wish)["passphrase"])
        if process.exitcode == 0:
            break
    assert step > 10, "the run was not killed where it works"


def fit(path, passphrase):
    ca = path / "ca"
    index = Index.parse((ca / "index.json").read_text(), "index")
    assert len(index.serials()) == len(index.entries)
    files = {file.name for file in (ca / "private").iterdir()}
    assert files == {f"{kind}-{index.newest(kind).key[:16]}.key" for kind in ("root", "issuing")}
    for name in files:
        assert load_key((ca / "private" / name).read_bytes(), name, (passphrase,))[1] == passphrase


def run_module(monkeypatch, capsys, params, check=False):
    from ansible.module_utils import basic

    arguments = {name: value for name, value in params.items() if value is not None}
    arguments["_ansible_check_mode"] = check
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    with pytest.raises(SystemExit):
        module.main()
    return json.loads(capsys.readouterr().out)


def test_module_succeeds(tmp_path, monkeypatch, capsys):
    answer = run_module(monkeypatch, capsys, options(tmp_path))
    assert answer["changed"]
    assert "correct horse battery" not in str(answer)


def test_module_fails_with_the_variables_name(tmp_path, monkeypatch, capsys):
    answer = run_module(monkeypatch, capsys, options(tmp_path, passphrase="short"))
    assert answer["failed"]
    assert answer["msg"].startswith("passphrase: has 5 characters, at least 12 are needed\n")
    assert "local_ca_x" in answer["msg"]


def test_module_predicts_without_cryptography(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(module, "HAS_CRYPTOGRAPHY", False)
    answer = run_module(monkeypatch, capsys, options(tmp_path), check=True)
    assert answer["changed"]
    assert answer["predicted"]
    assert answer["chains"]["chat.example.lan"].count("BEGIN CERTIFICATE") == 2
    assert "cryptography" in run_module(monkeypatch, capsys, options(tmp_path))["msg"]

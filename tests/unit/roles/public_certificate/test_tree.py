# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree that is served: one rename, nothing half, old pairs go."""

from __future__ import annotations

import grp
import os

import pytest
from public_certificate.keeping import Keeping, Wish, own, seed
from public_certificate.pair import examine
from public_certificate.refusal import Refusal
from public_certificate.settings import Settings
from public_certificate.tree import Tree

NAME = "chat.example.com"


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "tree", grp.getgrgid(os.getgid()).gr_name)


@pytest.fixture
def pairs(make, now):
    made = [make("leaf", [NAME], days=(-30, 60 + number)) for number in range(4)]
    return [examine(one.pem, one.key_pem(), NAME, now)[0] for one in made]


def test_install_point_prune(tree, pairs):
    for number, pair in enumerate(pairs):
        target = tree.install("acme", pair, {"names": [NAME]})
        os.utime(tree.root / target, (number, number))
        assert target == f"acme/{pair.digest}"
    assert tree.read(target) == (pair.chain, pair.key, {"names": [NAME]})
    assert (tree.root / target / "key.pem").stat().st_mode & 0o777 == 0o640
    assert tree.served() == ""
    tree.point(f"acme/{pairs[0].digest}")
    tree.prune("acme")
    assert {path.name for path in (tree.root / "acme").iterdir()} == {pairs[0].digest, pairs[3].digest}
    assert str((tree.root / "served").readlink()) == f"acme/{pairs[0].digest}"


def test_what_is_not_whole_is_not_served_and_is_replaced(tree, pairs):
    target = tree.install("acme", pairs[0])
    tree.point(target)
    (tree.root / target / "key.pem").unlink()
    assert tree.served() == "" and list(tree.all("acme")) == []
    tree.install("acme", pairs[0])
    assert tree.served() == target
    tree.sweep()
    assert not list(tree.root.rglob(".new-*"))


def test_heal_leads_back_to_the_seed(tree, pairs):
    tree.root.mkdir()
    tree.point("acme/gone")
    assert not tree.heal(), "there is no seed either"
    tree.point(tree.install("seeds", pairs[0]), "seed")
    assert tree.heal() and tree.served() == "seed"
    assert not tree.heal()
    (tree.root / ".new-1").symlink_to("x")
    (tree.root / "seeds" / ".new-2").mkdir()
    tree.sweep()
    tree.prune("seeds")
    assert sorted(path.name for path in tree.root.iterdir()) == ["seed", "seeds", "served"]
    assert len(list((tree.root / "seeds").iterdir())) == 1


def test_a_group_that_is_not_there(tmp_path, pairs):
    with pytest.raises(Refusal, match="install the chat server's packages first"):
        Tree(tmp_path, "no-such-group").install("acme", pairs[0])


def test_check_mode_on_an_empty_host_predicts_and_writes_nothing(tmp_path, make, now):
    leaf = make("leaf", [NAME])
    settings = Settings(NAME, tree=tmp_path / "tree", state=tmp_path / "state", group="no-such-group", units=())
    wish = Wish(now, check=True)
    given = {"chain": leaf.pem.decode(), "key": leaf.key_pem().decode()}
    for method, expected in (("acme", "would order"), ("files", "would install"), ("local_ca", "would serve seed")):
        chosen = Settings(**{**settings.__dict__, "method": method})
        outcome = Keeping(chosen, wish).run(given)
        assert outcome.actions[0].startswith(expected) and not outcome.problems, outcome
    assert Keeping(settings, wish).run({"chain": "", "key_path": "/nowhere"}, "seed").actions
    assert list(tmp_path.iterdir()) == []


def test_refusals_name_what_the_operator_wrote(make, now, tmp_path):
    leaf = make("leaf", [NAME])
    with pytest.raises(Refusal, match=r"^site_public_certificate\.key: is required"):
        own({"chain": leaf.pem.decode()}, NAME, now)
    with pytest.raises(Refusal, match=r"^site_public_certificate\.certificate: is not for other\.example\.com"):
        own({"chain": leaf.pem.decode(), "key": leaf.key_pem().decode()}, "other.example.com", now)
    with pytest.raises(Refusal, match=r"^public_certificate_seed_key_path: .*No such file"):
        seed({"chain": "", "key_path": str(tmp_path / "none")}, NAME, now)

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sticks carry arrives whole or not at all: whole, as a delta, in pieces, on several sticks, damaged and mended."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import EPOCH, ROOT, VERIFIER, module

REJOIN = ROOT / "roles/offline_bundle/files/rejoin.sh"
BIG = "operator/big.bin"
OLD, NEW = 2026112101, 2026112102
needs_par2 = pytest.mark.skipif(not shutil.which("par2"), reason="needs par2")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def add_par2(cache, folder):
    """A package par2 for this machine's release into a cache: it holds only a call of the machine's own."""
    tree = folder / "par2"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/par2").write_text(f'#!/bin/sh\nexec {shutil.which("par2")} "$@"\n')
    (tree / "usr/bin/par2").chmod(0o755)
    machine, suite = said("dpkg", "--print-architecture"), said("sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME")
    control = f"Package: par2\nVersion: 1\nArchitecture: {machine}\nMaintainer: x <x@example.com>\nDescription: par2\n"
    (tree / "DEBIAN/control").write_text(control)
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, folder / "par2.deb"], check=True, capture_output=True)
    content = (folder / "par2.deb").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    (cache / "pool" / digest).write_bytes(content)
    with (cache / "apt" / suite / "Packages").open("a") as index:
        index.write(f"\n{control}Filename: pool/{suite}/par2_1_{machine}.deb\nSize: {len(content)}\nSHA256: {digest}\n")


@pytest.fixture(scope="session")
def bundles(seal, files, cache, tmp_path_factory):
    """Two bundles in one folder; the second has one large file changed, one moved and one new."""
    scratch, dest = tmp_path_factory.mktemp("parts"), tmp_path_factory.mktemp("two")
    dice = random.Random(5)
    for name, size in {"big": 3000000, "other": 1500000, "same": 700000, "moved": 400000, "new": 900000}.items():
        (scratch / name).write_bytes(dice.randbytes(size))
    add_par2(shutil.copytree(cache, scratch / "cache"), scratch)
    common = {**files, "rejoin.sh": str(REJOIN), "operator/same.bin": str(scratch / "same")}
    first = {**common, BIG: str(scratch / "big"), "operator/here.bin": str(scratch / "moved")}
    second = {**common, BIG: str(scratch / "other"), "operator/there.bin": str(scratch / "moved")}
    second["operator/new.bin"] = str(scratch / "new")
    for serial, content in ((OLD, first), (NEW, second)):
        result, fine = seal(dest, epoch=EPOCH, serial=str(serial), files=content, cache=str(scratch / "cache"))
        assert fine, result
    return dest


@pytest.fixture
def carry(bundles, key, tmp_path):
    """Carry a bundle onto a stick, which is a folder."""

    def call(name="stick", *arguments, serial=NEW, **options):
        (tmp_path / name).mkdir(exist_ok=True)
        settings = {"bundle": str(bundles / f"bundle-{serial}"), "verifier": str(VERIFIER), "signers": f"{key}.signers"}
        return module("bundle_carry", *arguments, dest=str(tmp_path / name), **{**settings, **options})

    return call


@pytest.fixture
def gap(tmp_path):
    """The folder of the copies on the other side."""
    return tmp_path / "bundles"


@pytest.fixture
def rejoin(key, gap):
    """rejoin.sh as it runs in the gap; code and words."""

    def call(*sticks, **more):
        command = ["/bin/sh", REJOIN, "--signers", f"{key}.signers", "--no-provenance", *sticks, gap]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
        return done.returncode, done.stderr or done.stdout

    return call


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def flip(path, places=1, seed=1):
    content = bytearray(path.read_bytes())
    for place in random.Random(seed).sample(range(len(content)), places):
        content[place] ^= 1 << (place % 8)
    path.write_bytes(content)


def one_line(result, code, *words):
    """A failure is one line, from this script, with its code."""
    assert result[0] == code and result[1].startswith("rejoin.sh: ") and result[1].count("\n") == 1, result
    assert all(word in result[1] for word in words), result


def test_a_whole_bundle_is_usable_as_it_is_and_becomes_a_copy(bundles, carry, rejoin, gap, key, tmp_path):
    foretold, _fine = carry("stick", "--check")
    assert foretold["changed"] and not (tmp_path / "stick" / f"bundle-{NEW}").exists()
    result, fine = carry()
    assert fine and result["changed"] and result["written"] == result["bytes"] == foretold["written"], result
    assert tree(Path(result["folder"])) == tree(bundles / f"bundle-{NEW}")
    subprocess.run(["sh", VERIFIER, "--signers", f"{key}.signers", "--no-provenance", result["folder"]], check=True)
    again, _fine = carry()
    assert (again["changed"], again["written"]) == (False, 0)
    assert rejoin(tmp_path / "stick")[0] == 0
    assert tree(gap / str(NEW)) == tree(bundles / f"bundle-{NEW}")
    assert (gap / str(NEW) / "verify.sh").stat().st_mode & 0o777 == 0o755
    code, words = rejoin(tmp_path / "stick")
    assert code == 0 and "nothing to do" in words
    assert sorted(path.name for path in gap.iterdir()) == [str(NEW)]


def test_packages_that_debian_did_not_sign_become_no_copy(carry, key, gap, archive, tmp_path):
    carry()
    command = ["/bin/sh", REJOIN, "--signers", f"{key}.signers", "--keyring", archive.keyring, tmp_path / "stick", gap]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    one_line((done.returncode, done.stderr), 18, "par2")  # it was put into the bundle and into no index of the archive
    assert not (gap / str(NEW)).exists()


def test_a_stick_that_was_pulled_is_found_and_finished(carry, rejoin, tmp_path):
    result, _fine = carry()
    folder = Path(result["folder"])
    (folder / "SHA256SUMS").unlink()
    os.truncate(folder / BIG, 1000)
    (folder / "operator/here.bin").write_text("of another carriage")
    one_line(rejoin(tmp_path / "stick"), 10, "SHA256SUMS is missing")
    again, fine = carry()
    assert fine and again["changed"] and again["written"] == 1500000
    assert not (folder / "operator/here.bin").exists()
    assert rejoin(tmp_path / "stick")[0] == 0


def test_a_damaged_bundle_is_not_carried(bundle, carry, tmp_path):
    flip(bundle / "web/client-1.0.tgz")
    result, fine = carry(bundle=str(bundle))
    assert not fine and "client-1.0.tgz was altered" in result["msg"]
    assert list((tmp_path / "stick").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dest": "/nonexistent"}, "mount the stick"),
        ({"stick": 2}, "there is no number 2"),
        ({"receipt": "/etc/passwd"}, "no receipt"),
        ({"capacity": 1000}, "use larger ones"),
        ({"parity": 200}, "percentage"),
    ],
)
def test_what_cannot_be_carried_is_told(carry, options, words, key, bundles):
    settings = {"bundle": str(bundles), "verifier": str(VERIFIER), "signers": f"{key}.signers", **options}
    result, fine = module("bundle_carry", **settings) if "dest" in options else carry(**options)
    assert not fine and words in result["msg"], result


def test_pieces_on_several_sticks_become_one(bundles, carry, rejoin, gap, tmp_path):
    limits = {"piece": 400000, "capacity": 3000000}
    first, fine = carry("1", **limits)
    assert fine and first["sticks"] == 3, first
    for number in (2, 3):
        result, fine = carry(str(number), stick=number, **limits)
        assert fine, result
    assert sum(path.stat().st_size for path in (tmp_path / "2").rglob("*") if path.is_file()) <= 3000000
    one_line(rejoin(tmp_path / "1", tmp_path / "3"), 22, "stick 2 of 3 is missing")
    assert not any(path.name.isdigit() for path in gap.iterdir())
    piece = sorted(tmp_path.glob("[123]/part-*/operator/*.piece-*"))[0]
    piece.rename(tmp_path / "kept")
    one_line(rejoin(tmp_path / "1", tmp_path / "2", tmp_path / "3"), 22, piece.name)
    shutil.copy(tmp_path / "kept", piece)
    assert rejoin(tmp_path / "3", tmp_path / "1", tmp_path / "2")[0] == 0
    assert tree(gap / str(NEW)) == tree(bundles / f"bundle-{NEW}")


def test_sticks_of_two_bundles_do_not_mix(carry, rejoin, tmp_path):
    carry("new")
    carry("old", serial=OLD)
    one_line(rejoin(tmp_path / "new", tmp_path / "old"), 22, "another bundle")


@pytest.fixture
def delta(bundles, carry, gap):
    """The older bundle is in the gap, and a stick has what is new since."""
    shutil.copytree(bundles / f"bundle-{OLD}", gap / str(OLD))
    result, fine = carry(receipt=str(gap / f"{OLD}/SHA256SUMS"))
    assert fine, result
    return result


def test_a_delta_carries_what_changed_and_little_more(bundles, delta, rejoin, gap, tmp_path):
    old = set(tree(bundles / f"bundle-{OLD}").values())
    changed = sum(len(content) for content in tree(bundles / f"bundle-{NEW}").values() if content not in old)
    carried = sum(len(content) for content in tree(tmp_path / "stick").values())
    assert carried <= 1.1 * changed, (carried, changed)
    assert (delta["base_serial"], Path(delta["folder"]).name) == (OLD, f"part-{NEW}")
    assert rejoin(tmp_path / "stick")[0] == 0
    assert tree(gap / str(NEW)) == tree(bundles / f"bundle-{NEW}")
    assert (gap / str(NEW) / "operator/there.bin").samefile(gap / str(OLD) / "operator/here.bin")
    assert tree(gap / str(OLD)) == tree(bundles / f"bundle-{OLD}")


def test_a_delta_without_its_base_is_refused(bundles, delta, rejoin, gap, tmp_path):
    (gap / str(OLD)).rename(tmp_path / "elsewhere")
    one_line(rejoin(tmp_path / "stick"), 21, str(OLD), "--base")
    other = shutil.copytree(tmp_path / "elsewhere", tmp_path / "other")
    (other / "operator/same.bin").unlink()
    one_line(rejoin("--base", other, tmp_path / "stick"), 21, "operator/same.bin", "not complete")
    with (other / "SHA256SUMS").open("a") as stream:
        stream.write(f"{'0' * 64}  x\n")
    one_line(rejoin("--base", other, tmp_path / "stick"), 21, "is not the bundle")
    one_line(rejoin("--base", tmp_path, tmp_path / "stick"), 21, "holds no bundle")
    assert list(gap.glob("2*")) == []
    (tmp_path / "link").symlink_to("elsewhere")
    assert rejoin("--base", tmp_path / "link", tmp_path / "stick")[0] == 0
    assert tree(gap / str(NEW)) == tree(bundles / f"bundle-{NEW}")


def test_a_base_that_was_altered_is_named(delta, rejoin, gap, tmp_path):
    flip(gap / str(OLD) / "operator/same.bin")
    one_line(rejoin(tmp_path / "stick"), 21, "operator/same.bin", str(OLD), "was altered")
    assert not (gap / str(NEW)).exists()


def test_a_killed_rejoin_leaves_nothing_by_that_name_and_is_taken_up(bundles, carry, key, rejoin, gap, tmp_path):
    carry(piece=300000)
    command = ["/bin/sh", REJOIN, "--signers", f"{key}.signers", "--no-provenance", tmp_path / "stick", gap]
    for delay in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3):
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(delay)
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        if (gap / str(NEW)).exists():
            assert tree(gap / str(NEW)) == tree(bundles / f"bundle-{NEW}")
            shutil.rmtree(gap / str(NEW))
    (gap / ".rejoin/operator").mkdir(parents=True, exist_ok=True)
    (gap / ".rejoin" / BIG).write_text("half of it")
    (gap / ".rejoin/evil").write_text("left by nobody")
    assert rejoin(tmp_path / "stick")[0] == 0
    assert tree(gap / str(NEW)) == tree(bundles / f"bundle-{NEW}")
    assert [path.name for path in gap.iterdir()] == [str(NEW)]


def test_an_incomplete_copy_of_the_same_bundle_is_replaced(bundles, carry, rejoin, gap, tmp_path):
    carry()
    shutil.copytree(bundles / f"bundle-{NEW}", gap / str(NEW))
    (gap / str(NEW) / BIG).unlink()
    assert rejoin(tmp_path / "stick")[0] == 0
    assert tree(gap / str(NEW)) == tree(bundles / f"bundle-{NEW}")


@pytest.mark.parametrize(
    ("harm", "code", "word"),
    [
        (lambda folder: flip(folder / BIG), 17, BIG),
        (lambda folder: flip(folder / "SHA256SUMS"), 11, "SHA256SUMS"),
        (lambda folder: (folder / "SHA256SUMS.sshsig").unlink() or (folder / "SHA256SUMS.asc").unlink(), 10, "signature"),
        (lambda folder: (folder / BIG).unlink(), 22, BIG),
        (lambda folder: (folder / "web/more").symlink_to("/etc/passwd"), 14, "web/more"),
        (lambda folder: os.mkfifo(folder / "pipe"), 14, "pipe"),
    ],
)
def test_a_harmed_stick_is_refused_with_its_code(carry, rejoin, gap, tmp_path, harm, code, word):
    harm(Path(carry()[0]["folder"]))
    one_line(rejoin(tmp_path / "stick"), code, word)
    assert not (gap / str(NEW)).exists()


def test_what_nobody_signed_does_not_come_along(bundles, carry, rejoin, gap, tmp_path):
    (Path(carry()[0]["folder"]) / "evil").write_text("x")
    assert rejoin(tmp_path / "stick")[0] == 0
    assert tree(gap / str(NEW)) == tree(bundles / f"bundle-{NEW}")


@needs_par2
@pytest.mark.parametrize("seed", range(2))
def test_random_damage_is_mended(bundles, carry, rejoin, gap, tmp_path, seed):
    result, fine = carry(parity=15, piece=1000000)
    assert fine, result
    folder, dice = Path(result["folder"]), random.Random(seed)
    flip(folder / "operator/new.bin", 5, seed)
    flip(dice.choice(sorted(folder.glob("operator/*.piece-*"))), 5, seed)
    flip(folder / "SHA256SUMS", 2, seed)
    flip(folder / "CARRIER", 1, seed)
    (folder / "BUNDLE.json").unlink()
    one_line(rejoin(tmp_path / "stick"), 11, "--repair")
    code, words = rejoin("--repair", tmp_path / "stick")
    assert code == 0, words
    assert tree(gap / str(NEW)) == tree(bundles / f"bundle-{NEW}")
    assert [path.name for path in gap.iterdir()] == [str(NEW)]


@needs_par2
def test_too_much_damage_is_told(carry, rejoin, gap, tmp_path):
    folder = Path(carry(parity=5)[0]["folder"])
    (folder / BIG).unlink()
    flip(folder / "operator/same.bin")
    one_line(rejoin("--repair", tmp_path / "stick"), 23, "carry it again")
    assert not (gap / str(NEW)).exists() and not (gap / ".mended").exists()


@needs_par2
def test_par2_comes_from_the_bundle_when_its_sum_is_signed(carry, rejoin, gap, tmp_path):
    folder = Path(carry(parity=10)[0]["folder"])
    flip(folder / "operator/same.bin")
    bare = tmp_path / "bin"
    bare.mkdir()
    for path in [*Path("/usr/bin").iterdir(), *Path("/bin").iterdir()]:
        if path.name != "par2" and not (bare / path.name).is_symlink():
            (bare / path.name).symlink_to(path)
    deb = sorted(folder.glob("debian/pool/*/par2_*"))[0]
    whole = deb.read_bytes()
    flip(deb)
    one_line(rejoin("--repair", tmp_path / "stick", env={"PATH": str(bare)}), 23, "no par2")
    deb.write_bytes(whole)
    code, words = rejoin("--repair", tmp_path / "stick", env={"PATH": str(bare)})
    assert code == 0, words


@needs_par2
def test_parity_is_made_once_and_goes_when_it_is_not_wanted(carry):
    result, fine = carry(parity=10)
    assert fine and result["changed"], result
    assert not carry(parity=10)[0]["changed"]
    again, _fine = carry()
    assert again["changed"] and not (Path(again["folder"]) / "parity").exists()


@pytest.fixture
def small(tmp_path):
    """Mount a small file system of a kind, in a file of its own."""
    mounted = []

    def call(name, kind, size):
        if not shutil.which(f"mkfs.{kind}"):
            pytest.skip(f"no mkfs.{kind} on this machine")
        image, folder = tmp_path / f"{name}.img", tmp_path / name
        folder.mkdir()
        with image.open("wb") as stream:
            stream.truncate(size)
        subprocess.run([f"mkfs.{kind}", image], check=True, capture_output=True)
        done = subprocess.run(["mount", "-o", "loop", image, folder], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"cannot mount {kind} here: {done.stderr}")
        mounted.append(folder)
        return folder

    yield call
    for folder in mounted:
        subprocess.run(["umount", folder], check=True)


@needs_root
def test_a_fat_stick_carries_it(bundles, small, carry, rejoin, gap, tmp_path):
    small("fat", "vfat", 20000000)
    result, fine = carry("fat", piece=1000000)
    assert fine, result
    assert not carry("fat", piece=1000000)[0]["changed"]
    assert rejoin(tmp_path / "fat")[0] == 0
    assert tree(gap / str(NEW)) == tree(bundles / f"bundle-{NEW}")
    assert (gap / str(NEW) / BIG).stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(not shutil.which("mcopy") or not shutil.which("mkfs.vfat"), reason="needs mtools and dosfstools")
def test_fat_keeps_every_name(bundles, carry, rejoin, gap, tmp_path):
    """The same without the kernel's help, which not every machine has."""
    result, _fine = carry(piece=1000000)
    image, back = tmp_path / "fat.img", tmp_path / "back"
    back.mkdir()
    with image.open("wb") as stream:
        stream.truncate(40000000)
    subprocess.run(["mkfs.vfat", image], check=True, capture_output=True)
    subprocess.run(["mcopy", "-s", "-i", image, result["folder"], "::"], check=True)
    subprocess.run(["mcopy", "-s", "-i", image, f"::{Path(result['folder']).name}", back], check=True)
    assert rejoin(back)[0] == 0
    assert tree(gap / str(NEW)) == tree(bundles / f"bundle-{NEW}")


@needs_root
def test_a_stick_that_is_too_small_is_told_before_it_is_written(small, carry):
    stick = small("little", "ext4", 3000000)
    result, fine = carry("little")
    assert not fine and "MB are needed" in result["msg"]
    assert [path.name for path in stick.iterdir()] == ["lost+found"]


@needs_root
def test_too_little_room_in_the_gap_is_told_before_it_is_used(small, carry, rejoin, gap, tmp_path):
    carry()
    small("bundles", "ext4", 4000000)
    one_line(rejoin(tmp_path / "stick"), 24, "make room")
    assert [path.name for path in gap.iterdir() if path.name not in ("lost+found", ".rejoin")] == []


@pytest.mark.parametrize(
    "options", [[], ["--signers"], ["--signers", "/nonexistent", "a", "b"], ["--what"], ["--signers", "/etc/passwd", "a"]]
)
def test_wrong_use(options, tmp_path):
    done = subprocess.run(["/bin/sh", REJOIN, *options], capture_output=True, text=True, check=False, cwd=tmp_path)
    one_line((done.returncode, done.stderr), 2)


def test_help_names_every_exit_code():
    text = subprocess.run(["/bin/sh", REJOIN, "--help"], capture_output=True, text=True, check=True).stdout
    for code in (0, 2, *range(10, 19), *range(20, 25)):
        assert f"\n  {code:2} " in text

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""install.sh on a bare Debian 13 machine: refused before anything is changed, killed and healed, run again, and back."""

from __future__ import annotations

import os
import random
import subprocess
import time

import pytest

from . import seats

HOST = "admin13"
KILLS = int(os.environ.get("ONPREM_KILLS", "3"))
#: Seconds after which a run is killed: from the copy to the last links.
SPAN = (0.5, 7.0)
SIGNERS = "/root/by-hand.signers"
# Every case has the machine's mounts for itself. $b is the bundle, $w a folder in memory, `writable` makes $b one to do harm to.
PRELUDE = f"""
b=$(readlink -f /media/bundles/latest)
w=/mnt
mount -t tmpfs -o size=900m case $w
writable() {{
  mkdir $w/upper $w/work $w/b
  mount -t overlay -o lowerdir=$b,upperdir=$w/upper,workdir=$w/work overlay $w/b
  b=$w/b
}}
flip() {{ printf '\\001\\002\\003' | dd of="$1" bs=1 seek=1000 conv=notrunc status=none; }}
install="sh $b/install.sh --signers {SIGNERS}"
"""
BARE = """
set -e
for path in /opt/onprem-chat /srv/onprem-chat/bundle /etc/onprem-chat /usr/local/bin/ansible; do test ! -e $path; done
test -z "$(ls -A /srv/onprem-chat/bundles 2>/dev/null)"
! dpkg-query -W -f '${db:Status-Status}' python3-venv 2>/dev/null | grep -x installed
"""
# What is wrong, what is done, the exit code, a word of the message
REFUSED = {
    "no signers": ("sh $b/install.sh", 2, "--signers FILE is needed"),
    "an unknown option": ("$install --fast", 2, "--fast"),
    "no bundle": ("$install /root", 2, "no bundle"),
    "signers from the stick": (
        f"mkdir -p $w/b/debian; cp {SIGNERS} $w/s; sh $b/install.sh --signers $w/s $w/b",
        2,
        "came on the stick",
    ),
    "not root": ("runuser -u nobody -- sh $b/install.sh --signers /etc/passwd", 26, "needs root"),
    "half-copied": ("writable; rm $b/SHA256SUMS.sshsig $b/SHA256SUMS.asc; $install $b", 10, "not copied to its end"),
    "signed by others": (
        "ssh-keygen -q -t ed25519 -N '' -f $w/k; sed 's/.*/bundle &/' $w/k.pub >$w/s; sh $b/install.sh --signers $w/s",
        11,
        "pinned signer",
    ),
    "another pin": (
        f"mkdir $w/e; cp {SIGNERS} $w/e/bundle.signers; echo >>$w/e/bundle.signers; pinned; $install",
        11,
        "is pinned",
    ),
    "planted": ("writable; touch $b/evil; $install $b", 15, "evil"),
    "missing": ("writable; rm $b/web/*; $install $b", 16, "web/"),
    "altered description": ("writable; flip $b/BUNDLE.json; $install $b", 17, "BUNDLE.json"),
    "altered wheel": ("writable; flip $(ls $b/python/wheels/* | head -n 1); $install $b", 17, "python/wheels/"),
    "older": ("mkdir -p /opt/onprem-chat; ln -s 2999010101 /opt/onprem-chat/current; $install", 19, "older than the one in use"),
    "clock in 2020": ("fake date 'case $* in *-s*) exit 1;; esac; echo 1577836800'; $install", 20, "clock"),
    "no room": ("mount -t tmpfs -o size=200m small /srv; $install", 24, "make room"),
    "another Debian": ("sed s/trixie/sid/ /etc/os-release >$w/o; mount --bind $w/o /etc/os-release; $install", 25, "sid"),
    "newer packages": (
        "d=/var/lib/dpkg/status; sed '/^Package: python3$/,/^$/s/^Version: .*/Version: 99/' $d >$w/s;"
        " mount --bind $w/s $d; $install",
        25,
        "newer than those of the bundle",
    ),
    "somebody else's Ansible": ("mount -t tmpfs theirs /usr/local/bin; touch /usr/local/bin/ansible; $install", 27, "not ours"),
}
FAKES = """
fake() { mkdir $w/bin; printf '#!/bin/sh\\n%s\\n' "$2" >$w/bin/$1; chmod +x $w/bin/$1; export PATH=$w/bin:$PATH; }
pinned() { mkdir /etc/onprem-chat; mount --bind $w/e /etc/onprem-chat; }
"""
CLEAN = "rm -rf /opt/onprem-chat /srv/onprem-chat; rmdir /etc/onprem-chat 2>/dev/null; true"


def shell(text, check=True):
    """Run a command on the machine; its exit code and what it said."""
    done = subprocess.run([seats.LAB, "exec", HOST, "bash", "-c", text], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def install(*words):
    return f"b=$(readlink -f /media/bundles/latest); sh $b/install.sh --signers {SIGNERS} {' '.join(words)}"


@pytest.fixture(scope="module", autouse=True)
def signers():
    """What came by another way than the stick."""
    seats.put(HOST, SIGNERS, (seats.WALK / "home/.config/onprem-chat/bundle-key.signers").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_anything_changes(case):
    command, code, word = REFUSED[case]
    text = (PRELUDE + FAKES + command).replace("'", "'\\''")
    done = shell(f"unshare --mount bash -c '{text}'", check=False)
    # what a case had to plant, and the verified copy, which may stay
    shell(CLEAN if case in ("older", "another pin", "newer packages") else "true")
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stdout + done.stderr
    assert done.stderr.startswith("install.sh: ") and word in done.stderr
    shell(BARE)


def test_help_lists_the_exit_codes():
    said = shell("sh /media/bundles/latest/install.sh --help").stdout
    for code in {code for _command, code, _word in REFUSED.values()}:
        assert f"\n  {code:2}  " in said


def test_killed_runs_heal():
    seed = int(os.environ.get("ONPREM_SEED", time.time()))
    dice = random.Random(seed)
    for delay in sorted(dice.uniform(*SPAN) for _ in range(KILLS)):
        said = shell(f"setsid bash -c '{install()}' & sleep {delay:.1f}; kill -KILL -- -$!; wait").stdout
        print(f"seed {seed}: killed after {delay:.1f} s: {said.splitlines()[-1:]}")
    # on a quick machine the last of them came too late, and then there is nothing left to do
    assert "this is the control node" in shell(install()).stdout.lower()
    assert "core" in shell("cd /; ansible --version").stdout
    assert "airgap" in shell("cd /; ansible-playbook --syntax-check -i /etc/onprem-chat/site onprem.chat.airgap").stdout


def test_a_second_run_has_nothing_to_do():
    look = "find /opt /srv/onprem-chat /etc /usr -xdev -printf '%p %s %m %T@\\n' | sort | sha256sum"
    before = shell(look).stdout
    said = shell(install()).stdout
    assert said.startswith("Nothing to do") and said.count("\n") == 1
    assert shell("onprem-chat-install").stdout == said
    assert shell(look).stdout == before


def test_a_damaged_copy_is_made_anew():
    shell("printf x >>$(readlink -f /srv/onprem-chat/bundle)/BUNDLE.json")
    assert "Copying" in shell(install()).stdout
    assert shell(f"onprem-chat-verify --signers {SIGNERS} /srv/onprem-chat/bundle").returncode == 0


def test_apt_is_as_it_was():
    assert (
        shell("ls /etc/apt/apt.conf.d | grep onprem; ls /var/lib/apt/lists | grep -v -E 'lock|partial|auxfiles'; true").stdout
        == ""
    )


def test_nobody_was_asked():
    done = subprocess.run([seats.LAB, "leaks"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout

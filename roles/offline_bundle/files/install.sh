#!/bin/sh
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes a control node out of a bare Debian 12 or 13 machine and a bundle. Contacts nobody.
set -u
umask 022
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

usage() {
    cat <<'END'
install.sh [--signers FILE] [--allow-older] [DIR]

Makes this Debian machine the control node of a site in the gap, as root, out of a bundle: copies it to /srv/onprem-chat, verifies
the copy with the verify.sh beside this script, and installs Ansible and the collections from the copy. Run it again whenever you
like: it does what is left to do. A newer bundle upgrades, and what was before is kept.

  DIR             the bundle. Not given, it is the folder of this script, or for the installed command (onprem-chat-install) the
                  newest copy in /srv/onprem-chat/bundles.
  --signers FILE  who may sign bundles: the .signers text made with the bundle's key, brought by another way than the stick.
                  Needed once; then it is pinned in /etc/onprem-chat/bundle.signers.
  --allow-older   take a bundle that is older than the one in use; without DIR, the one before it.

What it makes
  /srv/onprem-chat/bundles/SERIAL, /srv/onprem-chat/bundle       verified copies, and the one in use
  /opt/onprem-chat/SERIAL, /opt/onprem-chat/current              Ansible and collections, and those in use
  /usr/local/bin/ansible*, /usr/local/sbin/onprem-chat-*         the commands
  /usr/share/ansible/collections/ansible_collections/*/*         links to the collections
  /etc/onprem-chat/site, /etc/ansible/ansible.cfg                an inventory to fill in, settings; never overwritten
apt's own sources and lists stay as they are.

Exit codes (10 to 18 are those of verify.sh)
   0  this machine is the control node, with this bundle
   2  wrong use of this command
  10  SHA256SUMS or its signature is missing (a half-copied stick)
  11  the signature is not valid or not by a pinned signer
  12  no means to check the signature
  13  SHA256SUMS is damaged
  14  something other than a plain file in the bundle
  15  a file that is not in SHA256SUMS
  16  a file is missing
  17  a file was altered
  18  a package that Debian did not sign
  19  the bundle is older than the one in use
  20  the clock cannot be right and could not be set
  24  not enough room on a disk
  25  the bundle holds nothing for this machine's Debian release, architecture or Python, or older packages than it has
  26  needs root
  27  a step of the installation failed; the tool's last words are said
END
}

fail() { # CODE WORDS
    code=$1
    shift
    printf 'install.sh: %s\n' "$*" >&2
    exit "$code"
}

say() {
    printf '%s\n' "$*"
    quiet=no
}

last_words() { # the line that says it, or the last one
    grep -E '^(E:|ERROR|error:|\[ERROR\]|dpkg: error)' "$work/said" | head -n 1 | grep . || grep '[^[:space:]]' "$work/said" | tail -n 1
}

step() { # WORDS COMMAND...: what it prints is kept, and said when it fails
    what=$1
    shift
    "$@" >"$work/said" 2>&1 </dev/null && return
    [ "$(df -Pk /srv /opt /usr /var | awk 'NR > 1 && $4 < 1024' | wc -l)" -eq 0 ] || fail 24 "$what: the disk is full; make room and run this again"
    fail 27 "$what: $(last_words)"
}

verified() { # [OPTION] DIR: verify.sh's own code and words when it is not
    sh "$here/verify.sh" --signers "$signers" "$@" 2>"$work/said" >/dev/null && cat "$work/said" >&2
}

refuse() { # DIR CODE: after verified
    fail "$2" "$1: $(tail -n 1 "$work/said" | sed 's/^verify.sh: //')"
}

link() { # TARGET PATH: atomic; nothing when it is right
    [ "$(readlink "$2")" = "$1" ] && return
    mkdir -p "${2%/*}"
    ln -sfn "$1" "$2.onprem-chat" && mv -Tf "$2.onprem-chat" "$2" || fail 27 "$2: cannot be made a link to $1"
    quiet=no
}

command_for() { # PATH SCRIPT: no link, for a script finds its neighbours by its own name
    text=$(printf '#!/bin/sh\nexec sh %s "$@"' "$2")
    [ -x "$1" ] && [ "$(cat "$1" 2>/dev/null)" = "$text" ] && return
    printf '%s\n' "$text" >"$1.new" && chmod 0755 "$1.new" && mv -Tf "$1.new" "$1" || fail 27 "$1: cannot be written"
    quiet=no
}

ours() { # PATH: may a link of ours stand there?
    [ ! -e "$1" ] && [ ! -L "$1" ] && return
    case $(readlink "$1") in "$opt"/*) ;; *) return 1 ;; esac
}

# What the machine and the bundle are ------------------------------------------------------------------------------
read_bundle() { # DIR: after its signature was verified
    [ -f "$1/BUNDLE.json" ] || fail 16 "$1: BUNDLE.json is missing: the bundle was not copied to its end"
    (cd "$1" && grep '  BUNDLE[.]json$' SHA256SUMS | sha256sum --check --status --strict) 2>/dev/null ||
        fail 17 "$1: BUNDLE.json was altered: its content is not what was signed"
    serial=$(sed -n 's/^  "serial": \([0-9]\{10\}\),*$/\1/p' "$1/BUNDLE.json")
    epoch=$(sed -n 's/^  "epoch": \([0-9]*\),*$/\1/p' "$1/BUNDLE.json")
    [ -n "$serial" ] && [ -n "$epoch" ] || fail 25 "$1: BUNDLE.json has no serial or epoch that this script can read; use the bundle's own install.sh"
    copy=$srv/bundles/$serial home=$opt/$serial
    suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
    arch=$(dpkg --print-architecture)
    index=debian/dists/$suite/main/binary-$arch/Packages
    grep -q "  $index\$" "$1/SHA256SUMS" ||
        fail 25 "this machine is $suite $arch, the bundle $serial is for $(sed -n 's|^.*  debian/dists/\([^/]*\)/main/binary-\([^/]*\)/Packages$|\1 \2|p' "$1/SHA256SUMS" | paste -sd, -); build one with this release (offline_bundle_suites)"
    [ -f "$1/$index" ] || fail 16 "$1: $index is missing: the bundle was not copied to its end"
    python=$(awk '$1 == "Package:" { name = $2 } $1 == "Version:" && name == "python3" { split($2, part, "."); print part[1] "." part[2]; exit }' "$1/$index")
    grep -q "  python/lock-$python.txt\$" "$1/SHA256SUMS" ||
        fail 25 "the bundle $serial holds no Ansible for Python ${python:-3 (it has no package python3)} of $suite; build one that does"
}

newest_copy() { # with --allow-older the one before the one in use
    for each in "$srv"/bundles/[0-9]*; do
        name=${each##*/}
        case $name in *[!0-9]*) continue ;; esac
        [ $older = no ] || [ "$name" -lt "$used" ] || continue
        echo "$each"
    done | sort | tail -n 1 | grep .
}

check_serial() {
    [ "$serial" -ge "$used" ] || [ "$older" = yes ] ||
        fail 19 "the bundle $serial is older than the one in use, $used; --allow-older goes back on purpose"
}

check_clock() { # the signature was verified by now; apt takes nothing that was signed in the future
    now=$(date +%s)
    [ "$now" -lt "$epoch" ] || return 0
    date -s "@$epoch" >/dev/null 2>&1 ||
        fail 20 "the clock says $(date -u '+%Y-%m-%d %H:%M') UTC, before the bundle was made, and could not be set; set it with date -s"
    say "The clock said $(date -u -d "@$now" '+%Y-%m-%d %H:%M') UTC, before the bundle was made; it was set to the bundle's time."
}

check_room() { # KB for: the copy, Ansible, packages
    lack=$(for each in "$1 $srv" "$2 $opt" "$3 /usr"; do
        folder=${each#* }
        while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
        df -Pk "$folder" | awk -v kb="${each%% *}" 'NR == 2 { print $NF, $4, kb }'
    done | awk '{ free[$1] = $2; need[$1] += $3 }
        END { for (at in need) if (need[at] > free[at]) printf "%s needs %d MB, has %d MB free; ", at, need[at] / 1000, free[at] / 1000 }')
    [ -z "$lack" ] || fail 24 "${lack}make room and run this again"
}

# Steps of the installation; each does nothing when it was done ---------------------------------------------------
take_copy() { # DIR
    if [ "$(readlink -f "$1")" = "$copy" ] || { [ -d "$copy" ] && verified "$copy"; }; then
        verified "$copy" || refuse "$copy" $?
        check_room 0 "$([ -e "$home/.complete" ] && echo 0 || echo 250000)" 0
        return
    fi
    size=$(du -sk --apparent-size "$1" | cut -f 1)
    new=$srv/bundles/.copying-$serial
    rm -rf "$new"
    check_room $((size + size / 20 + 20000)) 250000 150000
    say "Copying the bundle $serial, $((size / 1000)) MB"
    mkdir -p "$srv/bundles"
    step "copying from $1" cp -RP -- "$1" "$new"
    rm -rf "$new/parity" # repairs sticks, is not signed
    chmod -R u=rwX,go=rX "$new"
    verified "$new" || { code=$?; bad=$(tail -n 1 "$work/said"); rm -rf "$new"; printf '%s\n' "$bad" >"$work/said"; refuse "$1, as it arrived here" "$code"; }
    sync -f "$new"
    rm -rf "$srv/bundles/.gone-$serial"
    [ ! -e "$copy" ] || mv -T "$copy" "$srv/bundles/.gone-$serial"
    mv -T "$new" "$copy" || fail 27 "$copy: cannot be put into place"
    rm -rf "$srv/bundles/.gone-$serial"
}

bundle_apt() {
    env DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1 \
        apt-get -q -y -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$work/lists" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

install_packages() {
    wanted='python3-venv openssh-client' missing=''
    for name in par2 sshpass; do
        ! grep -q "^Package: $name\$" "$copy/$index" || wanted="$wanted $name"
    done
    for name in $wanted; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing="$missing $name"
    done
    [ -n "$missing" ] || [ ! -e "$home/.complete" ] || return
    mkdir -p "$work/lists/partial"
    echo "deb [arch=$arch signed-by=$copy/keys/apt.asc] file:$copy/debian $suite main" >"$work/sources.list"
    [ -z "$(dpkg --audit 2>/dev/null)" ] && [ -z "$(ls -A /var/lib/dpkg/updates)" ] || step 'finishing what dpkg had begun' dpkg --force-confdef --force-confold --configure -a
    step "reading the bundle's package index" bundle_apt -o APT::Update::Error-Mode=any update
    # shellcheck disable=SC2086 # a list of names
    set -- install --no-install-recommends --no-remove $wanted
    if ! bundle_apt -s "$@" >"$work/said" 2>&1; then
        bad=$(grep -E 'but .* (is|is not going) to be installed' "$work/said" | head -n 1 | sed 's/^ *//')
        [ -z "$bad" ] || fail 25 "packages of this machine are newer than those of the bundle $serial, or held ($bad); build a newer bundle"
        step 'planning the packages' bundle_apt -s "$@"
    fi
    ! grep -q '^Inst ' "$work/said" || say "Installing $(grep -c '^Inst ' "$work/said") packages of Debian"
    step 'installing the packages' bundle_apt "$@"
}

install_ansible() {
    sum=$(sha256sum "$copy/SHA256SUMS" | cut -c 1-64)
    [ "$(cat "$home/.complete" 2>/dev/null)" != "$sum" ] || return
    say "Installing Ansible and the collections into $home"
    rm -rf "$home"
    mkdir -p "$opt" "$work/home"
    : >"$work/home/ansible.cfg"
    set -- env -i PATH=/usr/bin:/bin HOME="$work/home" LC_ALL=C.UTF-8 PIP_CONFIG_FILE=/dev/null ANSIBLE_CONFIG="$work/home/ansible.cfg" \
        ANSIBLE_COLLECTIONS_PATH="$home/collections" # galaxy installs nothing that it finds elsewhere
    step 'making the virtual environment' "$@" python3 -m venv "$home"
    step 'installing Ansible' "$@" "$home/bin/python" -I -m pip install --isolated --no-index --find-links "$copy/python/wheels" \
        --require-hashes --disable-pip-version-check --no-cache-dir --quiet -r "$copy/python/lock-$python.txt"
    step 'installing the collections' "$@" "$home/bin/ansible-galaxy" collection install --offline -p "$home/collections" "$copy"/collections/*.tar.gz
    [ -f "$home/collections/ansible_collections/onprem/chat/MANIFEST.json" ] ||
        fail 27 "the bundle $serial holds no collection onprem.chat; build one that does"
    printf '%s\n' "$sum" >"$home/.making" && sync -f "$home" && mv "$home/.making" "$home/.complete" || fail 27 "$home: cannot be finished"
}

COMMANDS='ansible ansible-config ansible-console ansible-doc ansible-galaxy ansible-inventory ansible-playbook ansible-vault'

put_into_use() {
    mkdir -p /etc/onprem-chat
    if [ ! -e "$pin" ]; then
        cp "$signers" "$pin.new" && mv "$pin.new" "$pin" || fail 27 "$pin: cannot be written"
        say "Pinned who may sign bundles: $pin"
    fi
    files=$home/collections/ansible_collections/onprem/chat
    if [ ! -e /etc/onprem-chat/site ]; then
        rm -rf /etc/onprem-chat/.site
        step 'making an inventory to fill in' cp -R "$files/inventories/minimal" /etc/onprem-chat/.site
        chmod -R u=rwX,go= /etc/onprem-chat/.site
        mv -T /etc/onprem-chat/.site /etc/onprem-chat/site
        say 'Made an inventory to fill in: /etc/onprem-chat/site'
    fi
    link "bundles/$serial" "$srv/bundle"
    link "$serial" "$opt/current"
    for name in $COMMANDS; do link "$opt/current/bin/$name" "/usr/local/bin/$name"; done
    scripts=collections/ansible_collections/onprem/chat/roles/offline_bundle/files
    for name in install verify rejoin; do
        [ ! -f "$home/$scripts/$name.sh" ] || command_for "/usr/local/sbin/onprem-chat-$name" "$opt/current/$scripts/$name.sh"
    done
    for each in "$home"/collections/ansible_collections/*/*/; do
        name=${each%/} name=${name#"$home/collections/"}
        if ours "$shared/$name"; then link "$opt/current/collections/$name" "$shared/$name"; else echo "$shared/$name is not ours and stays; it is used in place of the bundle's"; fi
    done
    if [ ! -e /etc/ansible/ansible.cfg ]; then
        mkdir -p /etc/ansible
        cat >/etc/ansible/.onprem-chat <<'END'
# Made once by install.sh of onprem.chat; change it as you like.
[defaults]
inventory = /etc/onprem-chat/site
stdout_callback = onprem.chat.progress
callback_result_format = yaml
display_skipped_hosts = false
gathering = explicit
forks = 20
interpreter_python = auto_silent
retry_files_enabled = false
nocows = true

[connection]
pipelining = true

[ssh_connection]
ssh_args = -o ControlMaster=auto -o ControlPersist=60s
END
        mv /etc/ansible/.onprem-chat /etc/ansible/ansible.cfg
    fi
}

drop_old() { # what is older than both the one in use and the one before it
    [ "$used" -gt 0 ] && [ "$used" != "$serial" ] || return
    for each in "$opt"/[0-9]* "$srv"/bundles/[0-9]*; do
        name=${each##*/}
        case $name in *[!0-9]*) continue ;; esac
        [ "$name" -ge "$serial" ] || [ "$name" -ge "$used" ] || rm -rf "$each"
    done
}

main() {
    srv=/srv/onprem-chat opt=/opt/onprem-chat pin=/etc/onprem-chat/bundle.signers shared=/usr/share/ansible/collections
    here=$(dirname -- "$(readlink -f -- "$0")") signers='' older=no dir='' quiet=yes second=no
    while [ $# -gt 0 ]; do
        case $1 in
        --signers)
            [ $# -gt 1 ] || fail 2 '--signers needs a file'
            signers=$2
            shift
            ;;
        --allow-older) older=yes ;;
        --second-half) second=yes ;; # of a copy that the first half has verified; its own script knows best what is in it
        -h | --help)
            usage
            exit 0
            ;;
        -*) fail 2 "unknown option $1 (see --help)" ;;
        *) dir=$1 ;;
        esac
        shift
    done
    [ "$(id -u)" = 0 ] || fail 26 'needs root: run it with sudo, or as root'
    used=$(readlink "$opt/current")
    case $used in '' | *[!0-9]*) used=0 ;; esac
    if [ -z "$dir" ]; then
        dir=$here
        [ -d "$here/debian" ] || dir=$(newest_copy) || fail 2 "no such copy in $srv/bundles; name the bundle"
    fi
    dir=$(readlink -f -- "$dir") && [ -d "$dir" ] || fail 2 'there is no such folder; name the bundle'
    [ -d "$dir/debian" ] || fail 2 "$dir is no bundle; name the folder bundle-SERIAL on the stick"
    case $signers in
    '') [ -e "$pin" ] || fail 2 '--signers FILE is needed the first time (see --help)' ;;
    *)
        [ -r "$signers" ] || fail 2 "cannot read $signers"
        signers=$(readlink -f -- "$signers")
        case $(stat -c %m "$signers") in /media/* | /mnt | /mnt/* | /run/media/*)
            [ "$(stat -c %m "$signers")" != "$(stat -c %m "$dir")" ] || fail 2 "$signers came on the stick; a stick that brings its own signers proves nothing"
            ;;
        esac
        [ ! -e "$pin" ] || cmp -s "$signers" "$pin" || fail 11 "$signers is not what is pinned in $pin; when the signers were changed on purpose, replace that file by hand"
        ;;
    esac
    [ -n "$signers" ] || signers=$pin
    work=$(mktemp -d) || fail 24 'cannot make a temporary folder'
    trap 'rm -rf "$work"' EXIT
    trap 'exit 27' HUP INT TERM
    mkdir -p "$srv"
    exec 9>>"$srv/.lock"
    flock -w 600 9 || fail 27 "another run has been at work for ten minutes; wait for it or end it ($srv/.lock)"
    if [ $second = no ]; then
        verified --signature-only "$dir" || refuse "$dir" $?
        read_bundle "$dir"
        check_serial
        for name in $COMMANDS; do ours "/usr/local/bin/$name" || fail 27 "/usr/local/bin/$name is not ours; move it away, Ansible of the bundle goes there"; done
        check_clock
        take_copy "$dir"
        # the lock goes along: it is held by the open file
        set -- --second-half --signers "$signers"
        [ $older = no ] || set -- "$@" --allow-older
        [ $quiet = yes ] || export ONPREM_CHAT_SAID=yes
        rm -rf "$work"
        exec sh "$copy/install.sh" "$@" "$copy"
    fi
    read_bundle "$dir"
    [ "$dir" = "$copy" ] || fail 2 "--second-half is for $copy alone"
    check_serial
    install_packages
    install_ansible
    put_into_use
    drop_old
    [ $quiet = no ] || [ -n "${ONPREM_CHAT_SAID:-}" ] || { echo "Nothing to do: this is the control node, with bundle $serial."; exit 0; }
    echo "This is the control node, with bundle $serial. Describe the site in /etc/onprem-chat/site, then: ansible-playbook onprem.chat.airgap"
}

main "$@"
exit 0

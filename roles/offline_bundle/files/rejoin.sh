#!/bin/sh
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# One whole, verified bundle out of what sticks carried. Needs nothing that a bare Debian 12 or 13 lacks.
set -u
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/sbin:/sbin
umask 022

usage() {
    cat <<'END'
rejoin.sh --signers FILE [--base DIR] [--repair] [--no-provenance] [--keyring FILE] CARRIER... DEST

Makes DEST/SERIAL, a complete copy of the bundle that is on the sticks: joins files that were cut, takes what a delta
left out from the copy that it builds on, checks everything with verify.sh (the one beside this script) and only then
gives the copy its name. What was there before stays as it is until then; a run that was cut off is taken up by the next.

  --signers FILE  who may sign: the .signers text made with the bundle's key. Never take it from a stick.
  --base DIR      an older complete copy; files of the same content are taken from there. Not given, a delta looks for
                  its own one in DEST.
  --repair        mend the sticks' damage first, in a copy, with the parity that they carry. Takes par2 from this
                  machine, else from a signed bundle on a stick or in DIR.
  --no-provenance, --keyring FILE
                  as in verify.sh: leave out whether Debian signed the packages, and where Debian's keys are.
  CARRIER         where a stick is mounted, or the folder on it. One for each stick.
  DEST            the folder of the copies, such as /srv/onprem-chat/bundles.

Run it from a copy in the gap that was verified before (/srv/onprem-chat/bundle/rejoin.sh): a script that comes
from the stick is only as good as the stick.

Exit codes
   0  DEST/SERIAL is whole and as signed
   2  wrong use of this command
  10  SHA256SUMS or its signature is missing (a half-copied stick)
  11  the signature is not valid or not by a pinned signer
  12  no means to check
  13  SHA256SUMS is damaged
  14  something other than a plain file (a link, a device)
  15  a file that is not in SHA256SUMS
  16  a file is missing
  17  a file was altered
  18  a package that Debian did not sign
  20  the clock of this machine is behind, and its only means to check a signature minds
  21  a delta's base is missing, damaged or another one
  22  a piece or a stick is missing, or a stick is not whole
  23  damage that parity cannot repair
  24  not enough room
END
}

fail() { # CODE WORDS
    code=$1
    shift
    printf 'rejoin.sh: %s\n' "$*" >&2
    exit "$code"
}
absolute() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s\n' "$PWD/$1" ;; esac; }

signers='' base='' repair=no provenance='' keyring=''
while [ $# -gt 0 ]; do
    case $1 in
    --signers | --base | --keyring)
        [ $# -gt 1 ] || fail 2 "$1 needs a value"
        case $1 in
        --base) base=$(absolute "$2") ;;
        --keyring) keyring=$(absolute "$2") ;;
        *) signers=$(absolute "$2") ;;
        esac
        shift
        ;;
    --repair) repair=yes ;;
    --no-provenance) provenance=--no-provenance ;;
    -h | --help)
        usage
        exit 0
        ;;
    --) ;;
    -*) fail 2 "unknown option $1 (see --help)" ;;
    *) break ;;
    esac
    shift
done
[ -n "$signers" ] || fail 2 "--signers FILE is needed (see --help)"
[ -r "$signers" ] || fail 2 "cannot read $signers"
[ $# -gt 1 ] || fail 2 "name the sticks and then the folder of the copies (see --help)"
for dest; do :; done
dest=$(absolute "$dest")
verifier=$(absolute "$(dirname -- "$0")")/verify.sh
[ -r "$verifier" ] || fail 2 "needs verify.sh beside it, in $(dirname -- "$verifier")"
[ -z "$base" ] || [ -f "$base/SHA256SUMS" ] || fail 21 "$base holds no bundle; name the copy that the delta builds on"
mkdir -p -- "$dest" 2>/dev/null && [ -w "$dest" ] || fail 2 "cannot write to $dest"

work=$dest/.rejoin mended=$dest/.mended
temp=$(mktemp -d) || fail 2 "cannot make a temporary folder"
trap 'rm -rf "$temp" "$mended"' EXIT
trap 'exit 2' HUP INT TERM
rm -rf "$mended"

# verify.sh says it in its own words and with its own code
verify() { # FOLDER OPTION...
    verified=$1
    shift
    [ -z "$provenance" ] || set -- "$provenance" "$@"
    [ -z "$keyring" ] || set -- --keyring "$keyring" "$@"
    sh "$verifier" --signers "$signers" "$@" "$verified" >/dev/null 2>"$temp/said" && return 0
    code=$?
    words=$(sed -n '$s/^[a-z]*\.sh: //p' "$temp/said")
    return 1
}
copied() { # WHAT, after a failed copy whose words are in $temp/said
    if grep -q 'No space left' "$temp/said"; then fail 24 "$dest is full; make room and run again"; fi
    fail 22 "$1 ($(tail -n 1 "$temp/said"))"
}

# 1. the sticks ----------------------------------------------------------------------------------------------------
bundle_on() { # STICK: sets folder, the highest serial that it holds
    folder=$1 high=0
    [ -d "$1" ] || fail 2 "$1 is not there; mount the stick"
    case ${1%/} in */bundle-20???????? | */part-20????????) return ;; esac
    [ ! -f "$1/SHA256SUMS" ] || return
    for found in "$1"/bundle-20???????? "$1"/part-20????????; do
        number=${found##*-}
        case $number in *[!0-9]*) continue ;; esac
        if [ -d "$found" ] && [ "$number" -gt "$high" ]; then folder=$found high=$number; fi
    done
    [ "$high" -gt 0 ] || fail 22 "$1 carries no bundle; name the stick or the folder on it"
}

find_par2() { # par2 of this machine, else one whose sum is in a signed manifest, never one that was not checked
    ! command -v par2 >/dev/null 2>&1 || return 0
    # shellcheck disable=SC1091
    suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}") machine=$(dpkg --print-architecture)
    while IFS= read -r place; do
        [ -d "$place" ] || continue
        bundle_on "$place"
        rm -rf "$temp/try" "$temp/par2"
        mkdir "$temp/try" "$temp/par2"
        cp -- "$folder"/SHA256SUMS* "$temp/try" 2>/dev/null && verify "$temp/try" --signature-only || continue
        for deb in "$folder/debian/pool/$suite"/par2_*_"$machine.deb" "$folder/debian/pool/$suite"/libgomp1_*_"$machine.deb"; do
            cp -- "$deb" "$temp/deb" 2>/dev/null || continue
            sum=$(sha256sum <"$temp/deb")
            ! grep -qxF "${sum%% *}  ${deb#"$folder/"}" "$temp/try/SHA256SUMS" || dpkg-deb -x "$temp/deb" "$temp/par2"
        done
        [ -x "$temp/par2/usr/bin/par2" ] || continue
        PATH=$temp/par2/usr/bin:$PATH
        LD_LIBRARY_PATH=$(find "$temp/par2/usr/lib" -name 'libgomp.so*' -printf '%h\n' -quit)
        export LD_LIBRARY_PATH
        return 0
    done <"$temp/places"
    fail 23 "no par2 to mend with, neither here nor in a bundle that is as signed; install the package par2 or carry again"
}

mend() { # NUMBER: a copy of the stick's folder, mended; sets folder to it. What cannot be read is mended as well.
    [ -d "$folder/parity" ] || return 0
    damaged=$folder
    find_par2
    need=$(du -sk -- "$damaged" | cut -f 1)
    room=$(df -Pk -- "$dest" | awk 'NR == 2 { print $4 }')
    [ "$room" -gt "$need" ] || fail 24 "$dest has $((room / 1000)) MB left and mending takes $((need / 1000 + 1)) MB; make room"
    mkdir -p "$mended"
    cp -r -- "$damaged" "$mended/$1" 2>"$temp/said" || ! grep -q 'No space left' "$temp/said" || copied "$damaged"
    folder=$mended/$1
    find "$folder" ! -type f ! -type d -exec rm -f {} + # a link could lead par2 astray
    set -- "$folder"/parity/*.par2
    [ -f "$1" ] || return 0
    (cd -- "$folder" && par2 repair -q -q -B "$folder" "$1") >"$temp/said" 2>&1 ||
        fail 23 "$damaged is more damaged than its parity can repair ($(tail -n 1 "$temp/said")); carry it again"
    cp -- "$folder"/parity/SHA256SUMS* "$folder/"
}

hint() { # FOLDER: what may help against damage there
    [ $repair = yes ] || [ ! -d "$1/parity" ] || printf '; it has parity: try --repair'
}

{
    printf '%s\n' "$base"
    ls -d "$dest"/20???????? 2>/dev/null
    for stick; do [ "$(absolute "$stick")" = "$dest" ] || absolute "$stick"; done
} >"$temp/places"
sticks=$(($# - 1)) n=0
while [ $n -lt $sticks ]; do
    n=$((n + 1))
    stick=$1
    shift
    bundle_on "$(absolute "$stick")"
    [ $repair = no ] || mend $n
    mkdir "$temp/$n"
    printf '%s\n' "$folder" >"$temp/$n/folder"
    for name in SHA256SUMS SHA256SUMS.sshsig SHA256SUMS.asc CARRIER; do
        if [ -L "$folder/$name" ]; then fail 14 "$stick: $name is a link; a bundle has plain files only"; fi
        [ ! -f "$folder/$name" ] || cp -- "$folder/$name" "$temp/$n/" 2>"$temp/said" || copied "$stick cannot be read"
    done
    verify "$temp/$n" --signature-only || fail "$code" "$stick: $words$(hint "$folder")"
    cmp -s "$temp/1/SHA256SUMS" "$temp/$n/SHA256SUMS" || fail 22 "$stick carries another bundle than the first stick; name the folders on them"
    bad=$(find "$folder/" ! -type f ! -type d -print | head -n 1)
    [ -z "$bad" ] || fail 14 "$bad is no plain file (a link or a device); a bundle has plain files only"
    find "$folder/" -type f -printf "$n %s %P\n" >>"$temp/present"
done
manifest=$temp/1/SHA256SUMS
bad=$(grep -n -v -E '^[0-9a-f]{64}  [A-Za-z0-9._+~@%=,/-]+$' "$manifest" | head -n 1)
[ -z "$bad" ] || fail 13 "SHA256SUMS line ${bad%%:*} is not a sum and a path"
bad=$(cut -c 67- "$manifest" | grep -E '(^|/)\.?\.?(/|$)' | head -n 1)
[ -z "$bad" ] || fail 13 "SHA256SUMS names $bad, which is no plain path"

# 2. is it here already, and what does it build on -------------------------------------------------------------------
for copy in "$dest"/20????????; do
    if cmp -s "$manifest" "$copy/SHA256SUMS" && verify "$copy"; then
        rm -rf "$work"
        printf '%s is there and whole, nothing to do\n' "$copy"
        exit 0
    fi
done
wanted=$(sed -n -E 's/^base ([0-9a-f]{64}) .*$/\1/p' "$temp/1/CARRIER" 2>/dev/null)
wanted_serial=$(sed -n -E 's/^base [0-9a-f]{64} ([0-9]{10}|unknown)$/\1/p' "$temp/1/CARRIER" 2>/dev/null)
if [ -n "$wanted" ] && [ -z "$base" ]; then
    for copy in "$dest"/20????????; do
        [ -f "$copy/SHA256SUMS" ] || continue
        sum=$(sha256sum <"$copy/SHA256SUMS")
        if [ "${sum%% *}" = "$wanted" ]; then base=$copy; fi
    done
fi
: >"$temp/base"
if [ -n "$base" ]; then
    find "$base/" -type f -printf '%s %P\n' >"$temp/inbase"
    awk 'FNR == NR { size[$2] = $1; next } $2 in size { print $1, size[$2], $2 }' "$temp/inbase" "$base/SHA256SUMS" >"$temp/base"
fi

# 3. where each file comes from: here already (a run that was cut off), the base, a stick, its pieces ------------------
mkdir -p "$work" || fail 2 "cannot write to $dest"
find "$work" ! -type f ! -type d -exec rm -f {} +
(cd -- "$work" && find . -type f -printf '%P\0' | xargs -0 -r sha256sum --) >"$temp/done"
grep -vxFf "$manifest" "$temp/done" | cut -c 67- | while IFS= read -r path; do rm -f -- "$work/$path"; done
grep -xFf "$manifest" "$temp/done" >"$temp/kept"
awk -v temp="$temp" '
    FILENAME == temp "/kept" { done[$2] = 1; next }
    FILENAME == temp "/base" { if (!($1 in from)) { from[$1] = $3; bytes[$1] = $2 } next }
    FILENAME == temp "/present" {
        size[$1, $3] = $2
        if (!($3 in stick)) stick[$3] = $1
        if (match($3, /\.piece-[0-9][0-9][0-9]-of-[0-9][0-9][0-9]$/)) {
            name = substr($3, 1, RSTART - 1)
            count[name] = substr($3, RSTART + 14, 3)
        }
        next
    }
    $2 in done { next }
    $1 in from { print from[$1], $2 >(temp "/link"); linked += bytes[$1]; next }
    $2 in stick { print $2 >(temp "/take-" stick[$2]); taken += size[stick[$2], $2]; next }
    $2 in count {
        for (i = 1; i <= count[$2] + 0; i++) {
            piece = sprintf("%s.piece-%03d-of-%s", $2, i, count[$2])
            if (!(piece in stick)) { print piece >(temp "/lost"); next }
            parts = parts stick[piece] " " piece " " $2 "\n"
            taken += size[stick[piece], piece]
        }
        printf "%s", parts >(temp "/join"); parts = ""
        next
    }
    { print $2 >(temp "/lost") }
    END { print int(taken / 1024) + 1, int(linked / 1024) + 1 >(temp "/need") }
' "$temp/kept" "$temp/base" "$temp/present" "$manifest"

if [ -s "$temp/lost" ]; then
    lost=$(head -n 1 "$temp/lost")
    total=$(sed -n -E 's/^stick [0-9]{1,3} of ([0-9]{1,3})$/\1/p' "$temp/1/CARRIER" 2>/dev/null) n=0
    while [ $n -lt "${total:-0}" ]; do
        n=$((n + 1))
        grep -q "^stick $n of " "$temp"/[0-9]*/CARRIER || fail 22 "stick $n of $total is missing, and with it $lost; name all of them"
    done
    [ -n "$wanted" ] || fail 22 "$lost is missing: the stick was not copied to its end"
    [ -n "$base" ] || fail 21 "the stick carries what is new since bundle $wanted_serial, and no copy of that is in $dest; name it with --base"
    sum=$(sha256sum <"$base/SHA256SUMS")
    [ "${sum%% *}" = "$wanted" ] || fail 21 "$base is not the bundle ($wanted_serial) that the stick builds on: $lost is in neither"
    fail 21 "$lost is neither on the stick nor in $base, which is not complete; name a complete copy with --base"
fi

# 4. room, then copy ---------------------------------------------------------------------------------------------------
read -r taken linked <"$temp/need"
link=yes
if [ -n "$base" ]; then # a link takes no room, where there can be one
    ln -- "$base/SHA256SUMS" "$work/.link" 2>/dev/null || link=no
    rm -f "$work/.link"
fi
need=$taken
[ $link = yes ] || need=$((taken + linked))
if [ $repair = yes ] && [ -d "$mended" ]; then need=1; fi # the mended copy's files become ours
room=$(df -Pk -- "$dest" | awk 'NR == 2 { print $4 }')
[ "$room" -gt $((need + 1024)) ] || fail 24 "$dest has $((room / 1000)) MB left and $((need / 1000 + 2)) MB are needed; make room"

give() { # FROM TO, a file of the base
    mkdir -p -- "$(dirname -- "$2")" 2>"$temp/said" || return 1
    if [ $link = yes ]; then ln -f -- "$1" "$2" 2>"$temp/said" && return 0; fi
    cp -- "$1" "$2" 2>"$temp/said"
}
if [ -f "$temp/link" ]; then
    fast=''
    [ $link = no ] || fast=-l
    awk '$1 == $2 { print $1 }' "$temp/link" >"$temp/same"
    # names in a manifest have no blanks and no quotes
    (cd -- "$base" && xargs -r cp $fast --parents -t "$work" -- <"$temp/same") 2>"$temp/said" || copied "$base cannot be read"
    awk '$1 != $2' "$temp/link" >"$temp/renamed"
    while read -r from to; do
        give "$base/$from" "$work/$to" || copied "$base/$from cannot be read"
    done <"$temp/renamed"
fi
n=0
while [ $n -lt $sticks ]; do
    n=$((n + 1))
    [ -f "$temp/take-$n" ] || continue
    folder=$(cat "$temp/$n/folder") fast=''
    case $folder in "$mended"/*) fast=-l ;; esac
    (cd -- "$folder" && xargs -r cp $fast --parents -t "$work" -- <"$temp/take-$n") 2>"$temp/said" || copied "a stick is not whole"
done
if [ -f "$temp/join" ]; then
    while read -r n piece path; do
        mkdir -p -- "$work/$(dirname -- "$path")"
        cat -- "$(cat "$temp/$n/folder")/$piece" >>"$work/$path" 2>"$temp/said" || copied "$piece cannot be read"
    done <"$temp/join"
fi
cp -- "$temp/1"/SHA256SUMS* "$work/" 2>"$temp/said" || copied "SHA256SUMS"
find "$work" -type d ! -perm 755 -exec chmod 755 {} +
find "$work" -type f ! -perm 644 ! -path "$work/*.sh" -exec chmod 644 {} +
chmod 755 "$work"/*.sh 2>/dev/null

# 5. all of it is as signed, then it gets its name ------------------------------------------------------------------------
if ! verify "$work"; then
    path=$(printf '%s\n' "$words" | sed -n 's/ was altered:.*//p')
    if [ -n "$path" ] && [ -f "$temp/link" ] && cut -d ' ' -f 2 "$temp/link" | grep -qxF -- "$path"; then
        rm -f -- "$work/$path"
        fail 21 "$path of the copy $base was altered; carry the whole bundle, or name another copy with --base"
    fi
    [ "$code" -ne 17 ] || words=$words$(hint "$folder")
    fail "$code" "$words"
fi
serial=$(sed -n -E 's/^  "serial": (20[0-9]{8}),?$/\1/p' "$work/BUNDLE.json")
[ -n "$serial" ] || fail 13 "BUNDLE.json names no serial"
if [ -d "$dest/$serial" ] && ! cmp -s "$manifest" "$dest/$serial/SHA256SUMS"; then
    fail 2 "$dest/$serial is another bundle of the same number; take it away first"
fi
sync -f "$work"
rm -rf "$dest/.gone-$serial"
[ ! -d "$dest/$serial" ] || mv -- "$dest/$serial" "$dest/.gone-$serial"
mv -- "$work" "$dest/$serial" || fail 2 "cannot rename $work"
rm -rf "$dest/.gone-$serial"
printf '%s is whole and as signed, %s MB of it from the sticks\n' "$dest/$serial" $((taken / 1000))

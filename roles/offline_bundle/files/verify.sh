#!/bin/sh
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Is this bundle what its signer made? Needs nothing that a bare Debian 12 or 13 lacks.
set -u
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/sbin:/sbin

usage() {
    cat <<'END'
verify.sh --signers FILE [--copy] [--signature-only] [--not-older-than SERIAL] [--no-provenance] [--keyring FILE] [DIR]

Checks the bundle in DIR (default: the folder of this script), in this order: the signature of SHA256SUMS, then that
no file is missing, added or a link, then every sum, then that every package is one that Debian signed. Stops at the
first thing that is wrong.

  --signers FILE    who may sign: the .signers text made with the bundle's key. Keep it apart from the stick;
                    a stick that brought its own would prove nothing.
  --copy            DIR is a host's copy, which holds only what that host needs: files may be missing.
  --signature-only  stop after the signature.
  --not-older-than SERIAL
                    refuse a bundle whose serial is lower.
  --no-provenance   leave out whether Debian signed the packages.
  --keyring FILE    Debian's keys (default: this machine's debian-archive-keyring). Never take them from the stick.
                    On a machine without them, or with neither gpgv nor sqv, Debian's own signature is not checked;
                    a note says so, and each package is still held against the indexes in the bundle.

Exit codes
   0  everything is as signed
   2  wrong use of this command
  10  SHA256SUMS or its signature is missing (a half-copied stick)
  11  the signature is not valid or not by a pinned signer
  12  no means to check (needs ssh-keygen, sqv or gpgv, and a signer of that kind; xz or apt for the provenance)
  13  SHA256SUMS is damaged
  14  something other than a plain file (a link, a device)
  15  a file that is not in SHA256SUMS
  16  a file is missing
  17  a file was altered
  18  a package that Debian did not sign
  19  the bundle is older than --not-older-than allows
  20  the clock of this machine is behind, and its only means to check a signature minds
END
}

fail() { # CODE WORDS
    code=$1
    shift
    printf 'verify.sh: %s\n' "$*" >&2
    exit "$code"
}

signers='' copy=no only=no provenance=yes keyring='' oldest='' dir=''
while [ $# -gt 0 ]; do
    case $1 in
    --signers)
        [ $# -gt 1 ] || fail 2 "--signers needs a file"
        signers=$2
        shift
        ;;
    --keyring)
        [ $# -gt 1 ] || fail 2 "--keyring needs a file"
        keyring=$2
        shift
        ;;
    --not-older-than)
        [ $# -gt 1 ] || fail 2 "--not-older-than needs a serial"
        oldest=$2
        shift
        ;;
    --copy) copy=yes ;;
    --no-provenance) provenance=no ;;
    --signature-only) only=yes ;;
    -h | --help)
        usage
        exit 0
        ;;
    -*) fail 2 "unknown option $1 (see --help)" ;;
    *) dir=$1 ;;
    esac
    shift
done
[ -n "$signers" ] || fail 2 "--signers FILE is needed (see --help)"
[ -r "$signers" ] || fail 2 "cannot read $signers"
case $signers in /*) ;; *) signers=$PWD/$signers ;; esac
[ -z "$keyring" ] || [ -r "$keyring" ] || fail 2 "cannot read $keyring"
case $keyring in '' | /*) ;; *) keyring=$PWD/$keyring ;; esac
case $oldest in *[!0-9]*) fail 2 "$oldest is no serial (ten digits)" ;; esac
[ -n "$dir" ] || dir=$(dirname -- "$0")
cd -- "$dir" 2>/dev/null || fail 2 "cannot enter $dir"

work=$(mktemp -d) || fail 2 "cannot make a temporary folder"
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# 1. the signature -------------------------------------------------------------------------------------------------
for file in SHA256SUMS SHA256SUMS.sshsig SHA256SUMS.asc; do
    if [ -L "$file" ]; then fail 14 "$file is a link; a bundle has plain files only"; fi
done
[ -f SHA256SUMS ] || fail 10 "SHA256SUMS is missing: this is no bundle, or it was not copied to its end"
[ -f SHA256SUMS.sshsig ] || [ -f SHA256SUMS.asc ] ||
    fail 10 "the signature SHA256SUMS.sshsig is missing: the bundle was not copied to its end, or was never signed"

# Signers may have been indented by the file they were kept in; each tool gets the half that it knows.
sed 's/^[[:space:]]*//' "$signers" |
    sed -n -E -e '/^bundle /p' -e 's/^((ssh|ecdsa|sk)-[^ ]+ )/bundle namespaces="onprem-chat-bundle" \1/p' >"$work/ssh"
sed 's/^[[:space:]]*//' "$signers" | sed -n '/^-----BEGIN PGP PUBLIC KEY BLOCK-----/,/^-----END PGP PUBLIC KEY BLOCK-----/p' >"$work/pgp.asc"
have() { command -v "$1" >/dev/null 2>&1; }

clock_behind() { # whether that is why sqv found no signature good; gpgv can be told not to mind
    grep -q 'Not live until' "$work/said"
}
clock_words="this machine's clock says $(date -u '+%Y-%m-%d %H:%M') UTC, before the signing, and sqv minds; set it with date -s and run again"

if [ -s "$work/ssh" ] && [ -f SHA256SUMS.sshsig ] && have ssh-keygen; then
    ssh-keygen -Y verify -f "$work/ssh" -I bundle -n onprem-chat-bundle -s SHA256SUMS.sshsig <SHA256SUMS >"$work/said" 2>&1 ||
        fail 11 "SHA256SUMS.sshsig is not a pinned signer's signature of SHA256SUMS ($(tail -n 1 "$work/said"))"
elif [ -s "$work/pgp.asc" ] && [ -f SHA256SUMS.asc ] && have gpgv; then
    # gpgv of Debian 12 reads no armor: the lines between each head's empty line and the checksum are base64.
    awk -v out="$work/armor" '/^-----BEGIN/ { n++; body = 0; next } /^$/ { body = 1; next } /^=|^-----END/ { body = 0 } body { print > out n }' "$work/pgp.asc"
    for block in "$work"/armor*; do base64 -d "$block" >>"$work/pgp" 2>/dev/null; done
    gpgv --ignore-time-conflict --keyring "$work/pgp" SHA256SUMS.asc SHA256SUMS >"$work/said" 2>&1 ||
        fail 11 "SHA256SUMS.asc is not a pinned signer's signature of SHA256SUMS ($(tail -n 1 "$work/said"))"
elif [ -s "$work/pgp.asc" ] && [ -f SHA256SUMS.asc ] && have sqv; then
    if ! sqv --keyring "$work/pgp.asc" SHA256SUMS.asc SHA256SUMS >"$work/said" 2>&1; then
        clock_behind && fail 20 "SHA256SUMS.asc cannot be checked: $clock_words"
        fail 11 "SHA256SUMS.asc is not a pinned signer's signature of SHA256SUMS ($(tail -n 1 "$work/said"))"
    fi
else
    fail 12 "nothing to check the signature with: needs ssh-keygen and SHA256SUMS.sshsig, or sqv or gpgv and SHA256SUMS.asc, and a signer of that kind in $signers"
fi
[ $only = no ] || exit 0

# 2. what is there -------------------------------------------------------------------------------------------------
# From here on SHA256SUMS is the signer's own word.
bad=$(grep -v -n -E '^[0-9a-f]{64}  [A-Za-z0-9._+~@%=,/-]+$' SHA256SUMS | head -n 1)
[ -z "$bad" ] || fail 13 "SHA256SUMS line ${bad%%:*} is not a sum and a path"
cut -c 67- SHA256SUMS | sort >"$work/listed"
bad=$(grep -E '(^|/)\.?\.?(/|$)' "$work/listed" | head -n 1)
[ -z "$bad" ] || fail 13 "SHA256SUMS names $bad, which is no plain path"
bad=$(find . ! -type f ! -type d -print | head -n 1)
[ -z "$bad" ] || fail 14 "${bad#./} is no plain file (a link or a device); a bundle has plain files only"
find . -type f ! -path './parity/*' ! -path ./SHA256SUMS ! -path ./SHA256SUMS.sshsig ! -path ./SHA256SUMS.asc -print |
    sed 's/^\.\///' | sort >"$work/present"
bad=$(comm -13 "$work/listed" "$work/present" | head -n 1)
[ -z "$bad" ] || fail 15 "$bad is not in SHA256SUMS: somebody added it; take it away or copy the bundle again"
if [ $copy = no ]; then
    bad=$(comm -23 "$work/listed" "$work/present" | head -n 1)
    [ -z "$bad" ] || fail 16 "$bad is missing: the bundle was not copied to its end"
fi
if [ -n "$oldest" ]; then
    grep '  BUNDLE\.json$' SHA256SUMS | sha256sum --check --status || fail 17 "BUNDLE.json was altered: its content is not what was signed"
    serial=$(sed -n 's/^  "serial": \([0-9]*\),*$/\1/p' BUNDLE.json)
    [ "${serial:-0}" -ge "$oldest" ] ||
        fail 19 "BUNDLE.json says that this is bundle ${serial:-without serial}, older than $oldest; take a newer one, or go back on purpose"
fi

# 3. every byte ----------------------------------------------------------------------------------------------------
# Two at a time: nearly every machine has two processors.
awk -v half="$work/half" 'FILENAME == ARGV[1] { here[$0]; next } $2 in here { print >(half n++ % 2) }' "$work/present" SHA256SUMS
for half in "$work"/half?; do
    sha256sum --check --strict --quiet "$half" >"$half.said" 2>"$half.also" || : >"$half.bad" &
done
wait
for half in "$work"/half?; do
    if [ -f "$half.bad" ]; then
        bad=$(sed -n 's/: FAILED.*//p' "$half.said" | head -n 1)
        fail 17 "${bad:-a file} was altered: its content is not what was signed ($(tail -n 1 "$half.also"))"
    fi
done
well() { # WORDS
    printf 'verify.sh: %s files are as signed, %s\n' "$(wc -l <"$work/present" | tr -d ' ')" "$*"
    exit 0
}
[ $provenance = yes ] || well "whether Debian signed the packages was not asked"

# 4. every package, back to Debian's own signature -----------------------------------------------------------------
# provenance/debian/SUITE/ARCHITECTURE/POCKET holds InRelease and what it names by its sum: Packages.xz, which names
# packages by their sums. All of them are as signed by the bundle's key; here that key has no say.
awk 'FILENAME == ARGV[1] { here[$0]; next } $2 in here && index($2, "debian/pool/") == 1 { split($2, part, "/"); print part[3], $1, $2 }' \
    "$work/present" SHA256SUMS >"$work/debs"
[ -s "$work/debs" ] || well "no package is among them"
note=''
for file in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp; do
    if [ -z "$keyring" ] && [ -r "$file" ]; then keyring=$file; fi
done
[ -n "$keyring" ] || note="it has no debian-archive-keyring"
have gpgv || have sqv || note="it has neither gpgv nor sqv"

signed_by_debian() { # TEXT SIGNATURE; one signature of a known key suffices, Debian makes several
    if have gpgv; then
        gpgv --ignore-time-conflict --status-fd 1 --keyring "$keyring" "$2" "$1" >"$work/said" 2>/dev/null
        grep -q -E '^.GNUPG:. (GOODSIG|EXPKEYSIG) ' "$work/said"
    else
        sqv --keyring "$keyring" "$2" "$1" >"$work/said" 2>&1
    fi
}

unpack() { # FILE.xz
    if have xz; then xz -dc "$1"; else /usr/lib/apt/apt-helper cat-file "$PWD/$1"; fi 2>/dev/null || : >"$work/packed"
}

grep -E '^provenance/debian/[^/]+/[^/]+/[^/]+/InRelease$' "$work/present" >"$work/releases"
while read -r release; do
    place=${release%InRelease}
    pocket=${place%/} suite=${place#provenance/debian/}
    pocket=${pocket##*/} suite=${suite%%/*}
    # Only what stands between the first line and the signature is read, and all of that was signed.
    rm -f "$work/text" "$work/signature"
    awk -v text="$work/text" -v signature="$work/signature" '
        NR == 1 { if ($0 != "-----BEGIN PGP SIGNED MESSAGE-----") exit; part = "head"; next }
        part == "head" { if ($0 == "") part = "text"; next }
        part == "text" && $0 == "-----BEGIN PGP SIGNATURE-----" { part = "signature" }
        part == "text" { sub(/^- /, ""); printf "%s%s", before, $0 >text; before = "\n"; next }
        part == "signature" { print >signature }
        $0 == "-----END PGP SIGNATURE-----" { exit }' "$release"
    if [ ! -s "$work/text" ] || [ ! -s "$work/signature" ]; then fail 18 "$release is not signed"; fi
    if [ -z "$note" ] && ! signed_by_debian "$work/text" "$work/signature"; then
        clock_behind && fail 20 "$release cannot be checked: $clock_words"
        fail 18 "$release is not signed by Debian, or by a key that is newer than $keyring"
    fi
    codename=$(sed -n 's/^Codename: //p' "$work/text")
    case $pocket in "$suite" | "$suite-updates" | "$suite-security" | "$suite-backports") ;; *) codename='' ;; esac
    [ "$codename" = "$pocket" ] || fail 18 "$release says nothing about packages for $suite"
    awk -v place="$place" -v release="$release" '
        FILENAME == ARGV[1] { if (NF == 3 && length($1) == 64) signed[$3] = $1; next }
        index($2, place) == 1 && $2 != release { print (signed[substr($2, length(place) + 1)] == $1 ? "signed" : "unsigned"), $2 }
    ' "$work/text" SHA256SUMS >"$work/indexes"
    bad=$(sed -n 's/^unsigned //p' "$work/indexes" | head -n 1)
    [ -z "$bad" ] || fail 18 "$bad is not what the InRelease beside it was signed for"
    sed -n 's/^signed //p' "$work/indexes" >>"$work/indexes.$suite"
done <"$work/releases"

suites=$(cut -d ' ' -f 1 "$work/debs" | sort -u)
for suite in $suites; do
    : >>"$work/indexes.$suite"
    while read -r index; do
        if [ -f "$index" ]; then unpack "$index"; fi
    done <"$work/indexes.$suite" | grep '^SHA256: ' >"$work/sums.$suite" &
done
wait
[ ! -f "$work/packed" ] || fail 12 "nothing to unpack the indexes in provenance/ with: needs xz or apt; --no-provenance leaves this out"
for suite in $suites; do
    bad=$(awk -v suite="$suite" 'FILENAME == ARGV[1] { signed[$2]; next } $1 == suite && !($2 in signed) { print $3; exit }' "$work/sums.$suite" "$work/debs")
    [ -z "$bad" ] || fail 18 "$bad is in no index that Debian signed for $suite: it is not Debian's own package; do not install from this bundle"
done
if [ -n "$note" ]; then
    printf 'verify.sh: note: that Debian signed the indexes of its packages was not checked on this machine: %s\n' "$note" >&2
    well "$(wc -l <"$work/debs" | tr -d ' ') packages as in the indexes"
fi
well "$(wc -l <"$work/debs" | tr -d ' ') packages by Debian"

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
verify.sh --signers FILE [--copy] [--signature-only] [DIR]

Checks the bundle in DIR (default: the folder of this script), in this order: the signature of SHA256SUMS,
then that no file is missing, added or a link, then every sum. Stops at the first thing that is wrong.

  --signers FILE    who may sign: the .signers text made with the bundle's key. Keep it apart from the stick;
                    a stick that brought its own would prove nothing.
  --copy            DIR is a host's copy, which holds only what that host needs: files may be missing.
  --signature-only  stop after the signature.

Exit codes
   0  everything is as signed
   2  wrong use of this command
  10  SHA256SUMS or its signature is missing (a half-copied stick)
  11  the signature is not valid or not by a pinned signer
  12  no means to check the signature (needs ssh-keygen, sqv or gpgv, and a signer of that kind)
  13  SHA256SUMS is damaged
  14  something other than a plain file (a link, a device)
  15  a file that is not in SHA256SUMS
  16  a file is missing
  17  a file was altered
END
}

fail() { # CODE WORDS
    code=$1
    shift
    printf 'verify.sh: %s\n' "$*" >&2
    exit "$code"
}

signers='' copy=no only=no dir=''
while [ $# -gt 0 ]; do
    case $1 in
    --signers)
        [ $# -gt 1 ] || fail 2 "--signers needs a file"
        signers=$2
        shift
        ;;
    --copy) copy=yes ;;
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

if [ -s "$work/ssh" ] && [ -f SHA256SUMS.sshsig ] && have ssh-keygen; then
    ssh-keygen -Y verify -f "$work/ssh" -I bundle -n onprem-chat-bundle -s SHA256SUMS.sshsig <SHA256SUMS >"$work/said" 2>&1 ||
        fail 11 "SHA256SUMS.sshsig is not a pinned signer's signature of SHA256SUMS ($(tail -n 1 "$work/said"))"
elif [ -s "$work/pgp.asc" ] && [ -f SHA256SUMS.asc ] && have sqv; then
    sqv --keyring "$work/pgp.asc" SHA256SUMS.asc SHA256SUMS >"$work/said" 2>&1 ||
        fail 11 "SHA256SUMS.asc is not a pinned signer's signature of SHA256SUMS ($(tail -n 1 "$work/said"))"
elif [ -s "$work/pgp.asc" ] && [ -f SHA256SUMS.asc ] && have gpgv; then
    # gpgv of Debian 12 reads no armor: the lines between each head's empty line and the checksum are base64.
    awk -v out="$work/armor" '/^-----BEGIN/ { n++; body = 0; next } /^$/ { body = 1; next } /^=|^-----END/ { body = 0 } body { print > out n }' "$work/pgp.asc"
    for block in "$work"/armor*; do base64 -d "$block" >>"$work/pgp" 2>/dev/null; done
    gpgv --keyring "$work/pgp" SHA256SUMS.asc SHA256SUMS >"$work/said" 2>&1 ||
        fail 11 "SHA256SUMS.asc is not a pinned signer's signature of SHA256SUMS ($(tail -n 1 "$work/said"))"
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
    set --
else
    set -- --ignore-missing
fi

# 3. every byte ----------------------------------------------------------------------------------------------------
if ! sha256sum --check --strict --quiet "$@" SHA256SUMS >"$work/said" 2>"$work/also"; then
    bad=$(sed -n 's/: FAILED.*//p' "$work/said" | head -n 1)
    fail 17 "${bad:-a file} was altered: its content is not what was signed ($(tail -n 1 "$work/also"))"
fi

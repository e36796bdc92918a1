#!/bin/sh
# The same server without Ansible, as an administrator would write it who wants to be able to run it again: each part looks
# before it does. Beside it lie files/, files.txt (owner group mode path), packages.txt and ca.cnf. setup.sh COPY-OF-THE-BUNDLE
set -eu
cd "$(dirname "$0")"
copy=$1
name=chat.example.lan
ca=/etc/onprem-chat/ca tls=/etc/onprem-chat/tls www=/var/www/onprem-chat
export DEBIAN_FRONTEND=noninteractive CA_PASSPHRASE=lab-only-passphrase
changed=

put() { # owner group mode path
  cmp -s "files$4" "$4" && return
  install -D -o "$1" -g "$2" -m "$3" "files$4" "$4"
  changed=yes
}

# Packages, from the bundle alone; no daemon starts before it is configured
put root root 644 /etc/apt/apt.conf.d/99onprem-chat-offline
put root root 644 /etc/apt/onprem-chat.list
# shellcheck disable=SC2046  # a list
if ! dpkg -s $(cat packages.txt) >/dev/null 2>&1; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  apt-get -qq update
  apt-get -qqy --no-install-recommends -o Dpkg::Use-Pty=0 install $(cat packages.txt)
  rm /usr/sbin/policy-rc.d
fi

# A root CA, an issuing CA, the server's certificate, two empty revocation lists
key() { # name: of a CA, under the passphrase
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes-256-cbc -pass env:CA_PASSPHRASE -out "$1.key"
}
revocations() { # name of the CA
  : >"$1.index"
  echo 01 >"$1.crlnumber"
  openssl ca -batch -config ca.cnf -name "$1" -gencrl -cert "$1.crt" -keyfile "$1.key" -passin env:CA_PASSPHRASE -out "$1.pem"
  openssl crl -in "$1.pem" -outform DER -out "$www/pki/$1.crl"
}
if [ ! -e $tls/$name.pem ]; then
  mkdir -p $tls $www/pki
  install -d -m 700 $ca
  cp ca.cnf $ca/
  cd $ca
  key root
  openssl req -x509 -config ca.cnf -extensions root_certificate -key root.key -passin env:CA_PASSPHRASE -days 3650 \
    -subj "/O=Example Works/CN=Example Works Root CA" -out root.crt
  key issuing
  openssl req -new -config ca.cnf -key issuing.key -passin env:CA_PASSPHRASE \
    -subj "/O=Example Works/CN=Example Works Issuing CA" -out issuing.csr
  openssl x509 -req -in issuing.csr -CA root.crt -CAkey root.key -passin env:CA_PASSPHRASE -days 1825 \
    -extfile ca.cnf -extensions issuing_certificate -out issuing.crt
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out leaf.key
  openssl req -new -config ca.cnf -key leaf.key -subj "/CN=$name" -out leaf.csr
  openssl x509 -req -in leaf.csr -CA issuing.crt -CAkey issuing.key -passin env:CA_PASSPHRASE -days 397 \
    -extfile ca.cnf -extensions leaf_certificate -out leaf.crt
  revocations root
  revocations issuing
  cp root.crt $www/pki/root.crt
  openssl x509 -in root.crt -outform DER -out $www/pki/root.cer
  cp root.crt $tls/$name-root.pem
  install -o root -g ejabberd -m 640 leaf.key $tls/$name.key
  cat leaf.crt issuing.crt >$tls/$name.pem
  cd - >/dev/null
  changed=yes
fi

# This host trusts the CA too, and so do its browsers
if ! cmp -s $ca/root.crt /usr/local/share/ca-certificates/example.lan.crt; then
  install -D -m 644 $ca/root.crt /usr/local/share/ca-certificates/example.lan.crt
  update-ca-certificates >/dev/null
  for browser in /etc/chromium /etc/opt/chrome; do
    mkdir -p $browser/policies/managed
    printf '{"CACertificates": ["%s"]}\n' "$(base64 -w 0 $www/pki/root.cer)" >$browser/policies/managed/onprem-chat.json
  done
fi

# Configuration
install -d -o root -g bind -m 750 /etc/bind/zones
install -d -o ejabberd -g ejabberd -m 750 /var/lib/ejabberd/upload
rm -f /etc/nginx/sites-enabled/default
while read -r owner group mode path; do
  put "$owner" "$group" "$mode" "$path"
done <files.txt

# The web client
for archive in "$copy"/web/converse.js-*.tgz; do
  version=$(basename "$archive" .tgz)
  tree=$www/converse-${version#converse.js-}
  if [ ! -d "$tree" ]; then
    mkdir "$tree"
    tar --no-same-owner --strip-components 1 -C "$tree" -xf "$archive"
  fi
done

# Services
services="chrony named postgresql@17-main nginx ejabberd"
if [ -n "$changed" ]; then
  named-checkconf -z /etc/bind/named.conf >/dev/null
  nginx -t -q
  systemctl daemon-reload
  systemctl -q enable chrony named postgresql nginx ejabberd
  # shellcheck disable=SC2086  # a list
  systemctl restart $services
else
  # shellcheck disable=SC2086
  systemctl start $services
fi

# People, their contact list and their room
people=$(ejabberdctl registered_users $name)
person() { # name, password, display name
  case " $(echo $people) " in *" $1 "*) return ;; esac
  ejabberdctl register "$1" $name "$2" >/dev/null
  ejabberdctl set_vcard "$1" $name FN "$3"
}
person alice lab-only-alice Alice
person bob lab-only-bob Bob
if [ -z "$people" ]; then
  ejabberdctl srg_create everybody $name "Example Works" "made by setup.sh" everybody
  ejabberdctl srg_user_add @all@ $name everybody $name
  ejabberdctl create_room_with_opts office rooms.$name $name "title:The office,members_only:false,persistent:true,mam:true"
fi

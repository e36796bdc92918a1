# names.sh NAME LAN_NAME ADDRESS: certificates for a chat server with two names, in folders as one that keeps public certificates
# has them. The first is of the LAN's authority (seed), then one of RSA (a), then one that is over, in an older file (b).
set -eu
mkdir -p /root/names && cd /root/names
key() { openssl req -newkey "$1" -pkeyopt "$2" -nodes -keyout "$3.key" -out "$3.csr" -subj "/CN=$4" 2>/dev/null; }
ec() { key ec ec_paramgen_curve:P-256 "$@"; }
root() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 90 -subj "/CN=$1" \
    -addext keyUsage=critical,keyCertSign,cRLSign ${2:+-addext "$2"} 2>/dev/null
}
sign() { # request, authority, days, names, result
  printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' "$4" >"$5.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days "$3" -extfile "$5.ext" -out "$5.pem" 2>/dev/null
}
root public-root
root lan-root 'nameConstraints=critical,permitted;DNS:example.lan,permitted;IP:192.168.1.0/255.255.255.0,permitted;IP:203.0.113.10/255.255.255.255'
ec lan "$2"
sign lan lan-root 60 "DNS:$2,IP:$3,IP:203.0.113.10" lan
sign lan lan-root 60 "DNS:$2,DNS:$1,IP:$3,IP:203.0.113.10" greedy
ec seed "$1" && sign seed lan-root 60 "DNS:$1" seed
key rsa rsa_keygen_bits:2048 a "$1" && sign a public-root 40 "DNS:$1" a
ec b "$1"
printf '[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nnew_certs_dir=.\ndefault_md=sha256\nrand_serial=yes\npolicy=any\n[any]\ncommonName=supplied\n' >ca.cnf
touch index.txt
openssl ca -batch -notext -config ca.cnf -cert public-root.pem -keyfile public-root.key -in b.csr -extfile a.ext \
  -startdate 20200101000000Z -enddate 20200201000000Z -out b.pem 2>/dev/null
for each in seed a b; do
  home=/etc/onprem-chat/public-certificate/$each
  mkdir -p "$home"
  install -m 0644 "$each.pem" "$home/chain.pem"
  install -o root -g ejabberd -m 0640 "$each.key" "$home/key.pem"
done
touch -d 2020-01-01 /etc/onprem-chat/public-certificate/b/*
ln -sfn seed /etc/onprem-chat/public-certificate/served
install -o root -g ejabberd -m 0640 lan.key "/etc/onprem-chat/tls/$2.key"
mkdir -p /var/lib/onprem-chat/acme/.well-known/acme-challenge
echo "$1 answers" >/var/lib/onprem-chat/acme/.well-known/acme-challenge/token
touch done

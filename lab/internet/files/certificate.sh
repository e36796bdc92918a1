# A certificate authority that signs one certificate: that of https://acme.example.net. Argument: its address.
set -eu
umask 077
mkdir -p /etc/pebble
cd /etc/pebble
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj "/CN=Certificates of acme.example.net" \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.pem
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=acme.example.net" \
  -addext "subjectAltName=DNS:acme.example.net,IP:$1" -keyout server.key -out server.csr
openssl x509 -req -in server.csr -copy_extensions copy -CA ca.pem -CAkey ca.key -days 825 -out server.tmp
chmod 644 ca.pem server.tmp
chmod 755 .
mv server.tmp server.pem

#!/bin/sh
# Makes the certificates of these tests, valid for a hundred years, with openssl and Java's keytool.
# They protect nothing: the private keys are public.
set -eu
cd "$(dirname "$0")"
DAYS=36500
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt; }

# authority NAME SUBJECT: its key is thrown away at the end, so nothing else is ever signed with it
authority() {
  key > "$work/$1.key.pem"
  openssl req -x509 -new -key "$work/$1.key.pem" -days $DAYS -subj "$2" -out "$1.pem"
}

# signed NAME AUTHORITY SUBJECT EXTENSION
signed() {
  key > "$1.key.pem"
  openssl req -new -key "$1.key.pem" -utf8 -subj "$3" -out "$work/$1.csr"
  printf '%s\n' "$4" > "$work/$1.ext"
  openssl x509 -req -in "$work/$1.csr" -CA "$2.pem" -CAkey "$work/$2.key.pem" -CAserial "$work/$2.srl" \
    -CAcreateserial -days $DAYS -extfile "$work/$1.ext" -out "$1.pem"
}

authority authority '/CN=Test Authority'
authority stranger-authority '/CN=Test Authority'
signed server authority '/CN=server' 'subjectAltName=DNS:localhost,IP:127.0.0.1'
signed elsewhere authority '/CN=elsewhere' 'subjectAltName=DNS:elsewhere.example'
signed client authority '/C=DE/O=Nyala, Inc./CN=alice' 'extendedKeyUsage=clientAuth'
signed stranger stranger-authority '/C=DE/O=Nyala, Inc./CN=alice' 'subjectAltName=DNS:localhost'
openssl pkcs8 -topk8 -in client.key.pem -passout pass:secret -out client-encrypted.key.pem
openssl pkcs12 -export -in client.pem -inkey client.key.pem -certfile authority.pem \
  -passout pass:secret -out client.p12
openssl pkcs12 -export -in stranger.pem -inkey stranger.key.pem -certfile stranger-authority.pem \
  -passout pass:secret -out stranger.p12
rm -f store.jks
keytool -importcert -noprompt -storetype JKS -keystore store.jks -storepass secret -alias authority \
  -file authority.pem

# Subjects that are hard to write down; the expected texts in x500-name.test.ts are what Java 17's
# X500Principal.getName() says of these certificates.
subject() {
  key > "$work/key.pem"
  openssl req -x509 -new -key "$work/key.pem" -days $DAYS -utf8 -multivalue-rdn -subj "$2" \
    -out "subject-$1.pem" 2> "$work/log"
}
subject quotes '/C=DE/ST=Bavaria/L=München/O=Nyala, Inc./OU=a=c/CN=x "quoted" <y>;\\z'
subject spaces '/CN= lead and trail /O=#hash'
subject mail '/DC=org/DC=example/UID=u1/CN=alice/emailAddress=a@b.c'
subject numbers '/CN=a/serialNumber=42/title=Dr/GN=Ann/SN=Lee/street=Main 1'
subject several '/CN=first+OU=second/O=multi+L=zed'
subject wide '/CN=日本/O=emoji😀/OU=a  b'

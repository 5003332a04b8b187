#!/bin/sh
# Makes what perceptd needs to serve others, where it is missing: a certificate for PERCEPT_HOST that
# signs itself, a teacher, whose token it shows this once, and for Prometheus a token, the
# certificate and the address in /etc/percept/scrape.
set -eu
umask 077
: "${PERCEPT_HOST:?must be the name by which browsers reach this machine}"
tls=/etc/percept/tls
scrape=/etc/percept/scrape

if [ ! -e $tls/cert.pem ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=$PERCEPT_HOST" \
    -addext "subjectAltName=DNS:$PERCEPT_HOST,DNS:localhost,IP:127.0.0.1" \
    -keyout $tls/key.pem -out $tls/cert.pem 2>/dev/null
  cp $tls/cert.pem $tls/ca.pem
  echo "made a certificate for $PERCEPT_HOST"
fi

users=$(perceptd user list 2>/dev/null || true)
# has_user NAME: whether there is one.
has_user() { printf '%s\n' "$users" | grep -q "^$1 "; }

if ! has_user teacher; then
  echo "the token of teacher, an instructor: $(perceptd user add teacher --role instructor)"
fi

umask 022
if [ ! -s $scrape/token ]; then
  if has_user prometheus; then
    perceptd user rotate prometheus
  else
    perceptd user add prometheus --role instructor
  fi >$scrape/token.new
  mv $scrape/token.new $scrape/token
fi
cp $tls/ca.pem $scrape/ca.pem
printf '[{"targets": ["%s:7880"]}]\n' "$PERCEPT_HOST" >$scrape/targets.json

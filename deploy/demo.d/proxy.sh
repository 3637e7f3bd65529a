# The demo's hosts as addresses of 127.0.0.0/8, without any privilege. Sourced by deploy/demo.
# shellcheck shell=bash disable=SC2034,SC2154
VIP=127.9.0.10
PORT=8080
RS_PORT=8080
HOSTS="client, lb1, lb2, rs1, rs2, rs3 as addresses of 127.0.0.0/8 (no privilege needed)"
ON="deploy/demo.d/here"

prepare() {
    install_packages maven curl procps && return 0
    if ! command -v mvn >/dev/null || ! command -v curl >/dev/null; then
        die "needs mvn and curl: apt-get install maven curl"
    fi
}

on() {
    shift
    "$@"
}

exec_on() {
    shift
    exec "$@"
}

rs_address() { echo "127.9.1.1${1#rs}"; }
build_hosts() { :; }

VIP_AT=8@lo GATEWAYS=''
member_address() { echo "127.9.0.${1#lb}"; }

# The old connection is lost, as the proxy engine says; a new one through the new holder must work.
judge() {
    say "the download broke off, as it must: with the proxy engine a TCP connection ends in the director that died"
    say "the same download again, through lb2"
    on client curl -sS -m 120 -o "$DIR/download" "http://$VIP:$PORT/download?$BYTES" 2>"$DIR/curl.err"
    got=$(sha256sum <"$DIR/download" | cut -d' ' -f1)
    if [ "$got" = "$want" ]; then
        say "sha256 equal: new connections work through the new holder"
        return 0
    fi
    say "FAILED: $(cat "$DIR/curl.err")"
    tail -n 20 "$DIR/lb2.log"
    return 1
}

# The demo's hosts as network namespaces. Sourced by deploy/demo.
# shellcheck shell=bash disable=SC2034,SC2154
VIP=192.0.2.10
PORT=80
RS_PORT=80
HOSTS="client, lb1, lb2, rs1, rs2, rs3 as network namespaces on three bridges (outside, inside, cluster)"
ON="deploy/demo.d/on"

prepare() { install_packages maven iproute2 curl procps || die "needs the packages above"; }

on() {
    local host=$1
    shift
    ip netns exec "$NS-$host" "$@"
}

# The same in place of this shell: `ip netns exec` becomes the program, which keeps the pid.
exec_on() {
    local host=$1
    shift
    exec ip netns exec "$NS-$host" "$@"
}

rs_address() { echo "10.1.0.1${1#rs}"; }

# link HOST INTERFACE BRIDGE ADDRESS
link() {
    ip -n "$NS-$1" link add "$2" type veth peer name "$1$2" netns "$NS-switch" &&
        ip -n "$NS-switch" link set "$1$2" master "$3" up &&
        ip -n "$NS-$1" addr add "$4" dev "$2" &&
        ip -n "$NS-$1" link set "$2" up
}

build_hosts() {
    local host bridge
    for host in switch client lb1 lb2 rs1 rs2 rs3; do
        ip netns add "$NS-$host" && ip -n "$NS-$host" link set lo up || return 1
    done
    on switch sysctl -qw net.bridge.bridge-nf-call-iptables=0 2>/dev/null
    for bridge in outside inside cluster; do
        ip -n "$NS-switch" link add $bridge type bridge forward_delay 0 && ip -n "$NS-switch" link set $bridge up || return 1
    done
    link client eth0 outside 192.0.2.100/24 || return 1
    for host in 1 2; do
        link lb$host eth0 outside 192.0.2.$host/24 &&
            link lb$host eth1 inside 10.1.0.$((host + 1))/24 &&
            link lb$host eth2 cluster 10.9.0.$host/24 || return 1
    done
    for host in rs1 rs2 rs3; do
        link $host eth0 inside "$(rs_address $host)/24" && ip -n "$NS-$host" route add default via 10.1.0.1 || return 1
    done
}

VIP_AT=24@eth0 GATEWAYS='"10.1.0.1/24@eth1"'
member_address() { echo "10.9.0.${1#lb}"; }

# All must be as promised.
judge() {
    if [ "$same" = yes ] && [ "$curl_code" = 0 ] && [ "$(cat "$DIR/curl.out")" = "1 200" ]; then
        say "the download completed, byte-identical, on the same TCP connection"
        return 0
    fi
    say "FAILED: the download did not survive; curl said: $(cat "$DIR/curl.err")"
    tail -n 20 "$DIR/lb2.log"
    return 1
}

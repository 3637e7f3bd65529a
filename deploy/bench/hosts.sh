# One director between a client and a realserver, as network namespaces joined by veth cables. Sourced by deploy/bench/forwarding and
# deploy/bench/memory.
# shellcheck shell=bash disable=SC2034

NS=hdb$$
DIR=$(mktemp -d /tmp/ha-director-bench.XXXXXX)
pids=()

clean() {
    local pid host
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
    wait 2>/dev/null
    for host in client lb rs; do ip netns del "$NS-$host" 2>/dev/null; done
    rm -rf "$DIR"
}
trap clean EXIT
trap 'exit 130' INT TERM

# What runs where: client and its softirqs, realserver, director.
if [ "$(nproc)" -ge 4 ]; then at_client="taskset -c 0" at_rs="taskset -c 1" at_lb="taskset -c 2,3"; else at_client='' at_rs='' at_lb=''; fi

on() {
    local host=$1
    shift
    ip netns exec "$NS-$host" "$@"
}

# start NAME HOST COMMAND...: in the background, its output to a log.
start() {
    local name=$1 host=$2
    shift 2
    (exec ip netns exec "$NS-$host" "$@") >"$DIR/$name.log" 2>&1 &
    pids+=($!)
}

# cable HOST INTERFACE ADDRESS HOST INTERFACE ADDRESS
cable() {
    ip -n "$NS-$1" link add "$2" type veth peer name "$5" netns "$NS-$4" &&
        ip -n "$NS-$1" addr add "$3" dev "$2" && ip -n "$NS-$4" addr add "$6" dev "$5" &&
        ip -n "$NS-$1" link set "$2" up && ip -n "$NS-$4" link set "$5" up
}

build() {
    local host
    for host in client lb rs; do ip netns add "$NS-$host" && ip -n "$NS-$host" link set lo up || return 1; done
    cable client eth0 192.0.2.100/24 lb eth0 192.0.2.1/24 && cable lb eth1 10.1.0.2/24 rs eth0 10.1.0.11/24 || return 1
    cable client eth1 198.51.100.100/24 lb eth2 198.51.100.1/24 && cable lb eth3 10.2.0.2/24 rs eth1 10.2.0.11/24 || return 1
    ip -n "$NS-lb" addr add 198.51.100.10/32 dev eth2 && on lb sysctl -qw net.ipv4.ip_forward=1 || return 1
    ip -n "$NS-client" route add 10.2.0.0/24 via 198.51.100.1 &&
        ip -n "$NS-rs" route add 192.0.2.0/24 via 10.1.0.1 &&
        ip -n "$NS-rs" route add 198.51.100.0/24 via 10.2.0.2 || return 1
    # The realserver takes the small datagrams off its interface and throws them away at once, the same for all rows.
    on rs nft -f - <<END || return 1
table netdev sink {
    chain eth0 { type filter hook ingress device eth0 priority 0; udp dport 9 drop; }
    chain eth1 { type filter hook ingress device eth1 priority 0; udp dport 9 drop; }
}
END
}

write_config() {
    cat <<END
director {
  engine = packet, connections-max = 1100000
  cluster { name = bench, members { lb = "127.0.0.1:7800" } }
}
vip-groups {
  web { vips = ["192.0.2.10/24@eth0"], gateways = ["10.1.0.1/24@eth1"], priority { lb = 100 } }
}
services {
  small { group = web, vip = "192.0.2.10", port = 9, protocol = udp, $common, realservers = [{ address = "10.1.0.11:9" }] }
  bulk { group = web, vip = "192.0.2.10", port = 5201, protocol = tcp, $common, realservers = [{ address = "10.1.0.11:5201" }] }
  http { group = web, vip = "192.0.2.10", port = 80, protocol = tcp, $common, realservers = [{ address = "10.1.0.11:80" }] }
}
END
}
common='scheduler = rr, method = nat, check { type = ping, interval = 2s, timeout = 1s, rise = 1 }'

# until_true SECONDS WHAT COMMAND...
until_true() {
    local until=$((SECONDS + $1)) what=$2
    shift 2
    while [ $SECONDS -lt $until ]; do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
    tail -n 20 "$DIR"/*.log >&2
    die "waited in vain for $what"
}

# start_director OPTION...: of the JVM; its pid is in $director_pid then.
start_director() {
    write_config >"$DIR/director.conf"
    # shellcheck disable=SC2086
    DIRECTOR_OPTS="$*" start director lb $at_lb "$DIRECTOR" run --config "$DIR/director.conf" --name lb --socket "$DIR/lb.sock"
    director_pid=$!
}

compile_blaster() { "$JAVA_HOME/bin/javac" -d "$DIR" deploy/bench/Blaster.java || die "could not compile the sender"; }

blaster() {
    # shellcheck disable=SC2086 # taskset and its options are words.
    on client $at_client "$JAVA_HOME/bin/java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -cp "$DIR" Blaster "$@"
}

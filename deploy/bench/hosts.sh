# Directors between a client and a realserver, as network namespaces joined by veth cables. Each peer (row) has a director's host and a
# pair of cables of its own between the same client and the same realserver, so that all are there all the time and are measured in turn.
# Sourced by deploy/bench/forwarding and deploy/bench/memory.
# shellcheck shell=bash disable=SC2034
#
#   client -- c-ROW  o-ROW -- lb-ROW -- i-ROW  r-ROW -- rs         198.18.N.0/24 outside, 198.19.N.0/24 inside

NS=hdb$$
DIR=$(mktemp -d /tmp/ha-director-bench.XXXXXX)
pids=()
hosts=()
rows=0
declare -A number director

clean() {
    local pid host
    soft_interrupts 0
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
    wait 2>/dev/null
    for host in "${hosts[@]}"; do ip netns del "$NS-$host" 2>/dev/null; done
    rm -rf "$DIR"
}
# soft_interrupts NICE: of the kernel's threads for what interrupts leave to do, which are packets here; as those who wait for them.
soft_interrupts() {
    local thread
    for thread in $(grep -ls '^ksoftirqd/' /proc/[0-9]*/comm | tr -dc '0-9\n'); do renice -n "$1" "$thread" >/dev/null 2>&1; done
}
trap clean EXIT
trap 'exit 130' INT TERM

# use_cores COUNT: which processors the client (with all that its packets cause), the realserver and the director's programs have; and
# where the interfaces of director and realserver are served when that is not left to the sender. All before what else runs here.
use_cores() {
    if [ "$1" -ge 4 ]; then cpus_client=0 cpus_rs=1 cpus_lb=2-3 cpu_lb_napi=2 cpu_rs_napi=1; else cpus_client=0 cpus_rs=1 cpus_lb=0-1 cpu_lb_napi=1 cpu_rs_napi=0; fi
    [ "$1" -gt 1 ] || { at_client='' at_rs='' at_lb=''; return; }
    at_client="nice -n -20 taskset -c $cpus_client" at_rs="nice -n -20 taskset -c $cpus_rs" at_lb="nice -n -20 taskset -c $cpus_lb"
}
use_cores "$(nproc)"

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

# add_host NAME
add_host() {
    ip netns add "$NS-$1" && hosts+=("$1") && ip -n "$NS-$1" link set lo up
}

# cable HOST INTERFACE ADDRESS HOST INTERFACE ADDRESS
cable() {
    ip -n "$NS-$1" link add "$2" type veth peer name "$5" netns "$NS-$4" &&
        ip -n "$NS-$1" addr add "$3" dev "$2" && ip -n "$NS-$4" addr add "$6" dev "$5" &&
        ip -n "$NS-$1" link set "$2" up && ip -n "$NS-$4" link set "$5" up
}

vip() { echo "198.18.${number[$1]}.10"; }
# rip ROW [1|2]: the realserver has two addresses for each row, and what listens there is the same.
rip() { echo "198.19.${number[$1]}.1${2:-1}"; }
cip() { echo "198.18.${number[$1]}.100"; }
gateway() { echo "198.19.${number[$1]}.1"; }

# add_row ROW: its director's host, with addresses that are its own and not the service's. The realserver answers by way of the gateway
# if that is HA Director's, else by the host.
add_row() {
    local n=$((++rows)) back=2
    number[$1]=$n
    case $1 in packet | java | xdp | nat | dr) back=1 ;; esac
    add_host "lb-$1" &&
        cable client "c-$1" "198.18.$n.100/24" "lb-$1" "o-$1" "198.18.$n.1/24" &&
        cable "lb-$1" "i-$1" "198.19.$n.2/24" rs "r-$1" "198.19.$n.11/24" &&
        ip -n "$NS-rs" addr add "198.19.$n.12/24" dev "r-$1" &&
        ip -n "$NS-rs" route add "198.18.$n.0/24" via "198.19.$n.$back" &&
        ip -n "$NS-client" route add "198.19.$n.0/24" via "198.18.$n.1" || return 1
    # The realserver takes the small datagrams off its interface and throws them away at once, the same for all rows.
    on rs nft -f - <<END
table netdev sink {
    chain to_$1 { type filter hook ingress device "r-$1" priority 0; udp dport 9 drop; }
}
END
}

# write_config ROW ENGINE: a director's config file with the services of the benches.
write_config() {
    local common="scheduler = rr, method = ${method:-nat}, check { type = ping, interval = 2s, timeout = 1s, rise = 1 }"
    cat <<END
director {
  engine = $2, connections-max = ${connections_max:-200000}
  metrics = "127.0.0.1:9620"
  cluster { name = bench, tls = off, members { lb = "127.0.0.1:7800" } }
}
vip-groups {
  web { vips = ["$(vip "$1")/24@o-$1"], $3 priority { lb = 100 } }
}
services {
  small { group = web, vip = "$(vip "$1")", port = 9, protocol = udp, $common, realservers = [{ address = "$(rip "$1"):9" }] }
  echo { group = web, vip = "$(vip "$1")", port = 7, protocol = udp, $common, realservers = [{ address = "$(rip "$1"):7" }] }
  bulk { group = web, vip = "$(vip "$1")", port = 5201, protocol = tcp, $common, realservers = [{ address = "$(rip "$1"):5201" }] }
  http {
    group = web, vip = "$(vip "$1")", port = 80, protocol = tcp, $common
    realservers = [{ address = "$(rip "$1"):80" }, { address = "$(rip "$1" 2):80" }]
  }
}
END
}

# until_true SECONDS WHAT COMMAND...
until_true() {
    local until=$((SECONDS + $1)) what=$2
    shift 2
    while [ $SECONDS -lt $until ]; do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
    tail -n 20 "$DIR"/*.log >&2
    die "waited in vain for $what"
}

# start_director ROW ENGINE OPTION...: of the JVM; its pid is in ${director[ROW]} then. Its control socket is $DIR/ROW.sock.
start_director() {
    local row=$1 gateways="gateways = [\"$(gateway "$1")/24@i-$1\"],"
    [ "$row" != proxy ] || gateways=
    write_config "$row" "$2" "$gateways" >"$DIR/$row.conf"
    shift 2
    # shellcheck disable=SC2086
    DIRECTOR_OPTS="$*" start "$row" "lb-$row" $at_lb "$DIRECTOR" run --config "$DIR/$row.conf" --name lb --socket "$DIR/$row.sock"
    director[$row]=$!
}

# ask_director ROW WORD...
ask_director() {
    local row=$1
    shift
    on "lb-$row" "$DIRECTOR" --socket "$DIR/$row.sock" "$@"
}

# compile_java FILE...: against the director's own jar, into $DIR.
compile_java() {
    jar=$(echo "$(dirname "$DIRECTOR")"/../lib/*.jar)
    "$JAVA_HOME/bin/javac" -Xlint:-options -cp "$jar" -d "$DIR" "$@" || die "could not compile the programs of the bench"
}

# java_on HOST CLASS ARGUMENT...: where the caller pinned it.
java_on() {
    local host=$1
    shift
    on "$host" $pin "$JAVA_HOME/bin/java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -cp "$DIR:$jar" "$@"
}

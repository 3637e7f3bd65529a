# One fault of a pair under load, measured: by the clients' own clocks, and on the wire. Sourced by deploy/lab/faults and deploy/lab/failover-compare.
# Uses the functions of a pair (director.sh, keepalived.sh), of faults.sh, and of deploy/demo.d.
# shellcheck shell=bash disable=SC2034,SC2154
lab=deploy/lab/faults.d
BYTES=64000000
CLIENT=192.0.2.100 INSIDE_GATEWAY=10.1.0.1
BUSY=20 IDLE=${IDLE:-980}

other() { if [ "$1" = lb1 ]; then echo lb2; else echo lb1; fi; }

# Hosts, realservers, clients; and a switch that can split.
lab_up() {
    local bridge rs
    build_hosts || return 1
    # The arbiter's gateway, and who asks by ARP: what a client or realserver has learned must not be refreshed by that.
    ip netns add "$NS-gw" && link gw eth0 outside 192.0.2.254/24 && link gw eth1 inside 10.1.0.254/24 || return 1
    for bridge in outside inside cluster; do
        ip -n "$NS-switch" link add "${bridge}2" type bridge forward_delay 0 && switch "${bridge}2" up || return 1
    done
    for rs in rs1 rs2 rs3; do start $rs $rs nice -n -10 "$JAVA" -Xmx256m deploy/lab/RealServer.java $rs "$(rs_address $rs)" "$RS_PORT"; done
    want=$(on client "$JAVA" deploy/lab/RealServer.java --sha256 $BYTES)
    cables=$(for host in lb1 lb2; do
        for nic in eth0 eth1; do echo "$(on switch cat "/sys/class/net/$host$nic/ifindex")=$host/${network[$nic]}"; done
    done)
    start ask-vip gw nice -n -10 /usr/bin/python3 $lab/wire.py ask eth0 192.0.2.254 "$VIP" 2
    start ask-gateway gw nice -n -10 /usr/bin/python3 $lab/wire.py ask eth1 10.1.0.254 $INSIDE_GATEWAY 5
}

clients_up() {
    coproc CLIENTS { on client nice -n -10 "$JAVA" -Xmx512m -XX:+UseZGC $lab/Clients.java "$VIP" "$PORT" $BUSY "$IDLE" 2>>"$DIR/clients.log"; }
    echo "$CLIENTS_PID" >"$DIR/clients.pid"
}
ask_clients() { local line; echo "$1" >&"${CLIENTS[1]}" && read -r -t 300 line <&"${CLIENTS[0]}" && echo "$line"; }


sleep_until() { local left=$(($1 - $(now_ms))); [ "$left" -le 0 ] || sleep "$((left / 1000)).$(printf %03d $((left % 1000)))"; }

# round SYSTEM FAULT NUMBER: appends a line of JSON to $DIR/results.
round() {
    local system=$1 fault=$2 number=$3 hold=$least off='' note='' t0 t1 t2 during after dead same digest wire died='' host
    until_true 90 "a healthy pair" pair_healthy
    holder=
    until [ -n "$holder" ]; do holder=$(pair_holder); done
    backup=$(other "$holder")
    start capture switch tcpdump -i any -Q in -y LINUX_SLL2 -s 64 -B 16384 -Z root -w "$DIR/wire.pcap" \
        "arp or (udp and (src host $VIP or (src host $CLIENT and dst net 10.1.0.0/24)))"
    ask_clients fill >/dev/null || die "the clients are gone, or cannot connect: $(tail -n 5 "$DIR/clients.log")"
    on client curl -sS -m 40 --limit-rate 8M -o "$DIR/download" "http://$VIP:$PORT/download?$BYTES" 2>"$DIR/curl.err" &
    local curl=$!
    sleep 1.5
    sleep_until $(($(now_ms) + RANDOM % 1000))
    ask_clients take >/dev/null
    t0=$(now_ms)
    "fault_$fault"
    sleep_until $((t0 + hold))
    during=$(ask_clients take)
    t1=$(now_ms)
    "heal_$fault"
    sleep 3
    for _ in $(seq 60); do
        [ "$(ask_clients silence)" -gt 500 ] || break
        sleep 1
    done
    after=$(ask_clients take)
    t2=$(now_ms)
    dead=$(ask_clients check)
    wait $curl
    same=true
    digest=$(sha256sum <"$DIR/download" | cut -d' ' -f1)
    if [ "$digest" != "$want" ]; then
        same=false
        say "download: $(stat -c %s "$DIR/download") bytes, digest $digest, must be $want; $(<"$DIR/curl.err")"
    fi
    kill "$(cat "$DIR/capture.pid")" && wait_gone "$(cat "$DIR/capture.pid")"
    for host in lb1 lb2; do
        node_alive $host || { died="$died $host"; node_start $host; }
    done
    # shellcheck disable=SC2046,SC2086
    wire=$(/usr/bin/python3 $lab/wire.py read "$DIR/wire.pcap" ${off:+"$off" $t0 $t1} -- "$VIP" $INSIDE_GATEWAY $cables -- $((t0 - 500)) $t1 $t1 $t2 | jq -cs .)
    jq -cn --arg system "$system" --arg fault "$fault" --arg kind "${kind[$fault]}" --arg holder "$holder" --arg note "$note" --arg died "$died" \
        --argjson number "$number" --argjson t0 "$t0" --argjson t1 "$t1" --argjson during "${during:-null}" --argjson after "${after:-null}" \
        --argjson dead "$dead" --argjson download "$same" --argjson wire "$wire" \
        '$ARGS.named | .dead = .dead.dead' | tee -a "$DIR/results" >"$DIR/last"
    /usr/bin/python3 $lab/report.py line "$DIR/last"
    [ -z "${KEEP:-}" ] || cp "$DIR/wire.pcap" "$KEEP/$system-$fault-$number.pcap"
}

# A pair of HA Directors, as the fault lab sees it, and the faults that only it can have. Sourced by deploy/lab/faults and deploy/lab/failover-compare.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(faketime)
RESULTS_UP=9
stepped=''
niceness='nice -n -10' # The share of the processors that CPUWeight=1000 of its unit gives it.

services() {
    service shop tcp 0 "check { type = http, path = \"/health\", interval = 500ms, timeout = 400ms }"
    service probe udp 0 "$PING, timeouts { udp = 5s }" # So that a port that comes again is a new connection.
    service talk tcp 1 "$PING"
}

# The folder with its log is a file system of its own, which can be full; its clock can be stepped where libfaketime is.
pair_prepare() {
    local host
    case $arbiter in
        gateway) CLUSTER="detection = $detection, arbiter { type = gateway, addresses = [\"192.0.2.254@eth0\"] }" ;;
        *) CLUSTER="detection = $detection" ;;
    esac
    mode=packet
    for host in lb1 lb2; do
        mkdir "$DIR/$host.d" && mount -t tmpfs -o size=8m "ha-director-$host" "$DIR/$host.d" || return 1
        : >"$DIR/$host.d/log"
        ln -s "$host.d/log" "$DIR/$host.log"
        echo "+0" >"$DIR/$host.clock"
    done
    write_config >"$DIR/director.conf"
    "$DIRECTOR" keys --config "$DIR/director.conf" >"$DIR/keys.log" || return 1
    node_start lb1 && node_start lb2
}
pair_end() { umount -l "$DIR/lb1.d" "$DIR/lb2.d" 2>/dev/null; }

node_start() {
    if [ -n "$stepped" ]; then
        FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_FORCE_MONOTONIC_FIX=0 FAKETIME_TIMESTAMP_FILE=$DIR/$1.clock LD_PRELOAD=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1) \
            start_director "$1"
    else
        start_director "$1"
    fi
}
node_pids() { cat "$DIR/$1.pid"; }
node_gone() { wait_gone "$(node_pids "$1")"; }
node_alive() { kill -0 "$(node_pids "$1")" 2>/dev/null; }
pair_holder() { holder lb1; }
planned() { director "$holder" failover web >"$DIR/command.log" 2>&1 || note=$(head -1 "$DIR/command.log"); }

# As `director status --json`, without a Java VM for each look.
status_json() {
    /usr/bin/python3 -c 'import socket, sys
with socket.socket(socket.AF_UNIX) as ask:
    ask.settimeout(5)
    ask.connect(sys.argv[1])
    ask.sendall(b"{\"command\":\"status\"}\n")
    print(ask.makefile().readline())' "$DIR/$1.sock" 2>/dev/null
}

# Both agree on the holder, and the other has its table and knows the realservers.
pair_healthy() {
    local one
    one=$(holder lb1)
    [ -n "$one" ] && [ "$one" = "$(holder lb2)" ] && all_up "$one" && backup_ready "$(other "$one")"
}

# All but 16 MB of the heap, for three seconds.
fault_heap() {
    hold=4000
    [ -e "$DIR/hog.jar" ] || {
        mkdir -p "$DIR/hog" && "$JAVA_HOME/bin/javac" -d "$DIR/hog" deploy/lab/faults.d/Hog.java && echo "Agent-Class: Hog" >"$DIR/hog.mf" &&
            "$JAVA_HOME/bin/jar" cfm "$DIR/hog.jar" "$DIR/hog.mf" -C "$DIR/hog" Hog.class
    } || die "no hog"
    "$JAVA_HOME/bin/jcmd" "$(node_pids "$holder")" JVMTI.agent_load "$DIR/hog.jar" >"$DIR/hog.log" 2>&1 || note="not loaded: see hog.log"
}
heal_heap() { :; }

fault_disk() { cat /dev/zero >"$DIR/$holder.d/fill" 2>/dev/null; director "$holder" status >/dev/null || note="status failed"; }
heal_disk() { rm "$DIR/$holder.d/fill"; }

# An hour forwards, then back again, within a second of the word: CLOCK_REALTIME as the holder's process sees it, as no namespace has a clock of its
# own. The pair runs on libfaketime for these rounds; its "fix" for monotonic clocks would end every timed wait at once.
before_clock() { restart_both yes; }
after_clock() { restart_both ''; }
restart_both() {
    local host
    stepped=$1
    for host in $(other "$(pair_holder)") "$(pair_holder)"; do
        each_pid TERM "$host"; node_gone "$host"; node_start "$host"
        until_true 60 "a healthy pair" pair_healthy
    done
}
fault_clock() { echo "+3600" >"$DIR/$holder.clock"; }
heal_clock() { echo "+0" >"$DIR/$holder.clock"; }

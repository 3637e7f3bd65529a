# A pair of directors and what is around it as processes on the hosts of packet.sh or proxy.sh. Sourced by deploy/demo and the fault lab.
# Uses $DIR, $NS, $DIRECTOR; $RESULTS_UP: probes of realservers that have to be up (default 3: one service, three realservers).
# shellcheck shell=bash

now_ms() { date +%s%3N; }

# Ends what was started, by pid, then its namespaces.
clean() {
    local file pid name
    for file in "$DIR"/*.pid; do
        [ -e "$file" ] || continue
        pid=$(cat "$file")
        kill "$pid" 2>/dev/null && wait_gone "$pid"
        rm -f "$file"
    done
    for name in /run/netns/"$NS"-*; do [ ! -e "$name" ] || ip netns del "${name##*/}"; done
    rm -rf "$DIR"
}

wait_gone() {
    for _ in $(seq 100); do kill -0 "$1" 2>/dev/null || return 0; sleep 0.05; done
    kill -9 "$1" 2>/dev/null
}

# start NAME HOST COMMAND...: in the background, output to a log, pid (of the program itself) to a file.
start() {
    local name=$1 host=$2
    shift 2
    (exec_on "$host" "$@") >>"$DIR/$name.log" 2>&1 &
    echo $! >"$DIR/$name.pid"
    disown $! # The shell has nothing to say about a director that is killed.
}

# until_true SECONDS WHAT COMMAND...: waits for it, or shows the logs and ends.
until_true() {
    local seconds=$1 what=$2
    shift 2
    for _ in $(seq $((seconds * 20))); do "$@" >/dev/null 2>&1 && return 0; sleep 0.05; done
    echo; say "waited $seconds s for: $what"
    tail -n 15 "$DIR"/lb*.log
    die "could not go on"
}

director() { local host=$1; shift; on "$host" "$DIRECTOR" --socket "$DIR/$host.sock" "$@"; }
status_json() { director "$1" status --json 2>/dev/null; }
holder() { status_json "$1" | sed -n 's/.*"holder" *: *"\([^"]*\)".*/\1/p' | head -1; }
is_holder() { [ "$(holder "$1")" = "$1" ]; }
all_up() { [ "$(status_json "$1" | grep -o '"verdict" *: *"up"' | wc -l)" -ge "${RESULTS_UP:-3}" ]; }
backup_ready() { status_json "$1" | grep -q '"synced" *: *true' && all_up "$1"; }
# $niceness: `nice` and its words, or nothing.
# shellcheck disable=SC2086
start_director() { start "$1" "$1" ${niceness:-} "$DIRECTOR" run --config "$DIR/director.conf" --name "$1" --socket "$DIR/$1.sock"; }

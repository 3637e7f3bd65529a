# What can happen to a pair, whichever program it runs. fault_X does it to $holder (or $backup), heal_X ends it. `kind` says what is promised:
# planned, kill, takeover, none (nobody may take over). $hold: milliseconds between both; $off: who is cut off from the client LAN meanwhile.
# Sourced by deploy/lab/faults and deploy/lab/failover-compare.
# shellcheck shell=bash disable=SC2034,SC2154

declare -A kind=(
    [command]=planned [term]=planned [kill]=kill [freeze]=takeover [link]=takeover [all-links]=takeover [client-cut]=takeover [deaf]=takeover
    [mute]=takeover [both-cut]=takeover [split]=takeover [split-backup]=none [cluster-link]=none [cluster-cut]=none [cluster-deaf]=none
    [cluster-mute]=none [busy]=none [heap]=none [disk]=none [clock]=none [slow-peer]=none
)
all_faults=(command term kill freeze link all-links client-cut deaf mute both-cut split split-backup cluster-link cluster-cut cluster-deaf
    cluster-mute busy heap disk clock slow-peer)

declare -A network=([eth0]=outside [eth1]=inside [eth2]=cluster)

switch() { ip -n "$NS-switch" link set "$@"; }
# Carrier and all, as when a cable is pulled.
pull() { local host=$1 nic; shift; for nic; do switch "$host$nic" down; done; }
plug() { local host=$1 nic; shift; for nic; do switch "$host$nic" up; done; }
# The port is up and leads nowhere; or to another part of the switch, split off.
part() { local host=$1 nic; shift; for nic; do switch "$host$nic" nomaster; done; }
split() { local host=$1 nic; shift; for nic; do switch "$host$nic" master "${network[$nic]}2"; done; }
mend() { local host=$1 nic; shift; for nic; do switch "$host$nic" master "${network[$nic]}"; done; }
# lose ingress|egress HOST NIC: what the host sends (ingress of the switch) or should get is lost.
lose() {
    on switch nft -f - <<END
table netdev lost {
    chain lose { type filter hook $1 device "$2$3" priority 0; policy drop; }
}
END
}
find_again() { on switch nft delete table netdev lost; }

each_pid() { local pid; for pid in $(node_pids "$2"); do kill "-$1" "$pid"; done; }

fault_command() { planned; }
heal_command() { :; }
fault_term() { each_pid TERM "$holder"; }
heal_term() { node_gone "$holder"; node_start "$holder"; }
fault_kill() { each_pid KILL "$holder"; }
heal_kill() { node_gone "$holder"; node_start "$holder"; }

# From 0.1 to 10 s, as many short ones as long ones. What is over before anybody can have noticed counts as one with what follows.
fault_freeze() {
    local millis
    millis=$(awk -v seed=$RANDOM 'BEGIN { srand(seed); printf "%d", exp(log(100) + rand() * log(100)) }')
    note="$millis ms"
    each_pid STOP "$holder"
    if [ "$millis" -lt 1500 ]; then
        sleep "$((millis / 1000)).$(printf %03d $((millis % 1000)))"
        each_pid CONT "$holder"
    else
        hold=$millis
    fi
}
heal_freeze() { each_pid CONT "$holder"; }

fault_link() { off=$holder; pull "$holder" eth0; }
heal_link() { plug "$holder" eth0; }
fault_all-links() { off=$holder; pull "$holder" eth0 eth1 eth2; }
heal_all-links() { plug "$holder" eth0 eth1 eth2; }
fault_client-cut() { off=$holder; part "$holder" eth0; }
heal_client-cut() { mend "$holder" eth0; }
fault_deaf() { lose egress "$holder" eth0; }
heal_deaf() { find_again; }
fault_mute() { off=$holder; lose ingress "$holder" eth0; }
heal_mute() { find_again; }
fault_both-cut() { off=$holder; part "$holder" eth0 eth2; }
heal_both-cut() { mend "$holder" eth0 eth2; }
fault_split() { off=$holder; split "$holder" eth0 eth1 eth2; }
heal_split() { mend "$holder" eth0 eth1 eth2; }
fault_split-backup() { off=$backup; split "$backup" eth0 eth1 eth2; }
heal_split-backup() { mend "$backup" eth0 eth1 eth2; }
fault_cluster-link() { pull "$holder" eth2; }
heal_cluster-link() { plug "$holder" eth2; }
fault_cluster-cut() { part "$holder" eth2; }
heal_cluster-cut() { mend "$holder" eth2; }
fault_cluster-deaf() { lose egress "$holder" eth2; }
heal_cluster-deaf() { find_again; }
fault_cluster-mute() { lose ingress "$holder" eth2; }
heal_cluster-mute() { find_again; }

# Two busy loops for each processor.
fault_busy() {
    local i
    hold=10000
    for i in $(seq $(($(nproc) * 2))); do
        while :; do :; done &
        loops[i]=$!
    done
}
heal_busy() { kill "${loops[@]}"; wait "${loops[@]}" 2>/dev/null; loops=(); }

# Its share of the processors is half of one for some seconds.
fault_slow-peer() {
    local pid
    hold=5000
    if [ -e /sys/fs/cgroup/cpu ]; then
        slow=/sys/fs/cgroup/cpu/$NS
        mkdir -p "$slow" && echo 100000 >"$slow/cpu.cfs_period_us" && echo 50000 >"$slow/cpu.cfs_quota_us"
        [ ! -e "$slow/cpu.rt_runtime_us" ] || echo 100000 >"$slow/cpu.rt_runtime_us" # Or a thread with SCHED_FIFO could not go there.
    else
        slow=/sys/fs/cgroup/$NS
        mkdir -p "$slow" && echo "50000 100000" >"$slow/cpu.max"
    fi || die "no cgroup with a limit for processors"
    for pid in $(node_pids "$backup"); do echo "$pid" >"$slow/cgroup.procs"; done
}
heal_slow-peer() {
    local pid
    for pid in $(node_pids "$backup"); do echo "$pid" >"$(dirname "$slow")/cgroup.procs"; done
    for _ in $(seq 20); do rmdir "$slow" 2>/dev/null && break; sleep 0.1; done
}

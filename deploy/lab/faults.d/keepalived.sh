# A pair of keepalived (Debian's) with nft DNAT, as the fault lab sees it; if $system says conntrackd, with that too (FTFW, over the cluster network);
# a number in $system is its advert_int. All else is keepalived's default. Sourced by deploy/lab/faults for deploy/lab/failover-compare.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(keepalived conntrackd)
conntrackd=$(case $system in conntrackd*) echo yes ;; esac)
advert=$(case $system in *-*) echo "${system#*-}" ;; *) echo 1 ;; esac)

pair_prepare() {
    local host
    for host in lb1 lb2; do
        on $host sysctl -qw net.ipv4.ip_forward=1 && on $host nft -f - <<END || return 1
table ip lb {
    chain prerouting {
        type nat hook prerouting priority dstnat; policy accept;
        ip daddr $VIP meta l4proto { tcp, udp } th dport { $PORT, $((PORT + 1)) } dnat to numgen random mod 3 map { 0 : $(rs_address rs1), 1 : $(rs_address rs2), 2 : $(rs_address rs3) }
    }
}
END
        keepalived_config $host >"$DIR/$host.keepalived" && hook $host >"$DIR/$host.hook" && chmod +x "$DIR/$host.hook" || return 1
        if [ -n "$conntrackd" ]; then
            conntrackd_config $host >"$DIR/$host.conntrackd"
            start conntrackd-$host $host conntrackd -C "$DIR/$host.conntrackd"
        fi
        node_start $host
    done
}
pair_end() { :; }

priority() { if [ "$1" = lb1 ]; then echo 150; else echo 100; fi; }

keepalived_config() {
    cat <<END
global_defs {
    router_id $1
    script_user root
    enable_script_security
}
vrrp_sync_group web {
    group { out in }
    notify_master "$DIR/$1.hook primary"
    notify_backup "$DIR/$1.hook backup"
    notify_fault "$DIR/$1.hook fault"
}
END
    instance out eth0 51 "$VIP/24" "$1"
    instance in eth1 52 "$INSIDE_GATEWAY/24" "$1"
}

instance() {
    cat <<END
vrrp_instance $1 {
    state BACKUP
    interface $2
    virtual_router_id $3
    priority $(priority "$5")
    advert_int $advert
    virtual_ipaddress { $4 dev $2 }
}
END
}

# What conntrackd's primary-backup.sh does.
hook() {
    echo '#!/bin/sh'
    [ -n "$conntrackd" ] || return 0
    cat <<END
ask() { conntrackd -C "$DIR/$1.conntrackd" "\$1"; }
case \$1 in
    primary) ask -c; ask -f; ask -R; ask -B ;;
    backup) ask -t; ask -n ;;
    fault) ask -t ;;
esac
END
}

conntrackd_config() {
    cat <<END
Sync {
    Mode FTFW { }
    UDP {
        IPv4_address $(member_address "$1")
        IPv4_Destination_Address $(member_address "$(other "$1")")
        Port 3780
        Interface eth2
        SndSocketBuffer 1249280
        RcvSocketBuffer 1249280
        Checksum on
    }
}
General {
    HashSize 32768
    HashLimit 262144
    LogFile $DIR/conntrackd-$1.log
    LockFile $DIR/$1.lock
    UNIX { Path $DIR/$1.ctl }
    NetlinkBufferSize 2097152
    NetlinkBufferSizeMaxGrowth 8388608
    Filter From Userspace {
        Protocol Accept { TCP UDP }
        Address Ignore { IPv4_address 127.0.0.1 IPv4_address $(member_address lb1) IPv4_address $(member_address lb2) }
    }
}
END
}

# A stale pid file would keep it from starting.
node_start() {
    rm -f "$DIR/$1.vrrp"
    start "$1" "$1" nice -n -10 keepalived --dont-fork --log-console --vrrp --use-file "$DIR/$1.keepalived" --pid "$DIR/$1.parent" --vrrp_pid "$DIR/$1.vrrp"
}
node_pids() { cat "$DIR/$1.pid" "$DIR/$1.vrrp" 2>/dev/null; }
node_gone() { local pid; for pid in $(node_pids "$1"); do wait_gone "$pid"; done; rm -f "$DIR/$1.parent" "$DIR/$1.vrrp"; }
node_alive() { kill -0 "$(cat "$DIR/$1.pid")" 2>/dev/null; }
has_vip() { ip -n "$NS-$1" -4 addr show dev eth0 | grep -q "$VIP/"; }
pair_holder() { if has_vip lb1; then echo lb1; else echo lb2; fi; }
# It has no command for it.
planned() { each_pid TERM "$holder"; hold=2500; note="by SIGTERM"; }
heal_command() { heal_term; }

pair_healthy() {
    node_alive lb1 && node_alive lb2 || return 1
    if has_vip lb1; then ! has_vip lb2; else has_vip lb2; fi && served
}
served() { on client curl -s -m 1 "http://$VIP:$PORT/health" >/dev/null; }

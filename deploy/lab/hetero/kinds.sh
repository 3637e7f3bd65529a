# Shared by the scripts of deploy/lab/hetero. Sourced, not run.
# shellcheck shell=bash

# Where build puts things.
to=${HA_DIRECTOR_HETERO:-/var/tmp/ha-director-hetero}

# emulator KIND: the program that runs programs of that architecture, as Debian calls it.
emulator() {
    case $1 in
        arm64) echo "$to/tools/usr/bin/qemu-aarch64" ;;
        *) echo "$to/tools/usr/bin/qemu-$1" ;;
    esac
}

# until_true SECONDS WHAT COMMAND...: says how long it took; if it takes longer, what the programs of $DIR wrote.
until_true() {
    local until=$((SECONDS + $1)) what=$2 since=$EPOCHREALTIME
    shift 2
    while [ $SECONDS -lt $until ]; do
        "$@" >/dev/null 2>&1 && { printf '   ok  %-50s %6d ms\n' "$what" $(((${EPOCHREALTIME/./} - ${since/./}) / 1000)); return; }
        sleep 0.5
    done
    tail -n 25 "$DIR"/*.log
    die "waited in vain: $what"
}

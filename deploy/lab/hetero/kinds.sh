# Where deploy/lab/hetero/build puts things. Sourced, not run.
# shellcheck shell=bash

to=${HA_DIRECTOR_HETERO:-/var/tmp/ha-director-hetero}

# emulator KIND: the program that runs programs of that architecture, as Debian calls it.
emulator() {
    case $1 in
        arm64) echo "$to/tools/usr/bin/qemu-aarch64" ;;
        *) echo "$to/tools/usr/bin/qemu-$1" ;;
    esac
}

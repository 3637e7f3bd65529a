# Shared by deploy/demo and deploy/test: messages, the JDK, Debian packages. Sourced, not run.
# shellcheck shell=bash

say() { printf '%s\n' "== $*"; }

die() {
    printf '%s\n' "$0: $*" >&2
    exit 1
}

# The home of a JDK 25 or newer, or an explanation.
find_jdk() {
    local home
    for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
        [ -x "$home/bin/javac" ] && [ "$(jdk_feature "$home")" -ge 25 ] 2>/dev/null && { echo "$home"; return; }
    done
    die "needs a JDK 25: on Debian 13 'apt-get install openjdk-25-jdk-headless', else Eclipse Temurin 25 under /usr/lib/jvm"
}

jdk_feature() { sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null; }

is_root() { [ "$(id -u)" = 0 ]; }

# install_packages PACKAGE...: those that are missing, as root; names them where it cannot.
install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return 0
    if ! is_root || ! command -v apt-get >/dev/null; then
        say "missing Debian packages; as root: apt-get install --no-install-recommends ${missing[*]}"
        return 1
    fi
    say "installing Debian packages: ${missing[*]}"
    # A package that starts a service must not: the tests start their own, in namespaces of their own.
    local policy=/usr/sbin/policy-rc.d made=
    [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' > $policy && chmod +x $policy && made=yes; }
    apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    local result=$?
    [ -z "$made" ] || rm -f $policy
    return $result
}

# test_classpath MODULE: compiles the module and its tests (from the project's folder) and prints their class path.
test_classpath() {
    ./mvnw -q -B -ntp -pl "$1" -am test-compile dependency:build-classpath \
        -Dmdep.outputFile=target/bench-classpath -Dmdep.includeScope=test >&2 || return 1
    echo "$1/target/test-classes:$1/target/classes:$(cat "$1/target/bench-classpath")"
}

# Shared by the scripts that make a virtual machine out of a root of Debian 13. Sourced, not run; after deploy/lib.sh.
# shellcheck shell=bash

# The Debian mirror that this machine's apt is configured for.
mirror() {
    local from
    # shellcheck disable=SC2016 # The dollar signs are apt-get's.
    from=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(COMPONENT) $(CODENAME)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $3 == "main" && $4 !~ /-/ { print $1; exit }')
    [ -n "$from" ] || die "apt is not configured for a Debian mirror"
    echo "$from"
}

# make_initrd ROOT VERSION TO MODPROBE...: into the folder TO the kernel, and an initrd of busybox and the modules that lead to the root file
# system. MODPROBE is the command that lists modules with their paths in ROOT.
make_initrd() {
    local root=$1 version=$2 to=$3 at=$3/initrd.d file order=0
    shift 3
    rm -rf "$at"
    mkdir -p "$at"/{bin,dev,proc,root,modules}
    cp "$root/bin/busybox" "$at/bin/"
    "$@" -S "$version" --show-depends -a virtio_pci virtio_blk ext4 | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$at.list" || return 1
    while read -r file; do
        order=$((order + 1))
        case $file in
            *.xz) xz -dc "$root${file#"$root"}" ;;
            *) cat "$root${file#"$root"}" ;;
        esac >"$(printf '%s/modules/%02d.ko' "$at" $order)" || return 1
    done <"$at.list"
    # The disks come in any order.
    cat >"$at/init" <<'END'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for m in /modules/*.ko; do /bin/busybox insmod "$m"; done
for disk in vda vdb; do /bin/busybox mount -o ro -t ext4 /dev/$disk /root 2>/dev/null && break; done || /bin/busybox sh
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/vm-init
END
    chmod +x "$at/init"
    (cd "$at" && find . | cpio -o -H newc --quiet | gzip -1) >"$to/initrd-$version" && cp "$root/boot/vmlinuz-$version" "$to/" || return 1
    rm -rf "$at" "$at.list"
}

# make_image ROOT IMAGE SIZE: its file system.
make_image() {
    install -m 755 deploy/bench/vm/vm-init "$1/sbin/vm-init" && rm -f "$2.new" && truncate -s "$3" "$2.new" &&
        mke2fs -q -t ext4 -O ^has_journal -d "$1" "$2.new" && mv "$2.new" "$2" && say "made $2 ($(du -h "$2" | cut -f1))"
}

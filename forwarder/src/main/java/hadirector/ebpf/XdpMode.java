package hadirector.ebpf;

/// Where an XDP program runs (linux/if_link.h, XDP_FLAGS_*).
public enum XdpMode {
    /// In the driver, before there is an skb; EOPNOTSUPP where it cannot.
    NATIVE(1 << 2),
    /// Behind the driver, on any interface.
    GENERIC(1 << 1);

    final int flags;

    XdpMode(int flags) {
        this.flags = flags;
    }
}

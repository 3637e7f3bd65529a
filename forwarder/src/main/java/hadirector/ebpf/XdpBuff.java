package hadirector.ebpf;

/// The context of an XDP program, `struct xdp_md` (linux/bpf.h): offsets of its 32-bit fields.
public final class XdpBuff {
    public static final int DATA = 0;
    public static final int DATA_END = 4;
    public static final int DATA_META = 8;
    public static final int INGRESS_IFINDEX = 12;
    public static final int RX_QUEUE_INDEX = 16;

    /// Bytes of the whole, as [BpfProgram#testRun] takes and gives it.
    public static final int SIZE = 24;

    private XdpBuff() {}
}

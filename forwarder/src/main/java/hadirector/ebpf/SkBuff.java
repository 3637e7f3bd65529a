package hadirector.ebpf;

/// The context of a classifier, `struct __sk_buff` (linux/bpf.h): offsets of its fields, 32 bits each unless said otherwise.
public final class SkBuff {
    public static final int LENGTH = 0;
    public static final int PACKET_TYPE = 4;
    public static final int MARK = 8;
    public static final int PROTOCOL = 16;
    public static final int VLAN_PRESENT = 20;
    public static final int VLAN_TCI = 24;
    public static final int PRIORITY = 32;
    public static final int INGRESS_IFINDEX = 36;
    public static final int IFINDEX = 40;
    /// Five words of the program's own.
    public static final int CONTROL_BLOCK = 48;
    public static final int HASH = 68;
    public static final int DATA = 76;
    public static final int DATA_END = 80;
    public static final int GSO_SEGMENTS = 164;
    public static final int GSO_SIZE = 176;

    /// Bytes of the whole, as [BpfProgram#testRun] takes and gives it.
    public static final int SIZE = 192;

    private SkBuff() {}
}

package hadirector.conn;

/// Where things stand in an outer header's element of `hd_tunnels`, which [FlowRecord#TUNNEL] names; drawn and written by
/// `hadirector.forward.Tunnels`.
public final class TunnelTemplate {
    /// Bytes of an element.
    public static final int LENGTH = 128;

    /// Bytes of the header, 0 if the element is not in use.
    public static final int HEADER_LENGTH = 0;

    public static final int KIND = 1;
    public static final int OUTER_FAMILY = 2;
    public static final int INNER_FAMILY = 3;
    public static final int ETHER_TYPE = 4;
    public static final int BASE_SUM = 8;
    public static final int HEADER = 16;

    /// `KIND`s.
    public static final int IPIP = 0;
    public static final int GRE = 1;
    public static final int GUE = 2;

    /// Bytes between outer and inner IP header.
    public static final int GRE_LENGTH = 4;
    public static final int UDP_LENGTH = 8;
    public static final int GUE_LENGTH = 4;

    /// The UDP source port of GUE is this and 14 bits of the flow hash: the range for ephemeral ports (RFC 6335).
    public static final int SOURCE_PORTS = 0xc000;
    public static final int SOURCE_PORTS_MASK = 0x3fff;
    public static final int FLOW_LABEL_MASK = 0xfffff;

    private TunnelTemplate() {}
}

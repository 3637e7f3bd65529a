package hadirector.forward;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.U64;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import hadirector.conn.TunnelTemplate;
import hadirector.model.IpAddress;
import hadirector.model.TunnelKind;
import hadirector.packet.EthernetView;
import hadirector.packet.InternetChecksum;
import hadirector.packet.Ipv4View;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// Outer headers of LVS-Tun, worked out once for each realserver: the elements of the BPF map `hd_tunnels`, read by
/// [Encapsulation] and by the BPF program alike. An element whose header length is 0 is not in use: its packets wait in Java.
///
/// ```
///   0      1    2      3      4          6        8         10       16                                   76    128
///   +------+----+------+------+----------+--------+---------+--------+------------------------------------+-----+
///   |length|kind|outer |inner |outer     |reserved|base sum |reserved|header, `length` bytes              |  0  |
///   |      |    |family|family|ethertype |        |(IPv4)   |        |IPv4 20 | IPv6 40, GRE 4 | UDP 8+GUE 4|     |
///   +------+----+------+------+----------+--------+---------+--------+------------------------------------+-----+
/// ```
///
/// All in network byte order. In the header these fields are 0 and belong to each packet:
///
/// | field | value for each packet |
/// |---|---|
/// | IPv4 total length | header length + inner packet's length; IPv6 payload length is 40 less; UDP length is the packet's less the IP header |
/// | IPv4 TOS, IPv6 traffic class | the inner packet's, DSCP and ECN (RFC 2983 uniform model, RFC 6040 normal mode) |
/// | IPv4 DF | the inner IPv4 packet's; set if the inner packet is IPv6 |
/// | IPv4 identification | 0 if DF (RFC 6864 4.1), else the inner packet's |
/// | IPv4 checksum | `~fold(base sum + TOS + total length + identification + DF)` |
/// | IPv6 flow label | `flow hash & 0xfffff` (RFC 6438) |
/// | UDP source port | `0xc000 | flow hash & 0x3fff` |
///
/// The flow hash is that of the inner packet's tuple in the connection table. The UDP checksum is 0 over IPv4 and over IPv6
/// (RFC 6935, RFC 6936), as IPVS sends it and the receivers of Linux (fou, fou6) take it.
public final class Tunnels {
    /// Bytes of an element.
    public static final int TEMPLATE_LENGTH = TunnelTemplate.LENGTH;

    /// Longest outer header that an element may have; ours have up to 52 bytes.
    public static final int HEADER_LENGTH_MAX = 60;

    public static final long HEADER_LENGTH = TunnelTemplate.HEADER_LENGTH;
    public static final long KIND = TunnelTemplate.KIND;
    public static final long OUTER_FAMILY = TunnelTemplate.OUTER_FAMILY;
    public static final long INNER_FAMILY = TunnelTemplate.INNER_FAMILY;
    public static final long ETHER_TYPE = TunnelTemplate.ETHER_TYPE;
    public static final long BASE_SUM = TunnelTemplate.BASE_SUM;
    public static final long HEADER = TunnelTemplate.HEADER;

    /// `KIND`s.
    public static final int IPIP = TunnelTemplate.IPIP;
    public static final int GRE = TunnelTemplate.GRE;
    public static final int GUE = TunnelTemplate.GUE;

    /// The UDP source port of GUE is this and 14 bits of the flow hash: the range for ephemeral ports (RFC 6335).
    public static final int SOURCE_PORTS = TunnelTemplate.SOURCE_PORTS;
    public static final int SOURCE_PORTS_MASK = TunnelTemplate.SOURCE_PORTS_MASK;
    public static final int FLOW_LABEL_MASK = TunnelTemplate.FLOW_LABEL_MASK;

    static final int IPV4_LENGTH = 20;
    static final int IPV6_LENGTH = 40;
    static final int GRE_LENGTH = TunnelTemplate.GRE_LENGTH;
    static final int UDP_LENGTH = TunnelTemplate.UDP_LENGTH;
    static final int GUE_LENGTH = TunnelTemplate.GUE_LENGTH;

    /// Outer TTL and hop limit, that of what a host sends.
    private static final int TTL = 64;

    /// IP protocol numbers (IANA).
    private static final int PROTOCOL_IPV4 = 4;
    private static final int PROTOCOL_UDP = 17;
    private static final int PROTOCOL_IPV6 = 41;
    private static final int PROTOCOL_GRE = 47;

    private static final VarHandle LENGTH_BYTE = ValueLayout.JAVA_BYTE.varHandle();

    private Tunnels() {}

    /// Outer bytes that the tunnel puts before an inner packet, Ethernet apart.
    public static int headerLength(TunnelKind kind, boolean outerV4) {
        return (outerV4 ? IPV4_LENGTH : IPV6_LENGTH)
                + switch (kind) {
                    case TunnelKind.Ipip _ -> 0;
                    case TunnelKind.Gre _ -> GRE_LENGTH;
                    case TunnelKind.Gue _ -> UDP_LENGTH + GUE_LENGTH;
                };
    }

    /// Makes the element the tunnel from `source` to the realserver, for inner packets of one family. A reader that races this
    /// sees the old tunnel, none, or the new one.
    ///
    /// @param source of the director towards the realserver; of the same family as `realServer`
    public static void write(
            MemorySegment tunnels,
            long at,
            TunnelKind kind,
            IpAddress source,
            IpAddress realServer,
            boolean innerV4) {
        boolean outerV4 = realServer.isV4();
        if (source.isV4() != outerV4) {
            throw new IllegalArgumentException("a tunnel from " + source + " to " + realServer);
        }
        clear(tunnels, at);
        setU8(tunnels, at + OUTER_FAMILY, outerV4 ? 4 : 6);
        setU8(tunnels, at + INNER_FAMILY, innerV4 ? 4 : 6);
        setU16(tunnels, at + ETHER_TYPE, outerV4 ? EthernetView.TYPE_IPV4 : EthernetView.TYPE_IPV6);
        int inner = innerV4 ? PROTOCOL_IPV4 : PROTOCOL_IPV6;
        long next = at + HEADER + (outerV4 ? IPV4_LENGTH : IPV6_LENGTH);
        switch (kind) {
            case TunnelKind.Ipip _ -> {
                setU8(tunnels, at + KIND, IPIP);
                outer(tunnels, at, inner, source, realServer);
            }
            case TunnelKind.Gre _ -> {
                setU8(tunnels, at + KIND, GRE);
                outer(tunnels, at, PROTOCOL_GRE, source, realServer);
                setU16(tunnels, next + 2, innerV4 ? EthernetView.TYPE_IPV4 : EthernetView.TYPE_IPV6);
            }
            case TunnelKind.Gue(int port) -> {
                setU8(tunnels, at + KIND, GUE);
                outer(tunnels, at, PROTOCOL_UDP, source, realServer);
                setU16(tunnels, next + 2, port);
                setU8(tunnels, next + UDP_LENGTH + 1, inner);
            }
        }
        LENGTH_BYTE.setRelease(tunnels, at + HEADER_LENGTH, (byte) headerLength(kind, outerV4));
    }

    /// Takes the element out of use.
    public static void clear(MemorySegment tunnels, long at) {
        LENGTH_BYTE.setVolatile(tunnels, at + HEADER_LENGTH, (byte) 0);
        tunnels.asSlice(at, TEMPLATE_LENGTH).fill((byte) 0);
    }

    private static void outer(MemorySegment to, long at, int protocol, IpAddress source, IpAddress destination) {
        long header = at + HEADER;
        if (destination.isV4()) {
            setU8(to, header + Ipv4View.VERSION_AND_LENGTH, 0x45);
            setU8(to, header + Ipv4View.TTL, TTL);
            setU8(to, header + Ipv4View.PROTOCOL, protocol);
            to.set(U32, header + Ipv4View.SOURCE, source.v4());
            to.set(U32, header + Ipv4View.DESTINATION, destination.v4());
            setU16(to, at + BASE_SUM, InternetChecksum.fold(InternetChecksum.sum(to, header, IPV4_LENGTH)));
        } else {
            setU8(to, header, 0x60);
            setU8(to, header + 6, protocol);
            setU8(to, header + 7, TTL);
            to.set(U64, header + 8, source.high());
            to.set(U64, header + 16, source.low());
            to.set(U64, header + 24, destination.high());
            to.set(U64, header + 32, destination.low());
        }
    }

    /// Outer bytes, Ethernet apart; 0 if the element is not in use.
    public static int headerLength(MemorySegment tunnels, long at) {
        return u8(tunnels, at + HEADER_LENGTH);
    }

    static boolean isOuterV4(MemorySegment tunnels, long at) {
        return u8(tunnels, at + OUTER_FAMILY) == 4;
    }

    static boolean isGue(MemorySegment tunnels, long at) {
        return u8(tunnels, at + KIND) == GUE;
    }

    /// EtherType of the outer packet.
    static int etherType(MemorySegment tunnels, long at) {
        return u16(tunnels, at + ETHER_TYPE);
    }
}

package hadirector.forward;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import hadirector.packet.Icmp4View;
import hadirector.packet.Icmp6View;
import hadirector.packet.IcmpQuote;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;

/// What an ICMP error says about a path: "fragmentation needed" (RFC 1191) and "packet too big" (RFC 4443 3.2).
public final class PathMtu {
    /// The error says nothing about lengths, or nothing that can be true.
    public static final int NONE = 0;

    private static final int FRAGMENTATION_NEEDED = 4;
    private static final long MTU_V4 = 6;

    /// What every IPv4 host must be able to take (RFC 791), for routers from before RFC 1191, which state none.
    private static final int UNSTATED = 576;

    private PathMtu() {}

    /// Bytes that an IP packet may have for the link that the error tells of.
    ///
    /// @param error of kind ICMP, an error
    /// @param quote of it
    /// @return [#NONE] if it is another error, or the quoted packet would have fitted
    public static int of(MemorySegment frame, ParsedFrame error, IcmpQuote quote) {
        long icmp = error.l4();
        int type = u8(frame, icmp + Icmp4View.TYPE);
        int code = u8(frame, icmp + Icmp4View.CODE);
        int mtu = NONE;
        int length;
        if (error.isV6()) {
            mtu = type == Icmp6View.PACKET_TOO_BIG ? frame.get(U32, icmp + Icmp4View.REST) : NONE;
            length = Ipv6View.LENGTH + u16(frame, quote.l3() + Ipv6View.PAYLOAD_LENGTH);
        } else {
            if (type == Icmp4View.UNREACHABLE && code == FRAGMENTATION_NEEDED) {
                int stated = u16(frame, icmp + MTU_V4);
                mtu = stated == 0 ? UNSTATED : stated;
            }
            length = u16(frame, quote.l3() + Ipv4View.TOTAL_LENGTH);
        }
        return mtu > 0 && mtu < length ? mtu : NONE;
    }
}

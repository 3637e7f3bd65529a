package hadirector.forward;

import static hadirector.packet.NetworkOrder.U16;
import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.U64;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import hadirector.conn.FlowRecord;
import hadirector.packet.FrameKind;
import hadirector.packet.Icmp4View;
import hadirector.packet.IcmpQuote;
import hadirector.packet.InternetChecksum;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;
import hadirector.packet.ParsedFrame;
import hadirector.packet.TcpView;
import hadirector.packet.UdpView;
import java.lang.foreign.MemorySegment;

/// ICMP errors about packets of a connection go to whoever sent those, translated as RFC 5508 says of a NAT and as IPVS does
/// (ip_vs_in_icmp, ip_vs_out_icmp and ip_vs_nat_icmp in net/netfilter/ipvs).
///
/// ```
///   quotes          travels like a packet of      record              outer     quoted
///   VIP -> client   client -> VIP                 to the realserver   dst VIP -> RIP    src VIP:port -> RIP:port
///   client -> RIP   RIP -> client                 to the client       src any -> VIP    dst RIP:port -> VIP:port
///   DR, Tun: VIP -> client                        direct              only MACs and TTL, as of every packet
/// ```
///
/// So the connection is found by the quoted addresses and ports the other way round, and one record says all. The source that a client sees is
/// the VIP, whichever router behind the director spoke: it knows no other address there.
///
/// All checksums are updated by difference: what was wrong stays wrong by as much, inside the quote too, and RFC 4884's extensions
/// stay as they are.
public final class IcmpErrors {
    /// Unreachable, source quench, time exceeded, parameter problem. A redirect is for the sender's own segment (RFC 1812 5.2.7.2).
    private static final int MAPPED_V4 = 1 << 3 | 1 << 4 | 1 << 11 | 1 << 12;
    /// Unreachable, too big, time exceeded, parameter problem (RFC 4443).
    private static final int MAPPED_V6 = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4;

    private IcmpErrors() {}

    /// Whether the frame is an error that is carried on to whom it concerns.
    public static boolean isError(MemorySegment frame, ParsedFrame parsed) {
        if (parsed.kind() != FrameKind.ICMP) {
            return false;
        }
        int type = u8(frame, parsed.l4() + Icmp4View.TYPE);
        return type < Integer.SIZE && ((parsed.isV6() ? MAPPED_V6 : MAPPED_V4) >>> type & 1) == 1;
    }

    /// Rewrites an error whose quote is of kind `TRANSPORT`, and for which [Rewrite#mayForward] holds.
    ///
    /// @param record of the direction in which the quoted packet would be answered
    /// @param partial the error's own checksum is still to be completed
    public static void apply(
            MemorySegment records,
            long record,
            MemorySegment frame,
            ParsedFrame parsed,
            IcmpQuote quote,
            boolean partial) {
        int flags = FlowRecords.flags(records, record) & (FlowRecord.REWRITE_SOURCE | FlowRecord.REWRITE_DESTINATION);
        boolean source = (flags & FlowRecord.REWRITE_SOURCE) != 0;
        int quoted = flags == 0 ? 0 : translateQuote(records, record, frame, parsed.isV6(), quote, !source);
        int outer = flags == 0 ? 0 : address(records, record, frame, parsed.isV6(), parsed.l3(), source);
        checksum(frame, parsed, partial, quoted, outer);
        Rewrite.redirect(records, record, frame, parsed.start());
        step(frame, parsed, outer);
    }

    /// Of IPv4's header, TTL and the address that changed by `difference`.
    private static void step(MemorySegment frame, ParsedFrame parsed, int difference) {
        if (parsed.isV6()) {
            setU8(frame, parsed.l3() + Ipv6View.HOP_LIMIT, parsed.ttl() - 1);
            return;
        }
        setU8(frame, parsed.l3() + Ipv4View.TTL, parsed.ttl() - 1);
        update(frame, parsed.l3() + Ipv4View.CHECKSUM, InternetChecksum.add(difference, InternetChecksum.TTL_STEP));
    }

    /// @param outer difference of the outer address, which only ICMPv6 covers (RFC 4443 2.3)
    private static void checksum(MemorySegment frame, ParsedFrame parsed, boolean partial, int quoted, int outer) {
        long at = parsed.l4() + Icmp4View.CHECKSUM;
        int pseudo = parsed.isV6() ? outer : 0;
        int updated = partial
                ? InternetChecksum.add(u16(frame, at), pseudo)
                : InternetChecksum.apply(u16(frame, at), InternetChecksum.add(quoted, pseudo));
        setU16(frame, at, updated);
    }

    /// @return the difference that all changes make to a sum over the quote
    private static int translateQuote(
            MemorySegment records, long record, MemorySegment frame, boolean v6, IcmpQuote quote, boolean source) {
        long length = Math.min(quote.end(), quote.l4() + TcpView.LENGTH_MIN) - quote.l3();
        int before = InternetChecksum.fold(InternetChecksum.sum(frame, quote.l3(), length));
        int difference = address(records, record, frame, v6, quote.l3(), source);
        if (!v6) {
            update(frame, quote.l3() + Ipv4View.CHECKSUM, difference);
        }
        transportChecksum(frame, quote, InternetChecksum.add(difference, port(records, record, frame, quote, source)));
        int after = InternetChecksum.fold(InternetChecksum.sum(frame, quote.l3(), length));
        return InternetChecksum.difference16(before, after);
    }

    private static int port(MemorySegment records, long record, MemorySegment frame, IcmpQuote quote, boolean source) {
        long at = quote.l4() + (source ? TcpView.SOURCE_PORT : TcpView.DESTINATION_PORT);
        int old = u16(frame, at);
        frame.set(U16, at, records.get(U16, record + FlowRecord.PORT));
        return InternetChecksum.difference16(old, u16(frame, at));
    }

    private static void transportChecksum(MemorySegment frame, IcmpQuote quote, int difference) {
        boolean udp = quote.protocol() == Ipv4View.UDP;
        long at = quote.l4() + (udp ? UdpView.CHECKSUM : TcpView.CHECKSUM);
        if (at + Short.BYTES > quote.end() || (udp && u16(frame, at) == 0)) {
            return; // Not quoted, or the sender made none.
        }
        update(frame, at, difference);
        if (udp && u16(frame, at) == 0) {
            setU16(frame, at, InternetChecksum.OTHER_ZERO);
        }
    }

    private static void update(MemorySegment frame, long checksum, int difference) {
        setU16(frame, checksum, InternetChecksum.apply(u16(frame, checksum), difference));
    }

    /// Puts the record's address in the place of source or destination of the header at `ip`.
    ///
    /// @return the difference
    private static int address(
            MemorySegment records, long record, MemorySegment frame, boolean v6, long ip, boolean source) {
        if (v6) {
            long at = ip + (source ? Ipv6View.SOURCE : Ipv6View.DESTINATION);
            int before = InternetChecksum.fold(InternetChecksum.sum(frame, at, 16));
            frame.set(U64, at, records.get(U64, record + FlowRecord.ADDRESS));
            frame.set(U64, at + Long.BYTES, records.get(U64, record + FlowRecord.ADDRESS + Long.BYTES));
            return InternetChecksum.difference16(before, InternetChecksum.fold(InternetChecksum.sum(frame, at, 16)));
        }
        long at = ip + (source ? Ipv4View.SOURCE : Ipv4View.DESTINATION);
        int old = frame.get(U32, at);
        frame.set(U32, at, records.get(U32, record + FlowRecords.ADDRESS_V4));
        return InternetChecksum.difference(old, frame.get(U32, at));
    }
}

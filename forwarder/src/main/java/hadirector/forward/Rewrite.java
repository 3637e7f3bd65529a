package hadirector.forward;

import static hadirector.packet.NetworkOrder.U16;
import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.U64;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;
import static hadirector.packet.NetworkOrder.u16;

import hadirector.conn.FlowRecord;
import hadirector.packet.InternetChecksum;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;
import hadirector.packet.ParsedFrame;
import hadirector.packet.TcpView;
import hadirector.packet.UdpView;
import java.lang.foreign.MemorySegment;

/// Does to a frame, in place, what its flow record says: NAT in either direction, or DR, for IPv4 and IPv6. Every method takes one step of
/// TTL (or hop limit), as IPVS does (decrement_ttl in net/netfilter/ipvs/ip_vs_xmit.c), so a loop between directors ends.
///
/// The cost does not depend on the length of the frame; checksums are updated by the record's differences, so an error
/// that came in goes out (RFC 1624), and IP options and extension headers stay.
public final class Rewrite {
    private static final int NAT = FlowRecord.REWRITE_DESTINATION | FlowRecord.REWRITE_SOURCE;

    private Rewrite() {}

    /// Whether a TTL allows one more hop (RFC 1812 5.3.1, RFC 8200 3); else answer [IcmpAnswers#timeExceeded].
    public static boolean mayForward(ParsedFrame parsed) {
        return parsed.ttl() > 1;
    }

    /// Rewrites a frame of kind TCP, UDP or FRAGMENT for which [#mayForward] holds. A fragment other than the first has neither ports nor a
    /// transport checksum, only addresses.
    ///
    /// @param record offset of a record whose next hop is resolved
    /// @param partial the transport checksum is still to be completed (VIRTIO_NET_HDR_F_NEEDS_CSUM): the field holds the
    ///     pseudo-header's sum, which the ports are no part of and which is not complemented
    public static void apply(
            MemorySegment records, long record, MemorySegment frame, ParsedFrame parsed, boolean partial) {
        redirect(records, record, frame, parsed.start());
        header(records, record, frame, parsed);
        int flags = FlowRecords.flags(records, record) & NAT;
        if (flags != 0) {
            address(records, record, frame, parsed, flags);
            if (parsed.hasPorts()) {
                port(records, record, frame, parsed, flags);
                checksum(records, record, frame, parsed, partial);
            }
        }
    }

    static void redirect(MemorySegment records, long record, MemorySegment frame, long start) {
        frame.set(U64, start, records.get(U64, record + FlowRecord.DESTINATION_MAC));
        frame.set(U32, start + Long.BYTES, records.get(U32, record + FlowRecord.DESTINATION_MAC + Long.BYTES));
    }

    private static void header(MemorySegment records, long record, MemorySegment frame, ParsedFrame parsed) {
        long ip = parsed.l3();
        if (parsed.isV6()) {
            setU8(frame, ip + Ipv6View.HOP_LIMIT, parsed.ttl() - 1);
            return;
        }
        setU8(frame, ip + Ipv4View.TTL, parsed.ttl() - 1);
        int difference = u16(records, record + FlowRecord.IP_DIFFERENCE);
        int old = u16(frame, ip + Ipv4View.CHECKSUM);
        setU16(frame, ip + Ipv4View.CHECKSUM, InternetChecksum.apply(old, difference));
    }

    private static void port(
            MemorySegment records, long record, MemorySegment frame, ParsedFrame parsed, int flags) {
        boolean source = (flags & FlowRecord.REWRITE_SOURCE) != 0;
        long port = parsed.l4() + (source ? TcpView.SOURCE_PORT : TcpView.DESTINATION_PORT);
        frame.set(U16, port, records.get(U16, record + FlowRecord.PORT));
    }

    private static void address(
            MemorySegment records, long record, MemorySegment frame, ParsedFrame parsed, int flags) {
        boolean source = (flags & FlowRecord.REWRITE_SOURCE) != 0;
        if (parsed.isV6()) {
            long address = parsed.l3() + (source ? Ipv6View.SOURCE : Ipv6View.DESTINATION);
            frame.set(U64, address, records.get(U64, record + FlowRecord.ADDRESS));
            frame.set(U64, address + Long.BYTES, records.get(U64, record + FlowRecord.ADDRESS + Long.BYTES));
        } else {
            long address = parsed.l3() + (source ? Ipv4View.SOURCE : Ipv4View.DESTINATION);
            frame.set(U32, address, records.get(U32, record + FlowRecords.ADDRESS_V4));
        }
    }

    private static void checksum(
            MemorySegment records, long record, MemorySegment frame, ParsedFrame parsed, boolean partial) {
        boolean udp = parsed.protocol() == Ipv4View.UDP;
        long at = parsed.l4() + (udp ? UdpView.CHECKSUM : TcpView.CHECKSUM);
        int old = u16(frame, at);
        if (udp && old == 0) {
            return; // The sender made none (RFC 768): none is needed to stay valid, or (IPv6) none can make it so.
        }
        int addresses = u16(records, record + FlowRecord.ADDRESS_DIFFERENCE);
        int updated = partial
                ? InternetChecksum.add(old, addresses)
                : InternetChecksum.apply(
                        old, InternetChecksum.add(addresses, u16(records, record + FlowRecord.PORTS_DIFFERENCE)));
        setU16(frame, at, udp && updated == 0 ? InternetChecksum.OTHER_ZERO : updated);
    }
}

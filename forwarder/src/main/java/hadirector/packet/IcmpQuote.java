package hadirector.packet;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.U64;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// The packet that an ICMP error quotes, as far as it is quoted: headers and at least 8 bytes of transport (RFC 792), more from those who
/// follow RFC 1812 or RFC 4443, with extensions behind it from those who follow RFC 4884. One object is reused, as [ParsedFrame].
///
/// The quoted packet was changed on its way (TTL, at times length and checksum), so of its own lengths only those of its headers are
/// believed, and its checksums not at all.
public final class IcmpQuote {
    public enum Kind {
        /// TCP or UDP with its first 8 bytes: everything is set.
        TRANSPORT,
        /// Not the first fragment, so no ports are there: protocol and addresses are set.
        LATER_FRAGMENT,
        /// Another protocol, or IPv6 with more headers than are walked: protocol and addresses are set, `l4` where it was found.
        OTHER_PROTOCOL,
        /// Ends before the ports, or is no packet of the error's IP version.
        CUT_SHORT
    }

    /// Of the transport header: ports and, for UDP, the checksum.
    private static final int TRANSPORT_MIN = 8;
    private static final long MAPPED = 0xffff_0000_0000L;
    /// RFC 4884: which ICMP types state the quote's length, for IPv4 in words of 4 bytes, for IPv6 in words of 8.
    private static final int STATE_LENGTH_V4 = 1 << 3 | 1 << 11 | 1 << 12;
    private static final int STATE_LENGTH_V6 = 1 << 1 | 1 << 3;
    private static final long STATED_LENGTH_V4 = 5;
    private static final long STATED_LENGTH_V6 = 4;

    private long l3;
    private long l4;
    private long end;
    private int protocol;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private int sourcePort;
    private int destinationPort;

    /// Takes the quote of a frame of kind ICMP that is an error. Never throws.
    public Kind parse(MemorySegment frame, ParsedFrame error) {
        l3 = error.l4() + Icmp4View.LENGTH;
        end = quoteEnd(frame, error);
        return error.isV6() ? parseIpv6(frame) : parseIpv4(frame);
    }

    private long quoteEnd(MemorySegment frame, ParsedFrame error) {
        long whole = error.l4() + error.l4Length();
        int type = u8(frame, error.l4());
        int stating = error.isV6() ? STATE_LENGTH_V6 : STATE_LENGTH_V4;
        if (type >= Integer.SIZE || (stating >>> type & 1) == 0) {
            return whole;
        }
        int stated = error.isV6()
                ? u8(frame, error.l4() + STATED_LENGTH_V6) << 3
                : u8(frame, error.l4() + STATED_LENGTH_V4) << 2;
        return stated == 0 || stated > whole - l3 ? whole : l3 + stated;
    }

    private Kind parseIpv4(MemorySegment frame) {
        if (end - l3 < Ipv4View.LENGTH_MIN) {
            return Kind.CUT_SHORT;
        }
        int first = u8(frame, l3);
        int headerLength = Ipv4View.headerLength(first);
        if (first >>> 4 != 4 || headerLength < Ipv4View.LENGTH_MIN || headerLength > end - l3) {
            return Kind.CUT_SHORT;
        }
        l4 = l3 + headerLength;
        protocol = u8(frame, l3 + Ipv4View.PROTOCOL);
        sourceHigh = 0;
        sourceLow = MAPPED | Integer.toUnsignedLong(frame.get(U32, l3 + Ipv4View.SOURCE));
        destinationHigh = 0;
        destinationLow = MAPPED | Integer.toUnsignedLong(frame.get(U32, l3 + Ipv4View.DESTINATION));
        boolean later = (u16(frame, l3 + Ipv4View.FRAGMENT) & Ipv4View.OFFSET_MASK) != 0;
        return later ? Kind.LATER_FRAGMENT : parseTransport(frame);
    }

    private Kind parseIpv6(MemorySegment frame) {
        if (end - l3 < Ipv6View.LENGTH || u8(frame, l3) >>> 4 != 6) {
            return Kind.CUT_SHORT;
        }
        l4 = l3 + Ipv6View.LENGTH;
        protocol = u8(frame, l3 + Ipv6View.NEXT_HEADER);
        sourceHigh = frame.get(U64, l3 + Ipv6View.SOURCE);
        sourceLow = frame.get(U64, l3 + Ipv6View.SOURCE + Long.BYTES);
        destinationHigh = frame.get(U64, l3 + Ipv6View.DESTINATION);
        destinationLow = frame.get(U64, l3 + Ipv6View.DESTINATION + Long.BYTES);
        for (int walked = 0; walked < Ipv6Extensions.COUNT_MAX && Ipv6Extensions.isOne(protocol); walked++) {
            int length = Ipv6Extensions.lengthAt(frame, l4, end, protocol, walked == 0);
            if (length < 0) {
                return length == Ipv6Extensions.NOT_FOR_US ? Kind.OTHER_PROTOCOL : Kind.CUT_SHORT;
            }
            boolean later = protocol == Ipv6Extensions.FRAGMENT
                    && u16(frame, l4 + Ipv6Extensions.FRAGMENT_PLACE) >>> 3 != 0;
            protocol = u8(frame, l4);
            l4 += length;
            if (later) {
                return Kind.LATER_FRAGMENT;
            }
        }
        return parseTransport(frame);
    }

    private Kind parseTransport(MemorySegment frame) {
        if (protocol != Ipv4View.TCP && protocol != Ipv4View.UDP) {
            return Kind.OTHER_PROTOCOL;
        }
        if (end - l4 < TRANSPORT_MIN) {
            return Kind.CUT_SHORT;
        }
        int ports = frame.get(U32, l4);
        sourcePort = ports >>> 16;
        destinationPort = ports & 0xffff;
        return Kind.TRANSPORT;
    }

    /// Offset of the quoted IP header.
    public long l3() {
        return l3;
    }

    /// Offset of the quoted transport header.
    public long l4() {
        return l4;
    }

    /// Where the quote ends, and RFC 4884's extensions may begin.
    public long end() {
        return end;
    }

    public int protocol() {
        return protocol;
    }

    /// As [ParsedFrame#sourceHigh]; of the quoted packet, as its sender is told of it.
    public long sourceHigh() {
        return sourceHigh;
    }

    public long sourceLow() {
        return sourceLow;
    }

    public long destinationHigh() {
        return destinationHigh;
    }

    public long destinationLow() {
        return destinationLow;
    }

    public int sourcePort() {
        return sourcePort;
    }

    public int destinationPort() {
        return destinationPort;
    }

    /// Whether the error goes to whoever sent the quoted packet, as it must; else it is forged or has lost its way.
    public boolean isForItsSender(ParsedFrame error) {
        return error.destinationHigh() == sourceHigh && error.destinationLow() == sourceLow;
    }
}

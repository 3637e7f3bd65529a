package hadirector.packet;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.U64;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// The IPv6 header that starts at offset `at` (RFC 8200 3). Addresses are two longs, high and low.
public record Ipv6View(MemorySegment frame, long at) {
    public static final int LENGTH = 40;
    public static final long PAYLOAD_LENGTH = 4;
    public static final long NEXT_HEADER = 6;
    public static final long HOP_LIMIT = 7;
    public static final long SOURCE = 8;
    public static final long DESTINATION = 24;

    public static final int ICMP = 58;

    /// `fe80::/10`: the bits behind its ten, and what these are.
    public static final int LINK_LOCAL_SHIFT = Long.SIZE - 10;
    public static final int LINK_LOCAL = 0xfe80 >>> 6;

    private static final int VERSION_6 = 6 << 28;
    /// The recommended hop limit of what a host sends (IANA, IP parameters).
    public static final int HOP_LIMIT_DEFAULT = 64;

    private static final long MULTICAST_PREFIX = 0xff;
    private static final long LOOPBACK = 1;

    /// Whether a whole IPv6 packet lies in `[at, end)`; bytes behind its payload are padding. Jumbograms (payload length 0, the kernel's BIG
    /// TCP super-frames) pass as what they say, a packet without payload.
    public static boolean isAt(MemorySegment frame, long at, long end) {
        return end - at >= LENGTH
                && u8(frame, at) >>> 4 == 6
                && u16(frame, at + PAYLOAD_LENGTH) <= end - at - LENGTH;
    }

    /// Whether a single host can have the address: not unspecified, not loopback, not multicast (RFC 4291 2.4), not IPv4 mapped.
    public static boolean isHost(long high, long low) {
        boolean mapped = high == 0 && low >>> 32 == 0xffff;
        return !isMulticast(high) && !(high == 0 && (low == 0 || low == LOOPBACK)) && !mapped;
    }

    public static boolean isMulticast(long high) {
        return high >>> 56 == MULTICAST_PREFIX;
    }

    /// `fe80::/10`
    public static boolean isLinkLocal(long high) {
        return high >>> LINK_LOCAL_SHIFT == LINK_LOCAL;
    }

    public int payloadLength() {
        return u16(frame, at + PAYLOAD_LENGTH);
    }

    public int trafficClass() {
        return frame.get(U32, at) >>> 20 & 0xff;
    }

    public int nextHeader() {
        return u8(frame, at + NEXT_HEADER);
    }

    public int hopLimit() {
        return u8(frame, at + HOP_LIMIT);
    }

    public long sourceHigh() {
        return frame.get(U64, at + SOURCE);
    }

    public long sourceLow() {
        return frame.get(U64, at + SOURCE + Long.BYTES);
    }

    public long destinationHigh() {
        return frame.get(U64, at + DESTINATION);
    }

    public long destinationLow() {
        return frame.get(U64, at + DESTINATION + Long.BYTES);
    }

    /// The pseudo-header's sum, without routing header.
    public long pseudoHeader(int protocol, int length) {
        return InternetChecksum.pseudoHeader(
                sourceHigh(), sourceLow(), destinationHigh(), destinationLow(), protocol, length);
    }

    /// Writes a header without extensions and flow label; addresses are set by [#writeAddresses].
    public static void write(MemorySegment to, long at, int trafficClass, int payload, int nextHeader, int hopLimit) {
        to.set(U32, at, VERSION_6 | trafficClass << 20);
        setU16(to, at + PAYLOAD_LENGTH, payload);
        setU8(to, at + NEXT_HEADER, nextHeader);
        setU8(to, at + HOP_LIMIT, hopLimit);
    }

    public static void writeAddresses(
            MemorySegment to, long at, long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
        to.set(U64, at + SOURCE, sourceHigh);
        to.set(U64, at + SOURCE + Long.BYTES, sourceLow);
        to.set(U64, at + DESTINATION, destinationHigh);
        to.set(U64, at + DESTINATION + Long.BYTES, destinationLow);
    }
}

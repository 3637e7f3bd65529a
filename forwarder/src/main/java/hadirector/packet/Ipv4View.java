package hadirector.packet;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// The IPv4 header that starts at offset `at` (RFC 791).
public record Ipv4View(MemorySegment frame, long at) {
    public static final int LENGTH_MIN = 20;
    public static final long VERSION_AND_LENGTH = 0;
    public static final long SERVICE = 1;
    public static final long TOTAL_LENGTH = 2;
    public static final long IDENTIFICATION = 4;
    public static final long FRAGMENT = 6;
    public static final long TTL = 8;
    public static final long PROTOCOL = 9;
    public static final long CHECKSUM = 10;
    public static final long SOURCE = 12;
    public static final long DESTINATION = 16;

    public static final int ICMP = 1;
    public static final int TCP = 6;
    public static final int UDP = 17;

    /// `FRAGMENT`: more fragments follow.
    public static final int MORE_FRAGMENTS = 0x2000;
    /// `FRAGMENT`: the place in the datagram, in units of 8 bytes.
    public static final int OFFSET_MASK = 0x1fff;

    private static final int DONT_FRAGMENT = 0x4000;
    /// The recommended TTL of what a host sends (IANA, IP parameters).
    private static final int TTL_DEFAULT = 64;
    private static final int VERSION_4_NO_OPTIONS = 0x45;

    /// Whether a whole IPv4 packet with consistent lengths lies in `[at, end)`; bytes behind its total length are
    /// padding. A total length of 0 (the kernel's BIG TCP super-frames) is refused: it says nothing that can be checked.
    public static boolean isAt(MemorySegment frame, long at, long end) {
        return end - at >= LENGTH_MIN
                && areLengthsValid(u8(frame, at), u16(frame, at + TOTAL_LENGTH), end - at);
    }

    static boolean areLengthsValid(int first, int totalLength, long room) {
        int headerLength = headerLength(first);
        return first >>> 4 == 4 && headerLength >= LENGTH_MIN && totalLength >= headerLength && totalLength <= room;
    }

    static int headerLength(int first) {
        return (first & 0xf) << 2;
    }

    /// Whether a single host can have `address`: not "this network", loopback, multicast, reserved or broadcast
    /// (RFC 1122 3.2.1.3, RFC 1812 5.3.7).
    public static boolean isHost(int address) {
        int network = address >>> 24;
        return network != 0 && network != 127 && network < 224;
    }

    /// Header length with options, in bytes.
    public int headerLength() {
        return headerLength(u8(frame, at));
    }

    public int totalLength() {
        return u16(frame, at + TOTAL_LENGTH);
    }

    public int identification() {
        return u16(frame, at + IDENTIFICATION);
    }

    /// Flags and offset: see [#MORE_FRAGMENTS], [#OFFSET_MASK].
    public int fragment() {
        return u16(frame, at + FRAGMENT);
    }

    public int ttl() {
        return u8(frame, at + TTL);
    }

    public int protocol() {
        return u8(frame, at + PROTOCOL);
    }

    public int checksum() {
        return u16(frame, at + CHECKSUM);
    }

    public int source() {
        return frame.get(U32, at + SOURCE);
    }

    public int destination() {
        return frame.get(U32, at + DESTINATION);
    }

    public boolean hasValidChecksum() {
        return InternetChecksum.isValid(InternetChecksum.sum(frame, at, headerLength()));
    }

    /// Computes the header checksum anew.
    public void repairChecksum() {
        setU16(frame, at + CHECKSUM, 0);
        setU16(frame, at + CHECKSUM, InternetChecksum.of(InternetChecksum.sum(frame, at, headerLength())));
    }

    /// Writes a header without options for a datagram of our own: never fragmented on its way, so it needs no
    /// identification (RFC 6864 4.1).
    public static void write(
            MemorySegment to, long at, int service, int totalLength, int protocol, int source, int destination) {
        setU8(to, at + VERSION_AND_LENGTH, VERSION_4_NO_OPTIONS);
        setU8(to, at + SERVICE, service);
        setU16(to, at + TOTAL_LENGTH, totalLength);
        setU16(to, at + IDENTIFICATION, 0);
        setU16(to, at + FRAGMENT, DONT_FRAGMENT);
        setU8(to, at + TTL, TTL_DEFAULT);
        setU8(to, at + PROTOCOL, protocol);
        to.set(U32, at + SOURCE, source);
        to.set(U32, at + DESTINATION, destination);
        new Ipv4View(to, at).repairChecksum();
    }
}

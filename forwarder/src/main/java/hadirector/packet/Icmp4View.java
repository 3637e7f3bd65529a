package hadirector.packet;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// The ICMP header that starts at offset `at` (RFC 792).
public record Icmp4View(MemorySegment frame, long at) {
    public static final int LENGTH = 8;
    public static final long TYPE = 0;
    public static final long CODE = 1;
    public static final long CHECKSUM = 2;
    public static final long REST = 4;

    public static final int ECHO_REPLY = 0;
    public static final int UNREACHABLE = 3;
    public static final int ECHO = 8;
    public static final int TIME_EXCEEDED = 11;
    public static final int PORT_UNREACHABLE = 3;
    public static final int FRAGMENTATION_NEEDED = 4;
    public static final int TTL_EXCEEDED = 0;

    /// Types that ask or answer a question: echo, router discovery, timestamp, information, address mask. All others
    /// are errors or unknown, and nothing may be said in answer to those (RFC 1122 3.2.2).
    private static final int QUERIES = 1 << 0 | 1 << 8 | 1 << 9 | 1 << 10 | 0x3f << 13;

    public static boolean isAt(long at, long end) {
        return end - at >= LENGTH;
    }

    public int type() {
        return u8(frame, at + TYPE);
    }

    public int code() {
        return u8(frame, at + CODE);
    }

    public int checksum() {
        return u16(frame, at + CHECKSUM);
    }

    /// Whether the message is one of ICMP's questions or answers, not an error.
    public boolean isQuery() {
        return type() < Integer.SIZE && (QUERIES >>> type() & 1) == 1;
    }

    /// Writes the header before data that is already in its place, with the checksum over both.
    ///
    /// @param length of header and data
    public static void write(MemorySegment to, long at, int type, int code, int rest, int length) {
        setU8(to, at + TYPE, type);
        setU8(to, at + CODE, code);
        setU16(to, at + CHECKSUM, 0);
        to.set(U32, at + REST, rest);
        setU16(to, at + CHECKSUM, InternetChecksum.of(InternetChecksum.sum(to, at, length)));
    }
}

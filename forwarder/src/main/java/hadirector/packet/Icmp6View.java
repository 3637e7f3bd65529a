package hadirector.packet;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// The ICMPv6 header that starts at offset `at` (RFC 4443): laid out as [Icmp4View]'s, with other numbers.
public record Icmp6View(MemorySegment frame, long at) {
    public static final int LENGTH = 8;
    public static final long TYPE = 0;
    public static final long CODE = 1;
    public static final long CHECKSUM = 2;
    public static final long REST = 4;

    public static final int UNREACHABLE = 1;
    public static final int PACKET_TOO_BIG = 2;
    public static final int TIME_EXCEEDED = 3;
    public static final int PARAMETER_PROBLEM = 4;
    public static final int ECHO = 128;
    public static final int ECHO_REPLY = 129;
    public static final int NEIGHBOUR_SOLICITATION = 135;
    public static final int NEIGHBOUR_ADVERTISEMENT = 136;
    public static final int REDIRECT = 137;
    public static final int PORT_UNREACHABLE = 4;
    public static final int HOP_LIMIT_EXCEEDED = 0;

    private static final int INFORMATIONAL = 0x80;

    public int type() {
        return u8(frame, at + TYPE);
    }

    public int code() {
        return u8(frame, at + CODE);
    }

    public int checksum() {
        return u16(frame, at + CHECKSUM);
    }

    /// Whether it is neither an error nor a redirect, in answer to which nothing may be said (RFC 4443 2.4 e).
    public boolean isQuery() {
        int type = type();
        return (type & INFORMATIONAL) != 0 && type != REDIRECT;
    }

    /// Writes the header before data that is already in its place, with the checksum over both.
    ///
    /// @param length of header and data
    /// @param pseudo sum of the pseudo-header
    public static void write(MemorySegment to, long at, int type, int code, int rest, int length, long pseudo) {
        setU8(to, at + TYPE, type);
        setU8(to, at + CODE, code);
        setU16(to, at + CHECKSUM, 0);
        to.set(U32, at + REST, rest);
        setU16(to, at + CHECKSUM, InternetChecksum.of(pseudo + InternetChecksum.sum(to, at, length)));
    }
}

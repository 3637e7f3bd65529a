package hadirector.packet;

import static hadirector.packet.NetworkOrder.u16;

import java.lang.foreign.MemorySegment;

/// The UDP header that starts at offset `at` (RFC 768).
public record UdpView(MemorySegment frame, long at) {
    public static final int LENGTH = 8;
    public static final long SOURCE_PORT = 0;
    public static final long DESTINATION_PORT = 2;
    public static final long DATAGRAM_LENGTH = 4;
    public static final long CHECKSUM = 6;

    /// Whether a whole datagram lies in `[at, end)`, where `end` is that of the IP packet; it may be shorter than that.
    public static boolean isAt(MemorySegment frame, long at, long end) {
        if (end - at < LENGTH) {
            return false;
        }
        int length = u16(frame, at + DATAGRAM_LENGTH);
        return length >= LENGTH && length <= end - at;
    }

    public int sourcePort() {
        return u16(frame, at + SOURCE_PORT);
    }

    public int destinationPort() {
        return u16(frame, at + DESTINATION_PORT);
    }

    /// Length of header and data.
    public int length() {
        return u16(frame, at + DATAGRAM_LENGTH);
    }

    /// 0: the sender made none.
    public int checksum() {
        return u16(frame, at + CHECKSUM);
    }
}

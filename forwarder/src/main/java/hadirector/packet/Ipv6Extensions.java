package hadirector.packet;

import static hadirector.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// The extension headers between IPv6 and the transport (RFC 8200 4, RFC 4302 for authentication). Each says in its first byte what follows.
public final class Ipv6Extensions {
    public static final int HOP_BY_HOP = 0;
    public static final int ROUTING = 43;
    public static final int FRAGMENT = 44;
    public static final int AUTHENTICATION = 51;
    public static final int DESTINATION_OPTIONS = 60;
    /// Not an extension header: nothing follows (RFC 8200 4.7).
    public static final int NONE = 59;

    /// The most that are walked, here and in the BPF programs.
    public static final int COUNT_MAX = 6;

    public static final int FRAGMENT_LENGTH = 8;
    /// Fragment header: offset in bytes, two reserved bits, "more".
    public static final long FRAGMENT_PLACE = 2;
    public static final long FRAGMENT_ID = 4;
    static final int FRAGMENT_RESERVED = 6;

    static final int MALFORMED = -1;
    static final int NOT_FOR_US = -2;

    private static final long ROUTING_SEGMENTS_LEFT = 3;
    /// No header is shorter, and all fields read here are in it.
    private static final int LENGTH_MIN = 8;

    private Ipv6Extensions() {}

    /// Whether `nextHeader` is an extension header that can be walked over.
    public static boolean isOne(int nextHeader) {
        return switch (nextHeader) {
            case HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION_OPTIONS -> true;
            default -> false;
        };
    }

    /// Length of the extension header of type `header` at `at`; `MALFORMED` if it does not lie in `[at, end)` or is out of place;
    /// `NOT_FOR_US` for a routing header that names further stations.
    static int lengthAt(MemorySegment frame, long at, long end, int header, boolean first) {
        if (end - at < LENGTH_MIN || (header == HOP_BY_HOP && !first)) {
            return MALFORMED;
        }
        if (header == ROUTING && u8(frame, at + ROUTING_SEGMENTS_LEFT) != 0) {
            return NOT_FOR_US;
        }
        int length = length(header, u8(frame, at + 1));
        return length <= end - at ? length : MALFORMED;
    }

    private static int length(int header, int stated) {
        return switch (header) {
            case FRAGMENT -> FRAGMENT_LENGTH;
            case AUTHENTICATION -> Math.max(LENGTH_MIN, (stated + 2) << 2);
            default -> (stated + 1) << 3;
        };
    }
}

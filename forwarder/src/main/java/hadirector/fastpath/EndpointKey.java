package hadirector.fastpath;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// A protocol's port at an address as key of a map: address 16 (IPv4 mapped) and port 2 in network order, protocol 1, 0.
final class EndpointKey {
    static final int PORT = 16;
    static final int PROTOCOL = 18;
    static final int LENGTH = 20;

    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private EndpointKey() {}

    /// @param key [#LENGTH] bytes, aligned to 8
    static void write(MemorySegment key, int protocol, long high, long low, int port) {
        key.set(U64, 0, high);
        key.set(U64, Long.BYTES, low);
        key.set(U16, PORT, (short) port);
        key.set(JAVA_BYTE, PROTOCOL, (byte) protocol);
        key.set(JAVA_BYTE, PROTOCOL + 1, (byte) 0);
    }
}

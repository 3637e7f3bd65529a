package hadirector.fastpath;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Key of the map `flows`: one direction of a connection as its packets show it, in network byte order.
///
/// ```
///   0          4          8     10    12    13        16
///   +----------+----------+-----+-----+-----+---------+
///   |  source  |  target  |sport|dport|proto|    0    |
///   +----------+----------+-----+-----+-----+---------+
/// ```
public final class FlowKey {
    public static final int LENGTH = 16;
    public static final int SOURCE = 0;
    public static final int TARGET = 4;
    public static final int SOURCE_PORT = 8;
    public static final int TARGET_PORT = 10;
    public static final int PROTOCOL = 12;

    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private FlowKey() {}

    static void encode(MemorySegment to, long at, int source, int target, int sourcePort, int targetPort, int protocol) {
        to.set(U32, at + SOURCE, source);
        to.set(U32, at + TARGET, target);
        to.set(U16, at + SOURCE_PORT, (short) sourcePort);
        to.set(U16, at + TARGET_PORT, (short) targetPort);
        to.set(U32, at + PROTOCOL, 0);
        to.set(JAVA_BYTE, at + PROTOCOL, (byte) protocol);
    }
}

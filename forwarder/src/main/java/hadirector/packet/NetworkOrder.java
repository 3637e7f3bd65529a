package hadirector.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Big-endian, unaligned access: how every protocol header and every record towards a peer is read and written.
public final class NetworkOrder {
    public static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
    public static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    public static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    public static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private NetworkOrder() {}

    public static int u8(MemorySegment from, long at) {
        return Byte.toUnsignedInt(from.get(U8, at));
    }

    public static int u16(MemorySegment from, long at) {
        return Short.toUnsignedInt(from.get(U16, at));
    }

    /// A MAC address, in the low 48 bits.
    public static long u48(MemorySegment from, long at) {
        return (long) u16(from, at) << 32 | Integer.toUnsignedLong(from.get(U32, at + 2));
    }

    public static void setU8(MemorySegment to, long at, int value) {
        to.set(U8, at, (byte) value);
    }

    public static void setU16(MemorySegment to, long at, int value) {
        to.set(U16, at, (short) value);
    }

    public static void setU48(MemorySegment to, long at, long value) {
        to.set(U16, at, (short) (value >>> 32));
        to.set(U32, at + 2, (int) value);
    }
}

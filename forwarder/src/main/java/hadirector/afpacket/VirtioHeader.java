package hadirector.afpacket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// `struct virtio_net_hdr` (linux/virtio_net.h), which stands for the offloads that are still due on a frame. In the machine's
/// byte order.
///
/// ```
///   0       1        2        4        6        8        10
///   +-------+--------+--------+--------+--------+--------+
///   | flags |gso type|hdr len |gso size|cs start|cs offs.|
///   +-------+--------+--------+--------+--------+--------+
/// ```
final class VirtioHeader {
    static final int LENGTH = 10;

    /// The checksum field holds only the pseudo-header's sum; the rest is to be added from `CHECKSUM_START` on.
    static final int NEEDS_CHECKSUM = 1;

    static final int GSO_NONE = 0;
    static final int GSO_TCP4 = 1;
    static final int GSO_TCP6 = 4;
    static final int GSO_UDP_L4 = 5;
    static final int GSO_ECN = 0x80;

    private static final long FLAGS = 0;
    private static final long GSO_TYPE = 1;
    private static final long HEADER_LENGTH = 2;
    private static final long GSO_SIZE = 4;
    private static final long CHECKSUM_START = 6;
    private static final long CHECKSUM_OFFSET = 8;

    private VirtioHeader() {}

    static boolean needsChecksum(MemorySegment memory, long at) {
        return (memory.get(JAVA_BYTE, at + FLAGS) & NEEDS_CHECKSUM) != 0;
    }

    static int gsoType(MemorySegment memory, long at) {
        return Byte.toUnsignedInt(memory.get(JAVA_BYTE, at + GSO_TYPE));
    }

    static int gsoSize(MemorySegment memory, long at) {
        return u16(memory, at + GSO_SIZE);
    }

    static int checksumStart(MemorySegment memory, long at) {
        return u16(memory, at + CHECKSUM_START);
    }

    static int checksumOffset(MemorySegment memory, long at) {
        return u16(memory, at + CHECKSUM_OFFSET);
    }

    /// What a frame was received with becomes what it is sent with: of the flags only [#NEEDS_CHECKSUM] has a meaning
    /// there, and the header length (0: unknown) is how much the kernel puts into one piece of memory, instead of all 64 KiB.
    static void prepareToSend(MemorySegment memory, long at, int headerLength) {
        memory.set(JAVA_BYTE, at + FLAGS, (byte) (memory.get(JAVA_BYTE, at + FLAGS) & NEEDS_CHECKSUM));
        memory.set(JAVA_SHORT_UNALIGNED, at + HEADER_LENGTH, (short) headerLength);
    }

    private static int u16(MemorySegment memory, long at) {
        return Short.toUnsignedInt(memory.get(JAVA_SHORT_UNALIGNED, at));
    }
}

package hadirector.group;

import java.nio.ByteBuffer;

/// A message's number, 8 bytes big-endian, before the message. Each says whether it is counted: members may have one network or more.
final class Counted {
    static final int LENGTH = Long.BYTES;

    /// With the number of a [ClusterChannel.MessageKind]: such a message, counted.
    static final byte FLAG = 0x10;

    /// Beside those numbers: all up to this number have come; no message follows.
    static final byte ACKNOWLEDGED = 3;

    private Counted() {}

    static byte[] of(long number, byte[] message, int length) {
        return ByteBuffer.allocate(LENGTH + length).putLong(number).put(message, 0, length).array();
    }

    static long number(byte[] message, int offset) {
        return ByteBuffer.wrap(message).getLong(offset);
    }
}

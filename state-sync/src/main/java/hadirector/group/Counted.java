package hadirector.group;

import java.nio.ByteBuffer;

/// A message's number, 8 bytes big-endian, before the message.
final class Counted {
    static final int LENGTH = Long.BYTES;

    private Counted() {}

    static byte[] of(long number, byte[] message, int length) {
        return ByteBuffer.allocate(LENGTH + length).putLong(number).put(message, 0, length).array();
    }

    static long number(byte[] message, int offset) {
        return ByteBuffer.wrap(message).getLong(offset);
    }
}

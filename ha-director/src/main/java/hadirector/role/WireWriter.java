package hadirector.role;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Bytes of a control message, big-endian, as long as it takes.
final class WireWriter {
    private static final int TEXT_MAX = 1_000;

    private ByteBuffer to = ByteBuffer.allocate(128);

    WireWriter u8(int value) {
        room(Byte.BYTES).put((byte) value);
        return this;
    }

    WireWriter u16(int value) {
        room(Short.BYTES).putShort((short) value);
        return this;
    }

    WireWriter u32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    WireWriter u64(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    /// A reason that is too long is cut; names are shorter.
    WireWriter text(String text) {
        byte[] utf8 = text.substring(0, Math.min(text.length(), TEXT_MAX)).getBytes(StandardCharsets.UTF_8);
        u16(utf8.length);
        room(utf8.length).put(utf8);
        return this;
    }

    /// All that follows.
    WireWriter rest(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        room(utf8.length).put(utf8);
        return this;
    }

    byte[] bytes() {
        return Arrays.copyOf(to.array(), to.position());
    }

    private ByteBuffer room(int length) {
        if (to.remaining() < length) {
            int capacity = to.capacity() * 2 + length;
            to = ByteBuffer.allocate(capacity).put(to.flip());
        }
        return to;
    }
}

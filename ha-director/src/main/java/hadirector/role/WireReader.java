package hadirector.role;

import hadirector.role.RefusedMessage.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Reads foreign bytes, big-endian; whatever is missing or impossible is a [RefusedMessage].
final class WireReader {
    private final ByteBuffer from;

    WireReader(byte[] bytes, int offset, int length) {
        from = ByteBuffer.wrap(bytes, offset, length);
    }

    int u8() throws RefusedMessage {
        return Byte.toUnsignedInt(need(Byte.BYTES).get());
    }

    int u16() throws RefusedMessage {
        return Short.toUnsignedInt(need(Short.BYTES).getShort());
    }

    int u32() throws RefusedMessage {
        return need(Integer.BYTES).getInt();
    }

    long u64() throws RefusedMessage {
        return need(Long.BYTES).getLong();
    }

    /// Epochs start at 0 and stay below 2^31.
    int epoch() throws RefusedMessage {
        int epoch = u32();
        if (epoch < 0) {
            throw new RefusedMessage(Reason.MALFORMED, "epoch " + Integer.toUnsignedString(epoch));
        }
        return epoch;
    }

    String text() throws RefusedMessage {
        return text(u16());
    }

    boolean isAtEnd() {
        return !from.hasRemaining();
    }

    /// All that follows, as text.
    String rest() throws RefusedMessage {
        return text(from.remaining());
    }

    private String text(int length) throws RefusedMessage {
        var utf8 = need(length).slice(from.position(), length);
        from.position(from.position() + length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
        } catch (CharacterCodingException e) {
            throw new RefusedMessage(Reason.MALFORMED, "text that is not UTF-8");
        }
    }

    private ByteBuffer need(int length) throws RefusedMessage {
        if (from.remaining() < length) {
            throw new RefusedMessage(Reason.MALFORMED, "control message is cut short");
        }
        return from;
    }
}

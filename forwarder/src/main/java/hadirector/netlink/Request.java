package hadirector.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import hadirector.model.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/// A message to the kernel under construction.
final class Request {
    private static final int LENGTH_MAX = 256;

    private final MemorySegment memory;
    private long end;

    /// @param fixed length of the family's fixed part, zero at first
    Request(Arena arena, int type, int flags, int fixed) {
        memory = arena.allocate(LENGTH_MAX, Long.BYTES);
        memory.set(JAVA_SHORT_UNALIGNED, 4, (short) type);
        memory.set(JAVA_SHORT_UNALIGNED, 6, (short) (flags | Rtnetlink.NLM_F_REQUEST));
        end = (long) Message.HEADER_LENGTH + fixed;
    }

    Request u8(long at, int value) {
        memory.set(JAVA_BYTE, Message.HEADER_LENGTH + at, (byte) value);
        return this;
    }

    Request i32(long at, int value) {
        memory.set(JAVA_INT_UNALIGNED, Message.HEADER_LENGTH + at, value);
        return this;
    }

    Request address(int type, IpAddress address) {
        int length = address.bits() / Byte.SIZE;
        header(type, length);
        if (address.isV4()) {
            memory.set(JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), end + 4, address.v4());
        } else {
            memory.set(JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), end + 4, address.high());
            memory.set(JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), end + 12, address.low());
        }
        end += 4 + length;
        return this;
    }

    Request number(int type, int value) {
        header(type, Integer.BYTES);
        memory.set(JAVA_INT_UNALIGNED, end + 4, value);
        end += 4 + Integer.BYTES;
        return this;
    }

    Request text(int type, String value) {
        int length = value.length() + 1;
        header(type, length);
        memory.setString(end + 4, value, StandardCharsets.US_ASCII);
        end += 4 + Message.aligned(length);
        return this;
    }

    /// An attribute that holds those which `inner` adds.
    Request nested(int type, Consumer<Request> inner) {
        long start = end;
        end += 4;
        inner.accept(this);
        long after = end;
        end = start;
        header(type, (int) (after - start - 4));
        end = after;
        return this;
    }

    private void header(int type, int length) {
        memory.set(JAVA_SHORT_UNALIGNED, end, (short) (4 + length));
        memory.set(JAVA_SHORT_UNALIGNED, end + 2, (short) type);
    }

    /// The whole message, with its number.
    MemorySegment finish(int sequence) {
        memory.set(JAVA_INT_UNALIGNED, 0, (int) end);
        memory.set(JAVA_INT_UNALIGNED, 8, sequence);
        return memory.asSlice(0, end);
    }

    static int family(IpAddress address) {
        return address.isV4() ? Rtnetlink.AF_INET : Rtnetlink.AF_INET6;
    }
}

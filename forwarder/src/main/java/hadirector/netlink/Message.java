package hadirector.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import hadirector.model.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One netlink message of a datagram: header fields, and the body with its attributes. Reading never goes beyond the body; an
/// attribute that is absent, unknown or too short is as if it were not there.
///
/// @param body what follows the 16 bytes of `nlmsghdr`
record Message(int type, int flags, int sequence, MemorySegment body) {
    static final int HEADER_LENGTH = 16;
    private static final long TYPE = 4;
    private static final long FLAGS = 6;
    private static final long SEQUENCE = 8;
    private static final int ATTRIBUTE_HEADER_LENGTH = 4;
    private static final int ATTRIBUTE_TYPE_MASK = 0x3fff;
    private static final ValueLayout.OfInt NETWORK32 = JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong NETWORK64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /// The messages of a datagram, up to the first whose length cannot be.
    static List<Message> in(MemorySegment datagram) {
        var messages = new ArrayList<Message>();
        long at = 0;
        while (datagram.byteSize() - at >= HEADER_LENGTH) {
            long length = Integer.toUnsignedLong(datagram.get(JAVA_INT_UNALIGNED, at));
            if (length < HEADER_LENGTH || length > datagram.byteSize() - at) {
                break;
            }
            messages.add(
                    new Message(
                            Short.toUnsignedInt(datagram.get(JAVA_SHORT_UNALIGNED, at + TYPE)),
                            Short.toUnsignedInt(datagram.get(JAVA_SHORT_UNALIGNED, at + FLAGS)),
                            datagram.get(JAVA_INT_UNALIGNED, at + SEQUENCE),
                            datagram.asSlice(at + HEADER_LENGTH, length - HEADER_LENGTH)));
            at += aligned(length);
        }
        return messages;
    }

    int u8(long at) {
        return at + Byte.BYTES <= body.byteSize() ? Byte.toUnsignedInt(body.get(JAVA_BYTE, at)) : 0;
    }

    int u16(long at) {
        return at + Short.BYTES <= body.byteSize() ? Short.toUnsignedInt(body.get(JAVA_SHORT_UNALIGNED, at)) : 0;
    }

    int i32(long at) {
        return at + Integer.BYTES <= body.byteSize() ? body.get(JAVA_INT_UNALIGNED, at) : 0;
    }

    /// The value of the first attribute of this type behind a fixed part of `fixed` bytes.
    @Nullable MemorySegment attribute(int fixed, int type) {
        long at = fixed;
        while (body.byteSize() - at >= ATTRIBUTE_HEADER_LENGTH) {
            int length = u16(at);
            if (length < ATTRIBUTE_HEADER_LENGTH || length > body.byteSize() - at) {
                return null;
            }
            if ((u16(at + 2) & ATTRIBUTE_TYPE_MASK) == type) {
                return body.asSlice(at + ATTRIBUTE_HEADER_LENGTH, length - ATTRIBUTE_HEADER_LENGTH);
            }
            at += aligned(length);
        }
        return null;
    }

    int intAttribute(int fixed, int type, int otherwise) {
        var value = attribute(fixed, type);
        return value == null || value.byteSize() < Integer.BYTES ? otherwise : value.get(JAVA_INT_UNALIGNED, 0);
    }

    String textAttribute(int fixed, int type) {
        var value = attribute(fixed, type);
        if (value == null) {
            return "";
        }
        var text = new String(value.toArray(JAVA_BYTE), StandardCharsets.UTF_8);
        int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }

    @Nullable IpAddress addressAttribute(int fixed, int type) {
        var value = attribute(fixed, type);
        return value == null ? null : address(value, 0);
    }

    /// A 48-bit MAC; 0 if there is none or it is of another kind.
    long macAttribute(int fixed, int type) {
        var value = attribute(fixed, type);
        if (value == null || value.byteSize() != 6) {
            return 0;
        }
        long mac = 0;
        for (int i = 0; i < 6; i++) {
            mac = mac << 8 | Byte.toUnsignedLong(value.get(JAVA_BYTE, i));
        }
        return mac;
    }

    /// The rest of `value` from `at` on as an address: 4 or 16 bytes.
    static @Nullable IpAddress address(MemorySegment value, long at) {
        return switch ((int) (value.byteSize() - at)) {
            case 4 -> IpAddress.v4(value.get(NETWORK32, at));
            case 16 -> new IpAddress(value.get(NETWORK64, at), value.get(NETWORK64, at + Long.BYTES));
            default -> null;
        };
    }

    static long aligned(long length) {
        return (length + 3) & ~3L;
    }
}

package hadirector.afpacket;

import java.nio.ByteOrder;

/// The classic BPF filter of the receiving sockets (linux/filter.h): accepts what carries the mark and was hidden from the
/// host's stack, so that no other frame is ever copied.
final class MarkFilter {
    private static final int LOAD_WORD = 0x20;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int RETURN = 0x06;
    private static final int AD_PACKET_TYPE = 0xfffff000 + 4;
    private static final int AD_MARK = 0xfffff000 + 20;
    private static final int OTHERHOST = 3;
    private static final int WHOLE = 0x40000;

    private MarkFilter() {}

    /// Structs `sock_filter` as pairs of ints: code and jumps, constant.
    static int[] instructions(int mark) {
        return new int[] {
            code(LOAD_WORD, 0, 0), AD_MARK,
            code(JUMP_IF_EQUAL, 0, 3), mark,
            code(LOAD_WORD, 0, 0), AD_PACKET_TYPE,
            code(JUMP_IF_EQUAL, 0, 1), OTHERHOST,
            code(RETURN, 0, 0), WHOLE,
            code(RETURN, 0, 0), 0
        };
    }

    /// `u16 code, u8 jump if true, u8 jump if false` as the machine lays them out in 4 bytes.
    private static int code(int code, int jumpTrue, int jumpFalse) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                ? code << 16 | jumpTrue << 8 | jumpFalse
                : code | jumpTrue << 16 | jumpFalse << 24;
    }
}

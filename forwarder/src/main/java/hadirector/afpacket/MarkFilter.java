package hadirector.afpacket;

import java.nio.ByteOrder;

/// The classic BPF filters of the receiving sockets (linux/filter.h): they accept what carries the mark and was hidden from the host's stack,
/// and what carries the mark plus one, a copy of what the host gets too; so no other frame is ever copied.
final class MarkFilter {
    private static final int LOAD_WORD = 0x20;
    private static final int LOAD_BYTE = 0x30;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int JUMP_IF_GREATER = 0x25;
    private static final int JUMP_IF_NOT_LESS = 0x35;
    private static final int RETURN = 0x06;
    private static final int AD_PACKET_TYPE = 0xfffff000 + 4;
    private static final int AD_MARK = 0xfffff000 + 20;
    private static final int OTHERHOST = 3;
    private static final int WHOLE = 0x40000;

    private static final int NEXT_HEADER_AT = 14 + 6;
    private static final int ICMP_TYPE_AT = 14 + 40;
    private static final int ICMP_V6 = 58;
    /// Router solicitation to redirect (RFC 4861 4).
    private static final int NEIGHBOUR_FIRST = 133;
    private static final int NEIGHBOUR_LAST = 137;

    private MarkFilter() {}

    /// Structs `sock_filter` as pairs of ints: code and jumps, constant. Accepts every frame of the mark.
    static int[] instructions(int mark) {
        return concat(marked(mark, 2), new int[] {code(RETURN, 0, 0), WHOLE, code(RETURN, 0, 0), 0});
    }

    /// Accepts everything.
    static int[] all() {
        return new int[] {code(RETURN, 0, 0), WHOLE};
    }

    /// Accepts IPv6 of the mark: either neighbour discovery alone, or all the rest.
    static int[] instructions(int mark, boolean neighbours) {
        return concat(marked(mark, 7), ipv6(neighbours));
    }

    /// Accepts neighbour discovery, of the mark or not.
    static int[] allNeighbours() {
        return ipv6(true);
    }

    private static int[] ipv6(boolean neighbours) {
        int yes = neighbours ? 0 : 1;
        int no = 1 - yes;
        return new int[] {
            code(LOAD_BYTE, 0, 0), NEXT_HEADER_AT,
            code(JUMP_IF_EQUAL, 0, 3 + no), ICMP_V6,
            code(LOAD_BYTE, 0, 0), ICMP_TYPE_AT,
            code(JUMP_IF_NOT_LESS, 0, 1 + no), NEIGHBOUR_FIRST,
            code(JUMP_IF_GREATER, no, yes), NEIGHBOUR_LAST,
            code(RETURN, 0, 0), WHOLE,
            code(RETURN, 0, 0), 0
        };
    }

    /// Goes on behind itself with what is ours; the rest ends at the last of the `follow` instructions.
    private static int[] marked(int mark, int follow) {
        return new int[] {
            code(LOAD_WORD, 0, 0), AD_MARK,
            code(JUMP_IF_EQUAL, 3, 0), mark + 1,
            code(JUMP_IF_EQUAL, 0, 1 + follow), mark,
            code(LOAD_WORD, 0, 0), AD_PACKET_TYPE,
            code(JUMP_IF_EQUAL, 0, follow - 1), OTHERHOST
        };
    }

    private static int[] concat(int[] first, int[] second) {
        int[] all = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /// `u16 code, u8 jump if true, u8 jump if false` as the machine lays them out in 4 bytes.
    private static int code(int code, int jumpTrue, int jumpFalse) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                ? code << 16 | jumpTrue << 8 | jumpFalse
                : code | jumpTrue << 16 | jumpFalse << 24;
    }
}

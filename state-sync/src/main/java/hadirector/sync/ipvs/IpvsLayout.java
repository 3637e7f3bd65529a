package hadirector.sync.ipvs;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Where things stand in IPVS's sync messages, version 1 (struct ip_vs_sync_mesg, ip_vs_sync_v4, ip_vs_sync_v6 of net/netfilter/ipvs/ip_vs_sync.c). All
/// numbers are big-endian.
///
/// ```
///   0          1          2               4          5          6               8
///   +----------+----------+---------------+----------+----------+---------------+
///   | 0        | sync id  | bytes, all    | entries  | 1        | 0             |  then entries, each from a multiple of 4
///   +----------+----------+---------------+----------+----------+---------------+
///
///   0      1        2            4       8       10      12      14      16       20        24
///   +------+--------+------------+-------+-------+-------+-------+-------+--------+---------+----------------------+
///   | type | proto- | version 4b | flags | state | cport | vport | dport | fwmark | timeout | caddr, vaddr, daddr  |  then
///   |      | col    | bytes 12b  |       |       |       |       |       |        | s       | 4 bytes each, or 16  |  parameters
///   +------+--------+------------+-------+-------+-------+-------+-------+--------+---------+----------------------+
/// ```
///
/// Type: bit 0 for IPv6. A parameter is a byte for its kind (bit 6: may be ignored if unknown), a byte for the length of the rest, and the rest; the entry's
/// bytes count them, and not the zeros up to the next multiple of 4. The byte of entries stands where version 0 has a reserved one, so that either refuses the
/// other's.
final class IpvsLayout {
    static final int HEADER = 8;
    static final int SYNC_ID = 1;
    static final int SIZE = 2;
    static final int ENTRIES = 4;
    static final int VERSION = 5;
    static final int SPARE = 6;

    /// Of the header of version 0, the shortest message.
    static final int HEADER_0 = 4;

    static final int PROTOCOL = 1;
    static final int VERSION_SIZE = 2;
    static final int FLAGS = 4;
    static final int STATE = 8;
    static final int CLIENT_PORT = 10;
    static final int VIRTUAL_PORT = 12;
    static final int REAL_PORT = 14;
    static final int FWMARK = 16;
    static final int TIMEOUT = 20;
    static final int ADDRESSES = 24;
    static final int LENGTH_V4 = ADDRESSES + 3 * 4;
    static final int LENGTH_V6 = ADDRESSES + 3 * 16;

    static final int TYPE_V6 = 1;
    static final int SIZE_BITS = 12;
    static final int SIZE_MASK = (1 << SIZE_BITS) - 1;

    static final int PARAMETER_SEQUENCE = 1;
    static final int PARAMETER_ENGINE_DATA = 2;
    static final int PARAMETER_ENGINE_NAME = 3;
    static final int PARAMETER_OPTIONAL = 0x40;
    static final int SEQUENCE_LENGTH = 24;
    static final int ENGINE_NAME_MAX = 16;

    static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
    static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private IpvsLayout() {}
}

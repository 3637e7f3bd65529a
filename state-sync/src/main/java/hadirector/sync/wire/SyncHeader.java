package hadirector.sync.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// First 32 bytes of every sync message, big-endian; `count` records of [ChangeRecord#LENGTH] bytes follow.
///
/// ```
///   0       1       2       4         8         12        16        20        24                  32
///   +-------+-------+-------+---------+---------+---------+---------+---------+-------------------+
///   |version| kind  | count | cluster |  group  |  epoch  | stream  |    0    |     sequence      |
///   +-------+-------+-------+---------+---------+---------+---------+---------+-------------------+
/// ```
///
/// `cluster` and `group` are names hashed by [hadirector.conn.GroupId]. `stream` is drawn anew whenever a sender begins
/// again towards this receiver; within it `sequence` counts the messages of kinds below 128 from 0, the [#HELLO], without
/// a hole. Messages of kinds from 128 are not counted; their `stream` and `sequence` say which messages they are about, or their `epoch`
/// which holding.
///
/// Evolution: a new kind takes a new number, on the side of 128 that fits; old ones are never reused. A receiver counts
/// and skips a kind that it does not know. Reserved bytes are written zero and ignored when read. Bytes after
/// the records are ignored. All else needs a new version.
///
/// @param kind 0-255
/// @param count of records, 0-65535
/// @param epoch of the sender's holding of `group`; in kinds from 128 the highest that the sender knows of, 0 if they are about a stream
public record SyncHeader(int kind, int count, int cluster, int group, int epoch, int stream, long sequence) {
    public static final int LENGTH = 32;

    /// Bytes of the position.
    public static final int POSITION = Long.BYTES;

    /// A stream begins; sequence 0.
    public static final int HELLO = 1;

    /// Records of one group, in order. A u64 follows them, the *position*: how many entries the sender had changed in this group with it, as far as all
    /// directors are told, since its start. It compares copies of one holding; early builds leave it out, as if it were 0.
    public static final int CHANGES = 2;

    /// All messages of `stream` up to and with `sequence` have been taken in, but for changes of `group` from before `epoch`: that
    /// holding is over. Without such `epoch` is 0.
    public static final int ACK = 128;

    /// A message of `stream` came where `sequence` was expected: begin again.
    public static final int RESYNC = 129;

    /// Send a snapshot of `group`.
    public static final int SNAPSHOT_REQUEST = 130;

    /// Send the shard `sequence` of `group` anew.
    public static final int SHARD_REQUEST = 131;

    private static final byte VERSION = 1;
    private static final int FIRST_UNCOUNTED = 128;
    private static final long KIND = 1;
    private static final long COUNT = 2;
    private static final long CLUSTER = 4;
    private static final long GROUP = 8;
    private static final long EPOCH = 12;
    private static final long STREAM = 16;
    private static final long RESERVED = 20;
    private static final long SEQUENCE = 24;
    private static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /// Whether messages of this kind have a place in their stream's count.
    public boolean counted() {
        return kind < FIRST_UNCOUNTED;
    }

    public void encode(MemorySegment to, long at) {
        to.set(U8, at, VERSION);
        to.set(U8, at + KIND, (byte) kind);
        to.set(U16, at + COUNT, (short) count);
        to.set(U32, at + CLUSTER, cluster);
        to.set(U32, at + GROUP, group);
        to.set(U32, at + EPOCH, epoch);
        to.set(U32, at + STREAM, stream);
        to.set(U32, at + RESERVED, 0);
        to.set(U64, at + SEQUENCE, sequence);
    }

    /// Writes the position behind the records of the message whose header this is, at `at`.
    public void encodePosition(long position, MemorySegment to, long at) {
        to.set(U64, end(at), position);
    }

    /// The position in the message whose header this is; it begins at `at` and ends where `from` does.
    public long position(MemorySegment from, long at) {
        return from.byteSize() < end(at) + POSITION ? 0 : from.get(U64, end(at));
    }

    private long end(long at) {
        return at + LENGTH + (long) count * ChangeRecord.LENGTH;
    }

    /// Reads the header of a message that lies in `[at, at + length)`; its records lie there wholly.
    ///
    /// @throws WireFormatException if the version is another, or the message is shorter than it says
    public static SyncHeader decode(MemorySegment from, long at, long length) throws WireFormatException {
        if (length < LENGTH) {
            throw new WireFormatException("sync message of " + length + " bytes");
        }
        if (from.get(U8, at) != VERSION) {
            throw new WireFormatException("sync message of version " + Byte.toUnsignedInt(from.get(U8, at)));
        }
        int count = Short.toUnsignedInt(from.get(U16, at + COUNT));
        if (length < LENGTH + (long) count * ChangeRecord.LENGTH) {
            throw new WireFormatException("sync message of " + length + " bytes for " + count + " records");
        }
        return new SyncHeader(
                Byte.toUnsignedInt(from.get(U8, at + KIND)),
                count,
                from.get(U32, at + CLUSTER),
                from.get(U32, at + GROUP),
                from.get(U32, at + EPOCH),
                from.get(U32, at + STREAM),
                from.get(U64, at + SEQUENCE));
    }
}

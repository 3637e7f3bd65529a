package hadirector.conn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The memory of a [ConnectionTable]: per slot 64 bytes that say which connection it is (one cache line, all that finding
/// it reads), 32 bytes about it, and its two [FlowRecord]s; in chunks that are allocated when first needed, so an empty table of
/// a million costs nothing.
///
/// ```
///   0                          58        60       62         64
///   +--------------------------+---------+--------+----------+
///   | as EntryLayout, 58 bytes | service | server |generation|
///   +--------------------------+---------+--------+----------+
///   64         72     76         80      84      88      90    91  92       94  96
///   +----------+------+----------+-------+-------+-------+-----+---+--------+---+
///   | deadline | next | previous | dirty | stamp | group |marks| 0 | bucket | 0 |
///   +----------+------+----------+-------+-------+-------+-----+---+--------+---+
/// ```
///
/// The first 58 bytes are those of the wire, in its order; the rest is in the machine's own. `next` and `previous` link
/// a bucket of the expiry wheel, or `next` the free slots, whose `deadline` says when they became free. `dirty` links the
/// slots that wait to be replicated.
final class Entries implements AutoCloseable {
    static final int WIRE_LENGTH = 58;
    static final int SERVICE = 58;
    static final int SERVER = 60;
    static final int GENERATION = 62;
    static final int DEADLINE = 64;
    static final int NEXT = 72;
    static final int PREVIOUS = 76;
    static final int DIRTY_NEXT = 80;
    static final int STAMP = 84;
    static final int GROUP = 88;
    static final int MARKS = 90;
    static final int BUCKET = 92;

    private static final int KEY_LENGTH = 64;
    private static final int ABOUT_LENGTH = 32;
    private static final int CHUNK_BITS = 12;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int IN_CHUNK = CHUNK - 1;
    private static final int RECORDS_LENGTH = 2 * FlowRecord.LENGTH;
    private static final long CACHE_LINE = 64;
    private static final ValueLayout.OfLong WIRE_LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort WIRE_SHORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment[] keys;
    private final MemorySegment[] abouts;
    private final MemorySegment[] records;

    Entries(int capacity) {
        int count = (capacity + CHUNK - 1) >>> CHUNK_BITS;
        keys = new MemorySegment[count];
        abouts = new MemorySegment[count];
        records = new MemorySegment[count];
        Arrays.fill(keys, MemorySegment.NULL);
        Arrays.fill(abouts, MemorySegment.NULL);
        Arrays.fill(records, MemorySegment.NULL);
    }

    /// Makes sure that there is memory for `slot`; the first slot of a chunk pays for it.
    void reach(int slot) {
        int chunk = slot >>> CHUNK_BITS;
        if (keys[chunk].byteSize() == 0) {
            keys[chunk] = arena.allocate((long) CHUNK * KEY_LENGTH, CACHE_LINE);
            abouts[chunk] = arena.allocate((long) CHUNK * ABOUT_LENGTH, CACHE_LINE);
            records[chunk] = arena.allocate((long) CHUNK * RECORDS_LENGTH, CACHE_LINE);
        }
    }

    /// The memory with the slot's key, from [#keyAt] on.
    MemorySegment key(int slot) {
        return keys[slot >>> CHUNK_BITS];
    }

    static long keyAt(int slot) {
        return (long) (slot & IN_CHUNK) * KEY_LENGTH;
    }

    private MemorySegment memory(int slot, long field) {
        return (field < KEY_LENGTH ? keys : abouts)[slot >>> CHUNK_BITS];
    }

    private static long at(int slot, long field) {
        return field < KEY_LENGTH
                ? keyAt(slot) + field
                : (long) (slot & IN_CHUNK) * ABOUT_LENGTH + field - KEY_LENGTH;
    }

    MemorySegment records(int slot) {
        return records[slot >>> CHUNK_BITS];
    }

    static long recordsAt(int slot) {
        return (long) (slot & IN_CHUNK) * RECORDS_LENGTH;
    }

    /// Makes both flow records empty, but for the slot's generation.
    void clearRecords(int slot) {
        var memory = records(slot);
        long end = recordsAt(slot) + RECORDS_LENGTH;
        for (long at = recordsAt(slot); at < end; at += Long.BYTES) {
            memory.set(ValueLayout.JAVA_LONG, at, 0);
        }
        short generation = (short) getShort(slot, GENERATION);
        for (long at = recordsAt(slot); at < end; at += FlowRecord.LENGTH) {
            memory.set(ValueLayout.JAVA_SHORT, at + FlowRecord.GENERATION, generation);
        }
    }

    int getByte(int slot, long field) {
        return Byte.toUnsignedInt(memory(slot, field).get(ValueLayout.JAVA_BYTE, at(slot, field)));
    }

    void putByte(int slot, long field, int value) {
        memory(slot, field).set(ValueLayout.JAVA_BYTE, at(slot, field), (byte) value);
    }

    int getShort(int slot, long field) {
        return Short.toUnsignedInt(memory(slot, field).get(ValueLayout.JAVA_SHORT, at(slot, field)));
    }

    void putShort(int slot, long field, int value) {
        memory(slot, field).set(ValueLayout.JAVA_SHORT, at(slot, field), (short) value);
    }

    int getInt(int slot, long field) {
        return memory(slot, field).get(ValueLayout.JAVA_INT, at(slot, field));
    }

    void putInt(int slot, long field, int value) {
        memory(slot, field).set(ValueLayout.JAVA_INT, at(slot, field), value);
    }

    long getLong(int slot, long field) {
        return memory(slot, field).get(ValueLayout.JAVA_LONG, at(slot, field));
    }

    void putLong(int slot, long field, long value) {
        memory(slot, field).set(ValueLayout.JAVA_LONG, at(slot, field), value);
    }

    int wireShort(int slot, long field) {
        return Short.toUnsignedInt(key(slot).get(WIRE_SHORT, keyAt(slot) + field));
    }

    void wireShort(int slot, long field, int value) {
        key(slot).set(WIRE_SHORT, keyAt(slot) + field, (short) value);
    }

    long wireLong(int slot, long field) {
        return key(slot).get(WIRE_LONG, keyAt(slot) + field);
    }

    void wireAddress(int slot, long field, long high, long low) {
        var memory = key(slot);
        long at = keyAt(slot) + field;
        memory.set(WIRE_LONG, at, high);
        memory.set(WIRE_LONG, at + Long.BYTES, low);
    }

    boolean addressIs(int slot, long field, long high, long low) {
        var memory = key(slot);
        long at = keyAt(slot) + field;
        return memory.get(WIRE_LONG, at + Long.BYTES) == low && memory.get(WIRE_LONG, at) == high;
    }

    @Override
    public void close() {
        arena.close();
    }
}

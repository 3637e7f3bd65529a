package hadirector.conn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The slots of a [ConnectionTable]: what others read along, as [TableLayout] has it (64 bytes that say which connection it is,
/// one cache line, all that finding it reads; and its two [FlowRecord]s), and 32 bytes about it that are only ours. In chunks that are
/// made when first needed, so an empty table of a million costs nothing.
///
/// ```
///   64         72     76         80      84      88      90    91  92       94  96      (numbered on behind the key)
///   +----------+------+----------+-------+-------+-------+-----+---+--------+---+
///   | deadline | next | previous | dirty | stamp | group |marks| 0 | bucket | 0 |
///   +----------+------+----------+-------+-------+-------+-----+---+--------+---+
/// ```
///
/// `next` and `previous` link a bucket of the expiry wheel, or `next` the free slots, whose `deadline` says when they became
/// free. `dirty` links the slots that wait to be replicated.
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
    private static final int IN_CHUNK = TableLayout.CHUNK_SLOTS - 1;
    private static final long CACHE_LINE = 64;
    private static final ValueLayout.OfLong WIRE_LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort WIRE_SHORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private final TableMemory memory;
    private final MemorySegment[] slots;
    private final MemorySegment[] abouts;

    Entries(int connectionsMax, TableMemory memory) {
        this.memory = memory;
        int count = TableLayout.chunks(connectionsMax);
        slots = new MemorySegment[count];
        abouts = new MemorySegment[count];
        Arrays.fill(slots, MemorySegment.NULL);
        Arrays.fill(abouts, MemorySegment.NULL);
    }

    /// Whether there is memory for `slot`; the first slot of a chunk pays for it.
    boolean reach(int slot) {
        int chunk = slot >>> TableLayout.CHUNK_BITS;
        if (slots[chunk].byteSize() == 0) {
            slots[chunk] = memory.chunk(chunk, TableLayout.CHUNK_LENGTH);
            if (slots[chunk].byteSize() == 0) {
                return false;
            }
            abouts[chunk] = arena.allocate((long) TableLayout.CHUNK_SLOTS * ABOUT_LENGTH, CACHE_LINE);
        }
        return true;
    }

    /// The memory with the slot's key and records, from [#slotAt] on.
    MemorySegment slots(int slot) {
        return slots[slot >>> TableLayout.CHUNK_BITS];
    }

    static long slotAt(int slot) {
        return (long) (slot & IN_CHUNK) * TableLayout.SLOT_LENGTH;
    }

    private MemorySegment memory(int slot, long field) {
        return (field < KEY_LENGTH ? slots : abouts)[slot >>> TableLayout.CHUNK_BITS];
    }

    private static long at(int slot, long field) {
        return field < KEY_LENGTH
                ? slotAt(slot) + field
                : (long) (slot & IN_CHUNK) * ABOUT_LENGTH + field - KEY_LENGTH;
    }

    static long recordAt(int slot, int direction) {
        return slotAt(slot) + TableLayout.RECORDS + (long) direction * FlowRecord.LENGTH;
    }

    /// Makes both flow records empty, but for what the table says of the connection.
    void clearRecords(int slot) {
        var slots = slots(slot);
        long end = slotAt(slot) + TableLayout.SLOT_LENGTH;
        for (long at = recordAt(slot, 0); at < end; at += Long.BYTES) {
            slots.set(ValueLayout.JAVA_LONG, at, 0);
        }
        putInRecords(slot, FlowRecord.GROUP, getShort(slot, GROUP));
        putInRecords(slot, FlowRecord.SERVER, getShort(slot, SERVER));
    }

    void putInRecords(int slot, long field, int value) {
        var slots = slots(slot);
        slots.set(ValueLayout.JAVA_SHORT, recordAt(slot, 0) + field, (short) value);
        slots.set(ValueLayout.JAVA_SHORT, recordAt(slot, 1) + field, (short) value);
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
        return Short.toUnsignedInt(slots(slot).get(WIRE_SHORT, slotAt(slot) + field));
    }

    void wireShort(int slot, long field, int value) {
        slots(slot).set(WIRE_SHORT, slotAt(slot) + field, (short) value);
    }

    long wireLong(int slot, long field) {
        return slots(slot).get(WIRE_LONG, slotAt(slot) + field);
    }

    void wireAddress(int slot, long field, long high, long low) {
        var memory = slots(slot);
        long at = slotAt(slot) + field;
        memory.set(WIRE_LONG, at, high);
        memory.set(WIRE_LONG, at + Long.BYTES, low);
    }

    boolean addressIs(int slot, long field, long high, long low) {
        var memory = slots(slot);
        long at = slotAt(slot) + field;
        return memory.get(WIRE_LONG, at + Long.BYTES) == low && memory.get(WIRE_LONG, at) == high;
    }

    @Override
    public void close() {
        memory.close();
        arena.close();
    }
}

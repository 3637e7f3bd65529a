package hadirector.conn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// From keys to slots: open addressing, linear probing, half full at most, deletion by shifting back. One memory
/// holds the forward keys (client to VIP) and, of NAT, the reply keys (realserver to client).
///
/// A cell is 8 bytes, 0 if free: the key's hash above, below it `slot + 1` and a bit for the direction. A cell's home is its
/// hash scaled to the number of cells, so cells can move without a look at their entries.
final class KeyIndex implements AutoCloseable {
    static final int FORWARD = 0;
    static final int REPLY = 1;

    private static final int CELLS_PER_SLOT = 4;
    private static final long[] SOURCE = {EntryLayout.CLIENT, EntryLayout.REAL};
    private static final long[] TARGET = {EntryLayout.VIRTUAL, EntryLayout.CLIENT};
    private static final long[] SOURCE_PORT = {EntryLayout.CLIENT_PORT, EntryLayout.REAL_PORT};
    private static final long[] TARGET_PORT = {EntryLayout.VIRTUAL_PORT, EntryLayout.CLIENT_PORT};

    private final Arena arena = Arena.ofShared();
    private final Entries entries;
    private final KeyHash hashing;
    private final MemorySegment cells;
    private final long count;

    KeyIndex(Entries entries, int capacity, long seed) {
        this.entries = entries;
        hashing = new KeyHash(seed);
        count = (long) CELLS_PER_SLOT * Math.max(capacity, 16);
        cells = arena.allocate(count * Long.BYTES, 64);
    }

    /// The slot whose key in `direction` is this one, or NONE.
    int find(
            int direction,
            int protocol,
            long sourceHigh,
            long sourceLow,
            int sourcePort,
            long targetHigh,
            long targetLow,
            int targetPort) {
        int hash = hashing.of(
                direction, protocol, sourceHigh, sourceLow, sourcePort, targetHigh, targetLow, targetPort);
        for (long at = home(hash); ; at = after(at)) {
            long cell = cells.getAtIndex(ValueLayout.JAVA_LONG, at);
            if (cell == 0) {
                return ConnectionTable.NONE;
            }
            if ((int) (cell >>> 32) == hash && (cell & 1) == direction) {
                int slot = slot(cell);
                if (entries.addressIs(slot, SOURCE[direction], sourceHigh, sourceLow)
                        && entries.addressIs(slot, TARGET[direction], targetHigh, targetLow)
                        && entries.wireShort(slot, SOURCE_PORT[direction]) == sourcePort
                        && entries.wireShort(slot, TARGET_PORT[direction]) == targetPort
                        && entries.getByte(slot, EntryLayout.PROTOCOL) == protocol) {
                    return slot;
                }
            }
        }
    }

    /// Adds the key that the entry of `slot` has in `direction`; it must not be there.
    void add(int direction, int slot) {
        int hash = hash(direction, slot);
        long at = home(hash);
        while (cells.getAtIndex(ValueLayout.JAVA_LONG, at) != 0) {
            at = after(at);
        }
        cells.setAtIndex(ValueLayout.JAVA_LONG, at, cell(hash, direction, slot));
    }

    /// Removes the key that the entry of `slot` has in `direction`; it must be there.
    void remove(int direction, int slot) {
        int hash = hash(direction, slot);
        long wanted = cell(hash, direction, slot);
        long hole = home(hash);
        while (cells.getAtIndex(ValueLayout.JAVA_LONG, hole) != wanted) {
            hole = after(hole);
        }
        for (long at = after(hole); ; at = after(at)) {
            long cell = cells.getAtIndex(ValueLayout.JAVA_LONG, at);
            if (cell == 0) {
                break;
            }
            if (distance(home((int) (cell >>> 32)), at) >= distance(hole, at)) {
                cells.setAtIndex(ValueLayout.JAVA_LONG, hole, cell);
                hole = at;
            }
        }
        cells.setAtIndex(ValueLayout.JAVA_LONG, hole, 0L);
    }

    private int hash(int direction, int slot) {
        return hashing.of(
                direction,
                entries.getByte(slot, EntryLayout.PROTOCOL),
                entries.wireLong(slot, SOURCE[direction]),
                entries.wireLong(slot, SOURCE[direction] + Long.BYTES),
                entries.wireShort(slot, SOURCE_PORT[direction]),
                entries.wireLong(slot, TARGET[direction]),
                entries.wireLong(slot, TARGET[direction] + Long.BYTES),
                entries.wireShort(slot, TARGET_PORT[direction]));
    }

    private long home(int hash) {
        return (Integer.toUnsignedLong(hash) * count) >>> 32;
    }

    private long after(long at) {
        return at + 1 == count ? 0 : at + 1;
    }

    private long distance(long from, long to) {
        return to >= from ? to - from : to - from + count;
    }

    private static long cell(int hash, int direction, int slot) {
        return ((long) hash << 32) | ((slot + 1L) << 1) | direction;
    }

    private static int slot(long cell) {
        return ((int) cell >>> 1) - 1;
    }

    @Override
    public void close() {
        arena.close();
    }
}

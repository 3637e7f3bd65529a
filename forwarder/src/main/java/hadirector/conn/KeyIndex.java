package hadirector.conn;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// From tuples to slots: open addressing, linear probing, half full at most, deletion by shifting back. One memory
/// holds the forward keys (client to VIP) and, of NAT, the reply keys (realserver to client); [TableLayout] draws it.
///
/// Others read while the one writer writes: every store to a cell is a release, and one that is moved is written to its new place first.
final class KeyIndex {
    static final int FORWARD = 0;
    static final int REPLY = 1;

    private static final VarHandle CELL = ValueLayout.JAVA_LONG.varHandle();
    private static final long[] SOURCE = {EntryLayout.CLIENT, EntryLayout.REAL};
    private static final long[] DESTINATION = {EntryLayout.VIRTUAL, EntryLayout.CLIENT};
    private static final long[] SOURCE_PORT = {EntryLayout.CLIENT_PORT, EntryLayout.REAL_PORT};
    private static final long[] DESTINATION_PORT = {EntryLayout.VIRTUAL_PORT, EntryLayout.CLIENT_PORT};

    private final Entries entries;
    private final KeyHash hashing;
    private final MemorySegment cells;
    private final long homes;

    KeyIndex(Entries entries, int connectionsMax, KeyHash hashing, TableMemory memory) {
        this.entries = entries;
        this.hashing = hashing;
        homes = TableLayout.homes(connectionsMax);
        cells = memory.index((long) TableLayout.cells(connectionsMax) * TableLayout.CELL_LENGTH);
    }

    /// `2 * slot + direction` of the key that is this tuple, or NONE.
    int find(
            int protocol,
            long sourceHigh,
            long sourceLow,
            int sourcePort,
            long destinationHigh,
            long destinationLow,
            int destinationPort) {
        int hash = hashing.of(
                protocol, sourceHigh, sourceLow, sourcePort, destinationHigh, destinationLow, destinationPort);
        long at = home(hash);
        for (int probes = 0; probes < TableLayout.PROBES_MAX; probes++) {
            long cell = get(at);
            if (cell == 0) {
                return ConnectionTable.NONE;
            }
            if ((int) (cell >>> 32) == hash) {
                int flow = flow(cell);
                int direction = flow & 1;
                int slot = flow >>> 1;
                if (entries.addressIs(slot, SOURCE[direction], sourceHigh, sourceLow)
                        && entries.addressIs(slot, DESTINATION[direction], destinationHigh, destinationLow)
                        && entries.wireShort(slot, SOURCE_PORT[direction]) == sourcePort
                        && entries.wireShort(slot, DESTINATION_PORT[direction]) == destinationPort
                        && entries.getByte(slot, EntryLayout.PROTOCOL) == protocol) {
                    return flow;
                }
            }
            at++;
        }
        return ConnectionTable.NONE;
    }

    /// Adds the key that the entry of `slot` has in `direction`, which must not be there. From then on others may find it.
    ///
    /// @return false if there is no room near its home
    boolean add(int direction, int slot) {
        int hash = hash(direction, slot);
        long at = home(hash);
        for (int probes = 0; probes < TableLayout.PROBES_MAX; probes++) {
            if (get(at) == 0) {
                set(at, cell(hash, direction, slot));
                return true;
            }
            at++;
        }
        return false;
    }

    /// Removes the key that the entry of `slot` has in `direction`; it must be there.
    void remove(int direction, int slot) {
        int hash = hash(direction, slot);
        long wanted = cell(hash, direction, slot);
        long hole = place(home(hash), wanted);
        for (long at = hole + 1; ; at++) {
            long cell = get(at);
            if (cell == 0) {
                break;
            }
            if (home((int) (cell >>> 32)) <= hole) {
                set(hole, cell);
                hole = at;
            }
        }
        set(hole, 0);
    }

    /// Where the cell stands. If the key in the slot's memory is not the one that it was added by any more, it is looked for everywhere.
    private long place(long home, long wanted) {
        for (long at = home; at < home + TableLayout.PROBES_MAX; at++) {
            if (get(at) == wanted) {
                return at;
            }
        }
        long at = 0;
        while ((int) get(at) != (int) wanted) {
            at++;
        }
        return at;
    }

    int hash(int direction, int slot) {
        return hashing.of(
                entries.getByte(slot, EntryLayout.PROTOCOL),
                entries.wireLong(slot, SOURCE[direction]),
                entries.wireLong(slot, SOURCE[direction] + Long.BYTES),
                entries.wireShort(slot, SOURCE_PORT[direction]),
                entries.wireLong(slot, DESTINATION[direction]),
                entries.wireLong(slot, DESTINATION[direction] + Long.BYTES),
                entries.wireShort(slot, DESTINATION_PORT[direction]));
    }

    private long get(long at) {
        return cells.getAtIndex(ValueLayout.JAVA_LONG, at);
    }

    private void set(long at, long cell) {
        CELL.setRelease(cells, at * TableLayout.CELL_LENGTH, cell);
    }

    private long home(int hash) {
        return (Integer.toUnsignedLong(hash) * homes) >>> 32;
    }

    private static long cell(int hash, int direction, int slot) {
        return ((long) hash << 32) | ((slot + 1L) << 1) | direction;
    }

    private static int flow(long cell) {
        return (int) cell - 2;
    }
}

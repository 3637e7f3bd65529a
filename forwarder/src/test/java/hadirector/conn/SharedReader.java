package hadirector.conn;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.model.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.ConcurrentHashMap;

/// Finds connections as a BPF program does: in the shared memory, by [TableLayout] and [KeyHash] alone. It gives the memory too. Any
/// thread may look while the owner writes.
final class SharedReader implements TableMemory {
    private static final VarHandle CELL = JAVA_LONG.varHandle();
    private static final ValueLayout.OfLong U64 = JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private final ConcurrentHashMap<Integer, MemorySegment> chunks = new ConcurrentHashMap<>();
    private final KeyHash hashing;
    private final long homes;
    private volatile MemorySegment cells = MemorySegment.NULL;

    SharedReader(int connectionsMax, KeyHash hashing) {
        this.hashing = hashing;
        homes = TableLayout.homes(connectionsMax);
    }

    @Override
    public MemorySegment index(long bytes) {
        cells = arena.allocate(bytes, 64);
        return cells;
    }

    @Override
    public MemorySegment chunk(int number, long bytes) {
        var chunk = arena.allocate(bytes, 64);
        chunks.put(number, chunk);
        return chunk;
    }

    /// `2 * slot + direction`, or NONE.
    int find(int protocol, IpAddress source, int sourcePort, IpAddress destination, int destinationPort) {
        int hash = hashing.of(
                protocol,
                source.high(),
                source.low(),
                sourcePort,
                destination.high(),
                destination.low(),
                destinationPort);
        long at = ((hash & 0xffff_ffffL) * homes) >>> 32;
        for (int probes = 0; probes < TableLayout.PROBES_MAX; probes++, at++) {
            long cell = (long) CELL.getAcquire(cells, at * TableLayout.CELL_LENGTH);
            if (cell == 0) {
                return ConnectionTable.NONE;
            }
            int flow = (int) cell - 2;
            if ((int) (cell >>> 32) == hash && is(flow, protocol, source, sourcePort, destination, destinationPort)) {
                return flow;
            }
        }
        return ConnectionTable.NONE;
    }

    private boolean is(
            int flow, int protocol, IpAddress source, int sourcePort, IpAddress destination, int destinationPort) {
        var slot = chunk(flow);
        if (slot.byteSize() == 0) {
            return false; // A chunk that is not in the map yet: the program misses.
        }
        boolean reply = (flow & 1) == 1;
        long key = slotAt(flow);
        return address(slot, key + (reply ? EntryLayout.REAL : EntryLayout.CLIENT)).equals(source)
                && address(slot, key + (reply ? EntryLayout.CLIENT : EntryLayout.VIRTUAL)).equals(destination)
                && port(slot, key + (reply ? EntryLayout.REAL_PORT : EntryLayout.CLIENT_PORT)) == sourcePort
                && port(slot, key + (reply ? EntryLayout.CLIENT_PORT : EntryLayout.VIRTUAL_PORT)) == destinationPort
                && slot.get(ValueLayout.JAVA_BYTE, key + EntryLayout.PROTOCOL) == protocol;
    }

    MemorySegment chunk(int flow) {
        var chunk = chunks.get((flow >> 1) >> TableLayout.CHUNK_BITS);
        return chunk == null ? MemorySegment.NULL : chunk;
    }

    private static long slotAt(int flow) {
        return (long) ((flow >> 1) & (TableLayout.CHUNK_SLOTS - 1)) * TableLayout.SLOT_LENGTH;
    }

    static long recordAt(int flow) {
        return slotAt(flow) + TableLayout.RECORDS + (long) (flow & 1) * FlowRecord.LENGTH;
    }

    private static IpAddress address(MemorySegment slot, long at) {
        return new IpAddress(slot.get(U64, at), slot.get(U64, at + Long.BYTES));
    }

    private static int port(MemorySegment slot, long at) {
        return Short.toUnsignedInt(slot.get(U16, at));
    }

    @Override
    public void close() {
        arena.close();
    }
}

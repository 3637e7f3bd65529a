package hadirector.fastpath;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Flows to add to or remove from the program with one system call; reused, so that it allocates once. For one thread.
public final class FlowBatch implements AutoCloseable {
    private final int capacity;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment keys;
    private final MemorySegment values;
    private int size;

    public FlowBatch(int capacity) {
        this.capacity = capacity;
        keys = arena.allocate((long) capacity * FlowKey.LENGTH, Long.BYTES);
        values = arena.allocate((long) capacity * Integer.BYTES, Integer.BYTES);
    }

    /// Adds one direction of a connection, as its packets arrive. Addresses as numbers (`10.0.0.1` is `0x0a000001`).
    ///
    /// @param protocol IP protocol number, 6 or 17
    /// @param record index of the connection record; not used when the batch is removed
    public void add(int source, int target, int sourcePort, int targetPort, int protocol, int record) {
        if (size == capacity) {
            throw new IllegalStateException("batch of " + capacity + " is full");
        }
        FlowKey.encode(keys, (long) size * FlowKey.LENGTH, source, target, sourcePort, targetPort, protocol);
        values.setAtIndex(JAVA_INT, size, record);
        size++;
    }

    public int size() {
        return size;
    }

    public boolean isFull() {
        return size == capacity;
    }

    public void clear() {
        size = 0;
    }

    /// Removes the first `count`; the others keep their order.
    public void removeFirst(int count) {
        size -= count;
        MemorySegment.copy(keys, (long) count * FlowKey.LENGTH, keys, 0, (long) size * FlowKey.LENGTH);
        MemorySegment.copy(values, (long) count * Integer.BYTES, values, 0, (long) size * Integer.BYTES);
    }

    MemorySegment keys() {
        return keys;
    }

    MemorySegment values() {
        return values;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}

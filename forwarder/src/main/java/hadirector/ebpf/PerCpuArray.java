package hadirector.ebpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.linux.Processors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Counters of which every processor has its own: entries of 64-bit numbers, summed here. For one thread.
public final class PerCpuArray implements AutoCloseable {
    private final BpfMap map;
    private final int longs;
    private final int processors = Processors.possible();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment key = arena.allocate(JAVA_INT);
    private final MemorySegment values;
    private boolean closed;

    /// @param longs how many numbers an entry has
    public PerCpuArray(String name, int longs, int entriesMax) {
        this.longs = longs;
        values = arena.allocate((long) processors * longs * Long.BYTES, Long.BYTES);
        map = BpfMap.perCpuArray(name, longs * Long.BYTES, entriesMax);
    }

    public int fd() {
        return map.fd();
    }

    /// Sets `sums` to the sums of entry `index` over all processors; allocates nothing.
    ///
    /// @throws IndexOutOfBoundsException if there is no such entry
    public void sum(int index, long[] sums) {
        key.set(JAVA_INT, 0, index);
        if (!map.lookup(key, values)) {
            throw new IndexOutOfBoundsException(index);
        }
        for (int n = 0; n < longs; n++) {
            long sum = 0;
            for (int cpu = 0; cpu < processors; cpu++) {
                sum += values.getAtIndex(JAVA_LONG, (long) cpu * longs + n);
            }
            sums[n] = sum;
        }
    }

    /// Zeroes an entry; what processors count at this moment may stay.
    public void clear(int index) {
        key.set(JAVA_INT, 0, index);
        values.fill((byte) 0);
        map.update(key, values);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            map.close();
            arena.close();
        }
    }
}

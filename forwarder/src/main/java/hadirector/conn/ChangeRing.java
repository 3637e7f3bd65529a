package hadirector.conn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A bounded queue of changes off heap, one producer thread, one consumer thread, no waiting on the producer's side
/// and no allocation. Each record is a header (kind, group, peer, epoch: native order) and an entry of
/// [EntryLayout#LENGTH] bytes; beside it stands since when its change has waited to be told.
public final class ChangeRing implements AutoCloseable {
    private static final int HEADER = 16;
    private static final int RECORD = HEADER + EntryLayout.LENGTH;
    private static final long KIND = 0;
    private static final long GROUP = 4;
    private static final long PEER = 8;
    private static final long EPOCH = 12;
    private static final VarHandle WRITTEN;
    private static final VarHandle READ;

    static {
        try {
            var lookup = MethodHandles.lookup();
            WRITTEN = lookup.findVarHandle(ChangeRing.class, "written", long.class);
            READ = lookup.findVarHandle(ChangeRing.class, "read", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final int mask;
    private final long[] stamps;
    private long stamp;
    private long since;
    private volatile Withheld withheld = new Withheld(0, 0);
    private volatile @Nullable Thread sleeper;

    @SuppressWarnings("unused") // Through WRITTEN.
    private long written;

    @SuppressWarnings("unused") // Through READ.
    private long read;

    /// Takes one record; `entry` at `at` is valid during the call only.
    @FunctionalInterface
    public interface Consumer {
        void change(int kind, int group, int peer, int epoch, MemorySegment entry, long at);
    }

    /// Changes that the producer keeps back, as there is no room.
    ///
    /// @param sinceNanos when the oldest was made, of System.nanoTime
    public record Withheld(int changes, long sinceNanos) {}

    /// @param capacity records, a power of two
    public ChangeRing(int capacity) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity " + capacity + " is not a power of two");
        }
        mask = capacity - 1;
        stamps = new long[capacity];
        memory = arena.allocate((long) capacity * RECORD, 64);
    }

    /// Producer: free records.
    public int free() {
        return mask + 1 - (int) ((long) WRITTEN.get(this) - (long) READ.getAcquire(this));
    }

    /// Records that wait; any thread, a moment's value.
    public int size() {
        return (int) ((long) WRITTEN.getAcquire(this) - (long) READ.getAcquire(this));
    }

    /// Records ever written; any thread.
    public long written() {
        return (long) WRITTEN.getAcquire(this);
    }

    /// Consumer: records ever passed on.
    public long passed() {
        return (long) READ.get(this);
    }

    /// Producer: what is offered from now on was changed at `sinceNanos` or later.
    public void stamp(long sinceNanos) {
        stamp = sinceNanos;
    }

    /// Producer: so many changes wait for room.
    public void withhold(int changes, long sinceNanos) {
        if (changes != 0 || withheld.changes != 0) {
            withheld = new Withheld(changes, sinceNanos);
        }
    }

    /// Any thread.
    public Withheld withheld() {
        return withheld;
    }

    /// Consumer, while a record is passed on: its stamp.
    public long since() {
        return since;
    }

    /// The stamp of the oldest record that waits, if there is one; any thread, a moment's value.
    public long oldest() {
        return stamps[(int) (long) READ.getAcquire(this) & mask];
    }

    /// Producer: appends a record and copies its entry.
    ///
    /// @return false if the ring is full
    public boolean offer(int kind, int group, int peer, int epoch, MemorySegment entry, long at) {
        if (free() == 0) {
            return false;
        }
        long position = (long) WRITTEN.get(this);
        long record = (position & mask) * RECORD;
        memory.set(ValueLayout.JAVA_INT, record + KIND, kind);
        memory.set(ValueLayout.JAVA_INT, record + GROUP, group);
        memory.set(ValueLayout.JAVA_INT, record + PEER, peer);
        memory.set(ValueLayout.JAVA_INT, record + EPOCH, epoch);
        MemorySegment.copy(entry, at, memory, record + HEADER, EntryLayout.LENGTH);
        stamps[(int) position & mask] = stamp;
        WRITTEN.setRelease(this, position + 1);
        return true;
    }

    /// Producer: wakes the consumer if it sleeps; once after a batch of [#offer].
    public void signal() {
        VarHandle.fullFence();
        Thread waiting = sleeper;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    /// Consumer: passes up to `limit` records on.
    ///
    /// @return their number
    public int drain(Consumer consumer, int limit) {
        long from = (long) READ.get(this);
        int count = (int) Math.min(limit, (long) WRITTEN.getAcquire(this) - from);
        for (int i = 0; i < count; i++) {
            long record = (from + i & mask) * RECORD;
            since = stamps[(int) (from + i) & mask];
            consumer.change(
                    memory.get(ValueLayout.JAVA_INT, record + KIND),
                    memory.get(ValueLayout.JAVA_INT, record + GROUP),
                    memory.get(ValueLayout.JAVA_INT, record + PEER),
                    memory.get(ValueLayout.JAVA_INT, record + EPOCH),
                    memory,
                    record + HEADER);
            READ.setRelease(this, from + i + 1);
        }
        return count;
    }

    /// Consumer: sleeps until there is a record, at most `nanos`, or until interrupted.
    public void await(long nanos) {
        sleeper = Thread.currentThread();
        VarHandle.fullFence();
        if (size() == 0) {
            LockSupport.parkNanos(this, nanos);
        }
        sleeper = null;
    }

    @Override
    public void close() {
        arena.close();
    }
}

package hadirector.sync;

import hadirector.conn.Change;
import hadirector.conn.ChangeRing;
import hadirector.conn.ReplicatedTable;
import hadirector.sync.wire.ChangeRecord;
import hadirector.sync.wire.SyncHeader;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Gathers changes into batches. Changes of one group leave in their order: one batch of a group is open at a time, and
/// a change for another target or of another epoch closes it, and the beginning of a snapshot.
final class Batcher implements ChangeRing.Consumer {
    private final Consumer<Batch> full;
    private final LongSupplier since;
    private final LongSupplier position;
    private final Map<Integer, Open> open = new HashMap<>();
    private boolean pending;

    /// Changes in open batches; only one thread gathers.
    private final AtomicInteger waiting = new AtomicInteger();

    private volatile long waitingSince;

    /// @param since when the change at hand was made
    /// @param position of the change at hand in the ring
    Batcher(Consumer<Batch> full, LongSupplier since, LongSupplier position) {
        this.full = full;
        this.since = since;
        this.position = position;
    }

    @Override
    public void change(int kind, int group, int peer, int epoch, MemorySegment entry, long at) {
        var batch = open.computeIfAbsent(group, Open::new);
        if (batch.count > 0 && (batch.target != peer || batch.epoch != epoch || kind == Change.SNAPSHOT_BEGIN)) {
            batch.close();
        }
        batch.add(kind, peer, epoch, entry, at);
        if (batch.count == Batch.RECORDS_MAX) {
            batch.close();
        }
        pending = true;
    }

    /// Changes in batches that are still open; any thread.
    int waiting() {
        return waiting.get();
    }

    /// When the oldest of them was made, or one that has left since; any thread, if there are any.
    long waitingSince() {
        return waitingSince;
    }

    /// Closes what is open.
    ///
    /// @return whether there was a change since the last flush
    boolean flush() {
        boolean any = pending;
        if (any) {
            open.values().forEach(Open::close);
            pending = false;
        }
        return any;
    }

    private final class Open {
        private final int group;
        private final byte[] records = new byte[Batch.RECORDS_MAX * ChangeRecord.LENGTH];
        private final MemorySegment memory = MemorySegment.ofArray(records);
        private int count;
        private int target;
        private int epoch;
        private long oldest;
        private long upTo;
        private long changed;
        private boolean snapshotBegins;
        private boolean snapshotEnds;

        Open(int group) {
            this.group = group;
        }

        void add(int kind, int peer, int epochOfChange, MemorySegment entry, long at) {
            if (count == 0) {
                target = peer;
                epoch = epochOfChange;
                oldest = since.getAsLong();
                snapshotBegins = kind == Change.SNAPSHOT_BEGIN;
                snapshotEnds = false;
            }
            upTo = position.getAsLong() + 1;
            changed += peer == ReplicatedTable.EVERY_PEER && ChangeRecord.bringsEntry(kind) ? 1 : 0;
            snapshotEnds |= kind == Change.SNAPSHOT_END;
            ChangeRecord.encode(kind, entry, at, memory, (long) count++ * ChangeRecord.LENGTH);
            if (waiting.get() == 0) {
                waitingSince = oldest; // Before it counts.
            }
            waiting.incrementAndGet();
        }

        void close() {
            if (count > 0) {
                var exact = MemorySegment.ofArray(Arrays.copyOf(records, count * ChangeRecord.LENGTH));
                full.accept(new Batch(
                        SyncHeader.CHANGES, group, epoch, target, exact, oldest, upTo, changed, snapshotBegins, snapshotEnds));
                waiting.addAndGet(-count);
                count = 0;
            }
        }
    }
}

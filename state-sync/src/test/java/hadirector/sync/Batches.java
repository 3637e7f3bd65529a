package hadirector.sync;

import hadirector.conn.Change;
import hadirector.sync.wire.ChangeRecord;
import hadirector.sync.wire.SyncHeader;
import java.lang.foreign.MemorySegment;

/// Batches for tests of the pure parts.
final class Batches {
    private Batches() {}

    /// A snapshot in one batch.
    static Batch snapshot(long since) {
        return new Batch(SyncHeader.CHANGES, 1, 1, 7, MemorySegment.ofArray(new byte[ChangeRecord.LENGTH]), since, 0, 0, true, true);
    }

    static Batch endOfSnapshot(int epoch) {
        return new Batch(SyncHeader.CHANGES, 1, epoch, 7, MemorySegment.ofArray(new byte[ChangeRecord.LENGTH]), 0, 0, 0, false, true);
    }

    /// A change of group 1.
    static Batch upTo(int epoch, long position) {
        return new Batch(SyncHeader.CHANGES, 1, epoch, -1, MemorySegment.ofArray(new byte[ChangeRecord.LENGTH]), 0, position, 0, false, false);
    }

    static Batch of(int records, long since) {
        return of(Change.UPSERT, records, since);
    }

    static Batch of(int change, int records, long since) {
        var memory = MemorySegment.ofArray(new byte[records * ChangeRecord.LENGTH]);
        var entry = MemorySegment.ofArray(new byte[ChangeRecord.LENGTH]);
        for (int i = 0; i < records; i++) {
            ChangeRecord.encode(change, entry, 0, memory, (long) i * ChangeRecord.LENGTH);
        }
        return new Batch(SyncHeader.CHANGES, 1, 1, -1, memory, since, 0, 0, change == Change.SNAPSHOT_BEGIN, false);
    }
}

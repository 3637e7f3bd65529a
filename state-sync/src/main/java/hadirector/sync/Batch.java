package hadirector.sync;

import hadirector.sync.wire.ChangeRecord;
import hadirector.sync.wire.SyncHeader;
import java.lang.foreign.MemorySegment;

/// Records of one group and epoch for one target or all, encoded once for every peer that gets them.
///
/// @param kind of message, see [SyncHeader]
/// @param target number of a peer, or [hadirector.conn.ReplicatedTable#EVERY_PEER]
/// @param records whole [ChangeRecord]s, never written to again
/// @param sinceNanos when the oldest of its changes was made
/// @param upTo position in the ring behind its last record; all changes of the group before are in this batch or in earlier ones
/// @param position how many changes of the group, to every peer, there had been with it
/// @param snapshotBegins whether it begins with the beginning of a snapshot
/// @param snapshotEnds whether a snapshot of the group ends in it, maybe one that began in it
record Batch(
        int kind,
        int group,
        int epoch,
        int target,
        MemorySegment records,
        long sinceNanos,
        long upTo,
        long position,
        boolean snapshotBegins,
        boolean snapshotEnds) {
    static final int RECORDS_MAX = 127;

    static Batch hello(long now) {
        return new Batch(SyncHeader.HELLO, 0, 0, 0, MemorySegment.NULL, now, 0, 0, false, false);
    }

    int count() {
        return (int) records.byteSize() / ChangeRecord.LENGTH;
    }

    /// How many of its records bring an entry: only these can be missed.
    int entries() {
        int entries = 0;
        for (long at = 0; at < records.byteSize(); at += ChangeRecord.LENGTH) {
            entries += ChangeRecord.bringsEntry(ChangeRecord.change(records, at)) ? 1 : 0;
        }
        return entries;
    }

    int bytes() {
        return SyncHeader.LENGTH + (int) records.byteSize() + (kind == SyncHeader.CHANGES ? SyncHeader.POSITION : 0);
    }
}

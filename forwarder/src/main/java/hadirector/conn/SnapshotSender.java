package hadirector.conn;

import java.lang.foreign.MemorySegment;

/// One snapshot of a group, or of one shard of it, on its way out, in slices between which the table goes on changing; the changes are
/// written beside it, so the receiver ends with the present table.
final class SnapshotSender {
    private static final int SLICE_SLOTS = 8_192;
    private static final int NOT_BEGUN = -1;
    private static final int WHOLE = -1;

    private final ConnectionTable table;
    private final int group;
    private final int peer;
    private final int shard;
    private int cursor = NOT_BEGUN;
    private int entries;
    private long digest;

    SnapshotSender(ConnectionTable table, int group, int peer) {
        this(table, group, peer, WHOLE);
    }

    /// Of one shard.
    SnapshotSender(ConnectionTable table, int group, int peer, int shard) {
        this.table = table;
        this.group = group;
        this.peer = peer;
        this.shard = shard;
    }

    int group() {
        return group;
    }

    int peer() {
        return peer;
    }

    /// Writes up to `limit` records, as far as there is room.
    ///
    /// @return whether the snapshot is whole
    boolean write(ChangeRing ring, MemorySegment scratch, long now, int limit) {
        int room = Math.min(limit, ring.free());
        if (cursor == NOT_BEGUN && room > 0) {
            EntryCodec.encodeEnd(0, Math.max(0, shard), 0, scratch, 0);
            offer(ring, shard == WHOLE ? Change.SNAPSHOT_BEGIN : Change.SHARD_BEGIN, scratch);
            cursor = 0;
            room--;
        }
        int end = Math.min(table.slotsUsed(), cursor + SLICE_SLOTS);
        while (room > 0 && cursor < end) {
            if (belongs(cursor)) {
                table.encode(cursor, now, scratch, 0);
                offer(ring, shard == WHOLE ? Change.SNAPSHOT_ENTRY : Change.UPSERT, scratch);
                digest += EntryCodec.digest(scratch, 0);
                entries++;
                room--;
            }
            cursor++;
        }
        if (room == 0 || cursor < table.slotsUsed()) {
            return false;
        }
        EntryCodec.encodeEnd(entries, Math.max(0, shard), digest, scratch, 0);
        offer(ring, shard == WHOLE ? Change.SNAPSHOT_END : Change.SHARD_END, scratch);
        return true;
    }

    private boolean belongs(int slot) {
        return table.isShared(slot) && table.group(slot) == group && (shard == WHOLE || table.shards().of(slot) == shard);
    }

    private void offer(ChangeRing ring, int kind, MemorySegment payload) {
        var groups = table.groups();
        if (!ring.offer(kind, groups.id(group), peer, groups.epoch(group), payload, 0)) {
            throw new IllegalStateException("the ring has less room than it said");
        }
    }
}

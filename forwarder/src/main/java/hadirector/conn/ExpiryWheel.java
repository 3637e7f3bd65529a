package hadirector.conn;

import java.util.Arrays;

/// A timing wheel over the slots of a table. A slot lies in the bucket of a time not later than its deadline; a deadline that
/// moves back, as with each packet, moves nothing: the slot is filed again when its bucket comes up. Deadlines beyond the
/// wheel's 18 minutes are looked at once a turn.
final class ExpiryWheel {
    /// log2 of a tick's nanoseconds: 268 ms.
    private static final int TICK_BITS = 28;

    private static final int BUCKETS = 4096;
    private static final int MASK = BUCKETS - 1;
    private static final int NOWHERE = 0xffff;

    private final Entries entries;
    private final int[] heads = new int[BUCKETS];
    private final long origin;

    /// The first tick whose bucket has not been emptied.
    private long tick;

    ExpiryWheel(Entries entries, long now) {
        this.entries = entries;
        origin = now;
        Arrays.fill(heads, ConnectionTable.NONE);
    }

    /// Files a slot that is in no bucket.
    void file(int slot, long deadline) {
        int bucket = (int) (tick + ticksTo(deadline)) & MASK;
        int first = heads[bucket];
        entries.putInt(slot, Entries.NEXT, first);
        entries.putInt(slot, Entries.PREVIOUS, ConnectionTable.NONE);
        entries.putShort(slot, Entries.BUCKET, bucket);
        if (first != ConnectionTable.NONE) {
            entries.putInt(first, Entries.PREVIOUS, slot);
        }
        heads[bucket] = slot;
    }

    /// To be called when the deadline of a filed slot has changed.
    void moved(int slot, long deadline) {
        long filed = (entries.getShort(slot, Entries.BUCKET) - tick) & MASK;
        if (ticksTo(deadline) < filed) {
            remove(slot);
            file(slot, deadline);
        }
    }

    /// Takes a slot out of its bucket, if it is in one.
    void remove(int slot) {
        int bucket = entries.getShort(slot, Entries.BUCKET);
        if (bucket == NOWHERE) {
            return;
        }
        int next = entries.getInt(slot, Entries.NEXT);
        int previous = entries.getInt(slot, Entries.PREVIOUS);
        if (previous == ConnectionTable.NONE) {
            heads[bucket] = next;
        } else {
            entries.putInt(previous, Entries.NEXT, next);
        }
        if (next != ConnectionTable.NONE) {
            entries.putInt(next, Entries.PREVIOUS, previous);
        }
        entries.putShort(slot, Entries.BUCKET, NOWHERE);
    }

    /// Takes out a slot whose bucket has come up by `now`, or NONE. Its deadline may lie ahead: then file it again.
    int poll(long now) {
        long current = (now - origin) >> TICK_BITS;
        tick = Math.max(tick, current - BUCKETS);
        while (tick < current) {
            int slot = heads[(int) tick & MASK];
            if (slot != ConnectionTable.NONE) {
                remove(slot);
                return slot;
            }
            tick++;
        }
        return ConnectionTable.NONE;
    }

    private long ticksTo(long deadline) {
        return Math.clamp(((deadline - origin) >> TICK_BITS) - tick, 0, MASK);
    }
}

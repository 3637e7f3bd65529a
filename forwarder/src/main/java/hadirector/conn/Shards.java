package hadirector.conn;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/// A table's connections in [#COUNT] shards, by their clients: for each group and shard how many there are and the sum of their
/// [EntryCodec#digest]s. Two directors with the same connections have the same sums, wherever the connections stand. Owner thread.
///
/// The sums follow each change, so they are right at any moment, but only if the memory is as it was left. Therefore a walk sums up what
/// really stands there, over and over: behind its cursor it follows the changes too, and at the end its sums take the place of the others.
public final class Shards {
    /// Of every group; the same on all directors.
    public static final int COUNT = 64;

    private static final int SHIFT = Long.SIZE - 6;
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(4);
    private static final int SLICE_SLOTS = 8_192;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private final ConnectionTable table;
    private final Entries entries;
    private Sums sums = new Sums();
    private Sums walked = new Sums();
    private int cursor;
    private long walkedAt;

    private static final class Sums {
        private long[] digests = {};
        private int[] sizes = {};

        void add(int at, long digest, int change) {
            if (at >= sizes.length) {
                int length = (at / COUNT + 1) * COUNT;
                digests = Arrays.copyOf(digests, length);
                sizes = Arrays.copyOf(sizes, length);
            }
            digests[at] += change * digest;
            sizes[at] += change;
        }

        void clear() {
            Arrays.fill(digests, 0);
            Arrays.fill(sizes, 0);
        }
    }

    Shards(ConnectionTable table, Entries entries) {
        this.table = table;
        this.entries = entries;
    }

    /// The shard of the connection at `slot`.
    int of(int slot) {
        long client = entries.wireLong(slot, EntryLayout.CLIENT + Long.BYTES);
        long port = entries.wireShort(slot, EntryLayout.CLIENT_PORT);
        return (int) (((client ^ (port << 48)) * GOLDEN) >>> SHIFT);
    }

    /// The connection at `slot` is there now (1), or is about to be changed or removed (-1).
    void count(int slot, int change) {
        int at = table.group(slot) * COUNT + of(slot);
        long digest = EntryCodec.digest(entries.slots(slot), Entries.slotAt(slot));
        sums.add(at, digest, change);
        if (slot < cursor) {
            walked.add(at, digest, change);
        }
    }

    int size(int group, int shard) {
        int at = group * COUNT + shard;
        return at < sums.sizes.length ? sums.sizes[at] : 0;
    }

    long digest(int group, int shard) {
        int at = group * COUNT + shard;
        return at < sums.digests.length ? sums.digests[at] : 0;
    }

    /// Goes on with the walk: as many slots as are due for one every four seconds, and a bounded number.
    void walk(long now) {
        long elapsed = Math.clamp(now - walkedAt, 0, PERIOD_NANOS);
        int used = table.slotsUsed();
        int due = (int) Math.min(SLICE_SLOTS, used * (double) elapsed / PERIOD_NANOS);
        if (due > 0) {
            walkedAt = now;
            walkTo(Math.min(used, cursor + due));
        }
    }

    private void walkTo(int end) {
        for (int slot = cursor; slot < end; slot++) {
            if (table.isShared(slot)) {
                int at = table.group(slot) * COUNT + of(slot);
                walked.add(at, EntryCodec.digest(entries.slots(slot), Entries.slotAt(slot)), 1);
            }
        }
        cursor = end;
        if (end == table.slotsUsed()) {
            var before = sums;
            sums = walked;
            walked = before;
            walked.clear();
            cursor = 0;
        }
    }
}

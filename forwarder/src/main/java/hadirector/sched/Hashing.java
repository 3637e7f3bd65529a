package hadirector.sched;

import java.util.Comparator;
import java.util.stream.IntStream;

/// Schedulers that let the client's hash decide among the servers by their configured weights. If that server is
/// quiesced, its clients, and only they, are hashed again (LVS `sh-fallback`, `mh-fallback`).
abstract class Hashing implements Scheduler {
    /// Hashes tried before the servers that are left are asked directly. With half of the weight quiesced, one client in
    /// 65,536 needs more.
    private static final int ATTEMPTS = 16;

    /// Slots by identity, so that the order of a file does not matter.
    final int[] order;

    Hashing(ServerPool pool) {
        order = IntStream.range(0, pool.size())
                .boxed()
                .sorted(Comparator.comparingLong(pool::identity))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /// The slot that `hash` belongs to while every server is up, or [#NONE].
    abstract int owner(ServerPool pool, int hash);

    @Override
    public final int preview(ServerPool pool, int flowHash) {
        return select(pool, flowHash);
    }

    @Override
    public final int select(ServerPool pool, int flowHash) {
        int hash = flowHash;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int slot = owner(pool, hash);
            if (slot == NONE) {
                break;
            }
            if (pool.weight(slot) > 0) {
                return slot;
            }
            hash = (int) (Mix.of(hash + 1L) >>> 32);
        }
        return share(pool, hash, true);
    }

    /// The slot at `hash` when all weights lie side by side in the order of identities.
    final int share(ServerPool pool, int hash, boolean effective) {
        long total = 0;
        for (int slot : order) {
            total += weight(pool, slot, effective);
        }
        long point = Mix.scale(hash, total);
        for (int slot : order) {
            point -= weight(pool, slot, effective);
            if (point < 0) {
                return slot;
            }
        }
        return NONE;
    }

    private static int weight(ServerPool pool, int slot, boolean effective) {
        return effective ? pool.weight(slot) : pool.configured(slot);
    }
}

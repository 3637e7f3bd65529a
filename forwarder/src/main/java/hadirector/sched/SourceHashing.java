package hadirector.sched;

import java.util.Arrays;

/// LVS `sh`: the client's address decides, in proportion to the configured weights.
final class SourceHashing extends Hashing {
    SourceHashing(ServerPool pool) {
        super(pool);
    }

    @Override
    int owner(ServerPool pool, int hash) {
        return share(pool, hash, false);
    }

    /// A cell for each step of weight: what all weights have in common makes no difference.
    @Override
    public char[] choices(ServerPool pool) {
        long total = 0;
        long step = 0;
        for (int slot : order) {
            total += pool.configured(slot);
            step = gcd(step, pool.configured(slot));
        }
        if (total == 0 || total / step > CHOICES_MAX) {
            return new char[0];
        }
        var cells = new char[(int) (total / step)];
        int at = 0;
        for (int slot : order) {
            int end = at + (int) (pool.configured(slot) / step);
            Arrays.fill(cells, at, end, (char) slot);
            at = end;
        }
        return cells;
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}

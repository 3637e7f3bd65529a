package hadirector.sched;

import java.util.Arrays;

/// LVS `wrr`, interleaved: in a cycle of as many connections as there is weight, each server gets its weight, spread over
/// the cycle. The next one is the server with the lowest `(2 * given + 1) / weight` (Webster's divisor method), multiplied
/// out; a cycle of runs, as LVS makes it, would send bursts to the heaviest.
final class WeightedRoundRobin implements Scheduler {
    private final int[] given;
    private final int start;

    WeightedRoundRobin(int size, int start) {
        given = new int[size];
        this.start = start;
    }

    @Override
    public int select(ServerPool pool, int flowHash) {
        int slot = furthestBehind(pool, given);
        if (slot == NONE) {
            Arrays.fill(given, 0);
            slot = furthestBehind(pool, given);
        }
        if (slot != NONE) {
            given[slot]++;
        }
        return slot;
    }

    @Override
    public int preview(ServerPool pool, int flowHash) {
        int slot = furthestBehind(pool, given);
        return slot == NONE ? furthestBehind(pool, new int[given.length]) : slot;
    }

    private int furthestBehind(ServerPool pool, int[] given) {
        int best = NONE;
        for (int i = 0, slot = start; i < given.length; i++) {
            int weight = pool.weight(slot);
            if (given[slot] < weight
                    && (best == NONE || (2L * given[slot] + 1) * pool.weight(best) < (2L * given[best] + 1) * weight)) {
                best = slot;
            }
            slot = slot + 1 == given.length ? 0 : slot + 1;
        }
        return best;
    }
}

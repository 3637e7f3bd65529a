package hadirector.sched;

/// LVS `wlc`: the lowest `overhead / weight`; equal ones take turns. Both sides are multiplied out, so no division rounds
/// two different loads to the same.
final class WeightedLeastConnection implements Scheduler {
    private int start;

    WeightedLeastConnection(int start) {
        this.start = start;
    }

    @Override
    public int select(ServerPool pool, int flowHash) {
        int best = preview(pool, flowHash);
        start = best + 1 == pool.size() ? 0 : best + 1;
        return best;
    }

    @Override
    public int preview(ServerPool pool, int flowHash) {
        int best = NONE;
        long bestOverhead = 0;
        long bestWeight = 0;
        for (int i = 0, slot = start; i < pool.size(); i++) {
            long weight = pool.weight(slot);
            long overhead = pool.overhead(slot);
            if (weight > 0 && (best == NONE || overhead * bestWeight < bestOverhead * weight)) {
                best = slot;
                bestOverhead = overhead;
                bestWeight = weight;
            }
            slot = slot + 1 == pool.size() ? 0 : slot + 1;
        }
        return best;
    }
}

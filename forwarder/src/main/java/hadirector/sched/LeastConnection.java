package hadirector.sched;

/// LVS `lc`: the lowest overhead; equal ones take turns.
final class LeastConnection implements Scheduler {
    private int start;

    LeastConnection(int start) {
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
        for (int i = 0, slot = start; i < pool.size(); i++) {
            if (pool.weight(slot) > 0 && (best == NONE || pool.overhead(slot) < pool.overhead(best))) {
                best = slot;
            }
            slot = slot + 1 == pool.size() ? 0 : slot + 1;
        }
        return best;
    }
}

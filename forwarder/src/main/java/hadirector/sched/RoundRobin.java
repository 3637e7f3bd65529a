package hadirector.sched;

/// LVS `rr`: one after the other, whatever the weight, if it is not 0.
final class RoundRobin implements Scheduler {
    private int next;

    RoundRobin(int start) {
        next = start;
    }

    @Override
    public int select(ServerPool pool, int flowHash) {
        int slot = preview(pool, flowHash);
        if (slot != NONE) {
            next = slot + 1 == pool.size() ? 0 : slot + 1;
        }
        return slot;
    }

    @Override
    public int preview(ServerPool pool, int flowHash) {
        int slot = next;
        for (int tried = 0; tried < pool.size(); tried++) {
            if (pool.weight(slot) > 0) {
                return slot;
            }
            slot = slot + 1 == pool.size() ? 0 : slot + 1;
        }
        return NONE;
    }
}

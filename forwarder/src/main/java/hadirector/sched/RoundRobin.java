package hadirector.sched;

/// LVS `rr`: one after the other, whatever the weight, if it is not 0.
final class RoundRobin implements Scheduler {
    private int next;

    RoundRobin(int start) {
        next = start;
    }

    @Override
    public int select(ServerPool pool, int flowHash) {
        for (int tried = 0; tried < pool.size(); tried++) {
            int slot = next;
            next = slot + 1 == pool.size() ? 0 : slot + 1;
            if (pool.weight(slot) > 0) {
                return slot;
            }
        }
        return NONE;
    }
}

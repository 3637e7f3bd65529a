package hadirector.engine;

import hadirector.model.VirtualService;
import hadirector.sched.Scheduler;
import hadirector.sched.ServerPool;

/// A service with its pool and scheduler built, ready for the owner thread: building a Maglev table takes milliseconds,
/// so the control thread does it.
record ServicePlan(VirtualService config, ServerPool pool, Scheduler scheduler) {
    static ServicePlan of(VirtualService config, long seed) {
        var pool = ServerPool.of(config.realServers());
        return new ServicePlan(config, pool, Scheduler.of(config.scheduler(), pool, seed));
    }
}

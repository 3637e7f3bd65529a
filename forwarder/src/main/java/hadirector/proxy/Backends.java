package hadirector.proxy;

import hadirector.engine.EngineStats;
import hadirector.model.Endpoint;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.sched.Scheduler;
import hadirector.sched.ServerPool;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The realservers of one service, those that drain too, and its scheduler. Any thread; every method is short and holds
/// the lock of this object.
final class Backends {
    static final String METHOD = "proxy";

    private final long seed;
    private final Map<Endpoint, Backend> all = new LinkedHashMap<>();
    private List<Backend> bySlot = List.of();
    private ServerPool pool = ServerPool.of(List.of());
    private Scheduler scheduler;

    Backends(SchedulerKind kind, List<RealServer> servers, long seed) {
        this.seed = seed;
        scheduler = Scheduler.of(kind, pool, seed);
        configure(kind, servers);
    }

    /// Makes these the realservers. New ones are down; those that are gone keep their connections and get no new ones.
    synchronized void configure(SchedulerKind kind, List<RealServer> servers) {
        pool = ServerPool.of(servers);
        bySlot.forEach(b -> b.slot = Backend.NO_SLOT);
        bySlot = servers.stream().map(s -> all.computeIfAbsent(s.endpoint(), Backend::new)).toList();
        for (int slot = 0; slot < bySlot.size(); slot++) {
            var backend = bySlot.get(slot);
            backend.slot = slot;
            pool.weight(slot, backend.weight);
            pool.count(slot, backend.active, backend.inactive);
        }
        scheduler = Scheduler.of(kind, pool, seed);
        for (var backend : List.copyOf(all.values())) {
            if (backend.slot == Backend.NO_SLOT) {
                backend.weight = 0;
                forgetIfDrained(backend);
            }
        }
    }

    /// Sets the effective weight of a realserver that is configured.
    synchronized void weight(Endpoint server, int weight) {
        var backend = all.get(server);
        if (backend != null && backend.slot != Backend.NO_SLOT) {
            backend.weight = weight;
            pool.weight(backend.slot, weight);
        }
    }

    /// Schedules a new connection and counts it as inactive.
    ///
    /// @param tried realservers that have refused this connection
    synchronized Optional<Backend> choose(int flowHash, Collection<Backend> tried) {
        tried.forEach(b -> quiesce(b, true));
        int slot = scheduler.select(pool, flowHash);
        tried.forEach(b -> quiesce(b, false));
        if (slot == Scheduler.NONE) {
            return Optional.empty();
        }
        var backend = bySlot.get(slot);
        backend.scheduled.increment();
        count(backend, 0, 1);
        return Optional.of(backend);
    }

    /// Whom [#choose] would take now.
    synchronized Optional<Endpoint> preview(int flowHash) {
        int slot = scheduler.preview(pool, flowHash);
        return slot == Scheduler.NONE ? Optional.empty() : Optional.of(bySlot.get(slot).endpoint);
    }

    private void quiesce(Backend backend, boolean quiesced) {
        if (backend.slot != Backend.NO_SLOT) {
            pool.weight(backend.slot, quiesced ? 0 : backend.weight);
        }
    }

    /// Counts connections that begin (1), end (-1) or change sides.
    synchronized void count(Backend backend, int activeChange, int inactiveChange) {
        backend.active += activeChange;
        backend.inactive += inactiveChange;
        if (backend.slot != Backend.NO_SLOT) {
            pool.count(backend.slot, activeChange, inactiveChange);
        } else {
            forgetIfDrained(backend);
        }
    }

    private void forgetIfDrained(Backend backend) {
        if (backend.active + backend.inactive == 0) {
            all.remove(backend.endpoint, backend);
        }
    }

    synchronized List<EngineStats.Server> stats() {
        var rows = new ArrayList<EngineStats.Server>();
        bySlot.forEach(b -> rows.add(row(b)));
        all.values().stream().filter(b -> b.slot == Backend.NO_SLOT).forEach(b -> rows.add(row(b)));
        return rows;
    }

    private static EngineStats.Server row(Backend b) {
        return new EngineStats.Server(
                b.endpoint,
                METHOD,
                /* local= */ false,
                b.weight,
                b.active,
                b.inactive,
                0,
                b.scheduled.sum(),
                b.packetsIn.sum(),
                b.packetsOut.sum(),
                b.bytesIn.sum(),
                b.bytesOut.sum());
    }
}

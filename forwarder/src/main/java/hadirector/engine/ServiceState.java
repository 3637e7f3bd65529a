package hadirector.engine;

import hadirector.conn.StateTimeouts;
import hadirector.model.AccessList;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.VirtualService;
import hadirector.sched.Scheduler;
import hadirector.sched.ServerPool;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One virtual service as the owner thread knows it.
final class ServiceState {
    final int id;
    final Map<Endpoint, ServerState> servers = new LinkedHashMap<>();
    VirtualService config;
    GroupState group;
    ServerPool pool;
    Scheduler scheduler;
    StateTimeouts timeouts;

    /// In the table now, those of unknown realservers included.
    int connections;

    /// Of them, those of TCP whose handshake is not done.
    int halfOpen;

    ClientList clients = new ClientList(AccessList.OPEN);

    /// Those that began here; null as long as nobody bounds them.
    @Nullable HalfOpens halfOpens;

    /// See [Guards].
    boolean overloaded;

    /// Until then new connections do not wait for other directors, see [Commits].
    long uncommittedUntil = System.nanoTime();

    /// Whether the last that had to wait was not acknowledged in time.
    boolean uncommitted;

    /// See [KernelScheduling].
    boolean scheduledByKernel;

    private ServerState[] bySlot = {};

    /// No longer in the config; its connections go on, new ones are refused.
    boolean retired;

    ServiceState(int id, ServicePlan plan, GroupState group) {
        this.id = id;
        this.group = group;
        config = plan.config();
        timeouts = new StateTimeouts(config.timeouts());
        pool = plan.pool();
        scheduler = plan.scheduler();
    }

    /// Takes over a new pool, or goes on with its own; `slots` are the servers in its order. Effective weights and connection
    /// numbers go along.
    void adopt(ServicePlan plan, List<ServerState> slots) {
        config = plan.config();
        timeouts = new StateTimeouts(config.timeouts());
        pool = plan.pool();
        scheduler = plan.scheduler();
        servers.values().forEach(server -> server.slot = ServerState.DRAINED);
        bySlot = slots.toArray(ServerState[]::new);
        for (int slot = 0; slot < bySlot.length; slot++) {
            var server = bySlot[slot];
            server.slot = slot;
            pool.weight(slot, server.effectiveWeight());
            pool.count(slot, server.active - pool.active(slot), server.inactive - pool.inactive(slot));
        }
    }

    /// The server at a place in the pool.
    ServerState at(int slot) {
        return bySlot[slot];
    }

    /// The server for a new connection, null if none is up and has weight.
    @Nullable ServerState schedule(int flowHash) {
        int slot = scheduler.select(pool, flowHash);
        return slot == Scheduler.NONE ? null : bySlot[slot];
    }

    /// The one that [#schedule] would give now; changes nothing.
    @Nullable ServerState preview(int flowHash) {
        int slot = scheduler.preview(pool, flowHash);
        return slot == Scheduler.NONE ? null : bySlot[slot];
    }

    /// Drained ones too; without allocation, as it is asked for every replicated entry.
    @Nullable ServerState server(long high, long low, int port) {
        for (var server : bySlot) {
            if (server.endpoint.port() == port && server.hop.address.low() == low && server.hop.address.high() == high) {
                return server;
            }
        }
        return servers.size() == bySlot.length ? null : drained(high, low, port);
    }

    private @Nullable ServerState drained(long high, long low, int port) {
        return servers.get(new Endpoint(new IpAddress(high, low), port));
    }

    void retire() {
        retired = true;
        servers.values().forEach(server -> server.slot = ServerState.DRAINED);
        bySlot = new ServerState[0];
    }

    EngineStats.Service stats(KernelPath kernel) {
        var listed = new ArrayList<EngineStats.Server>();
        for (var server : bySlot) {
            listed.add(server.stats(kernel.ofServer(server.id)));
        }
        servers.values().stream()
                .filter(server -> server.slot == ServerState.DRAINED && server.inUse())
                .forEach(server -> listed.add(server.stats(kernel.ofServer(server.id))));
        return new EngineStats.Service(config.name(), halfOpen, overloaded, listed);
    }
}

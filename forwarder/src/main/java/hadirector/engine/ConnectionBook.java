package hadirector.engine;

import hadirector.conn.ConnectionListener;
import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.conn.EntryResolver;
import hadirector.conn.Expiry;
import hadirector.conn.FlowRecord;
import hadirector.conn.StateTimeouts;
import hadirector.model.SyncMode;
import hadirector.model.Timeouts;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the table tells and asks about its connections, whoever caused it (a packet, a timeout, another director): keeps the
/// realservers' numbers in step. Owner thread.
final class ConnectionBook implements ConnectionListener, EntryResolver, Expiry {
    private static final int ESTABLISHED = ConnectionState.ESTABLISHED.number();
    private static final int TIME_WAIT = ConnectionState.TIME_WAIT.number();
    private static final int CLOSE = ConnectionState.CLOSE.number();

    private final ServiceTable services;
    private final Counters counters;
    private final Consumer<EngineEvent> events;
    private final StateTimeouts orphaned = new StateTimeouts(Timeouts.IPVS);
    private @Nullable ConnectionTable bound;

    ConnectionBook(
            ServiceTable services,
            Counters counters,
            Consumer<EngineEvent> events) {
        this.services = services;
        this.counters = counters;
        this.events = events;
    }

    /// The table that this is the listener of; once, before its first connection.
    void bind(ConnectionTable table) {
        bound = table;
    }

    private ConnectionTable table() {
        if (bound == null) {
            throw new IllegalStateException("no table yet");
        }
        return bound;
    }

    /// Connections go with their services to other groups, or these would be neither forwarded nor replicated any more. Looks at all.
    void followGroups() {
        var table = table();
        for (int slot = 0; slot < table.slotsUsed(); slot++) {
            var service = table.live(slot) ? services.service(table.service(slot)) : null;
            if (service != null && !service.retired && service.group.index != table.group(slot)) {
                table.group(slot, service.group.index);
            }
        }
    }

    /// Whether the connections of a service are not for other directors.
    boolean isPrivate(int service) {
        var found = services.service(service);
        return found != null && found.config.options().sync() == SyncMode.NONE;
    }

    @Override
    public void added(int slot) {
        count(slot, table().state(slot), 1);
        var service = services.service(table().service(slot));
        if (service != null) {
            service.connections++;
            service.halfOpen += HalfOpens.isHalfOpen(table().state(slot)) ? 1 : 0;
        }
    }

    @Override
    public void stateChanged(int slot, int before) {
        int after = table().state(slot);
        if ((before == ESTABLISHED) != (after == ESTABLISHED) || isEnded(before) != isEnded(after)) {
            count(slot, before, -1);
            count(slot, after, 1);
        }
        if (HalfOpens.isHalfOpen(before) != HalfOpens.isHalfOpen(after)) {
            halfOpen(slot, HalfOpens.isHalfOpen(after) ? 1 : -1);
        }
    }

    @Override
    public void removed(int slot) {
        count(slot, table().state(slot), -1);
        var service = services.service(table().service(slot));
        if (service != null) {
            service.connections--;
            service.halfOpen -= HalfOpens.isHalfOpen(table().state(slot)) ? 1 : 0;
        }
    }

    private void count(int slot, int state, int change) {
        var server = services.server(table().server(slot));
        if (server != null) {
            boolean active = state == ESTABLISHED;
            server.count(active ? change : 0, active ? 0 : change);
            server.ended += isEnded(state) ? change : 0;
        }
    }

    private void halfOpen(int slot, int change) {
        var service = services.service(table().service(slot));
        if (service != null) {
            service.halfOpen += change;
        }
    }

    private static boolean isEnded(int state) {
        return state == TIME_WAIT || state == CLOSE;
    }

    @Override
    public int service(int protocol, long virtualHigh, long virtualLow, int virtualPort) {
        var service = services.find(protocol, virtualHigh, virtualLow, virtualPort);
        return service == null ? ConnectionTable.NONE : service.id;
    }

    @Override
    public int server(int service, long realHigh, long realLow, int realPort) {
        var found = services.service(service);
        var server = found == null ? null : found.server(realHigh, realLow, realPort);
        return server == null ? ConnectionTable.NO_SERVER : server.id;
    }

    @Override
    public long timeoutNanos(int service, int state) {
        var found = services.service(service);
        return (found == null ? orphaned : found.timeouts).nanos(state);
    }

    @Override
    public long timeoutNanos(int slot) {
        return timeoutNanos(table().service(slot), table().state(slot));
    }

    @Override
    public long lastChance(int slot, long now) {
        var table = table();
        return Idle.deadline(
                table.records(slot), table.recordAt(slot, 0), table.recordAt(slot, 1), timeoutNanos(slot), now);
    }

    @Override
    public void expired(int slot) {
        counters.add(Counter.EXPIRED);
    }

    @Override
    public void applied() {
        counters.add(Counter.SYNC_APPLIED);
    }

    @Override
    public void refused() {
        counters.add(Counter.SYNC_REFUSED);
    }

    @Override
    public void snapshotApplied(int group, int epoch, boolean verified, int entries) {
        var state = services.group(group);
        if (state != null) {
            events.accept(new EngineEvent.SnapshotApplied(state.name, epoch, verified, entries));
        }
    }

    @Override
    public void compared(boolean same) {
        counters.add(Counter.DIGESTS_COMPARED);
        counters.add(Counter.DIGESTS_DIFFERENT, same ? 0 : 1);
    }

    @Override
    public void shardDiffers(int group, int shard, int here, int there) {
        var state = services.group(group);
        if (state != null) {
            events.accept(new EngineEvent.ShardDiffers(state.name, shard, here, there));
        }
    }

    @Override
    public void shardRepaired(int group, int shard, int entries, int removed) {
        counters.add(Counter.SHARDS_REPAIRED);
        var state = services.group(group);
        if (state != null) {
            events.accept(new EngineEvent.ShardRepaired(state.name, shard, entries, removed));
        }
    }

    @Override
    public void handoverArrived(int group, int epoch) {
        var state = services.group(group);
        if (state != null) {
            events.accept(new EngineEvent.HandoverArrived(state.name, epoch));
        }
    }
}

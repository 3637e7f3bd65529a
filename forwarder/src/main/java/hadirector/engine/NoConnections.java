package hadirector.engine;

import hadirector.conn.Change;
import hadirector.conn.ChangeRing;
import hadirector.conn.EntryCodec;
import hadirector.conn.EntryLayout;
import hadirector.conn.GroupId;
import hadirector.conn.ReplicatedTable;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The part in replication of an engine that has no entries that another director could use: every snapshot is whole at once,
/// and every hand-over too. Any thread.
public final class NoConnections implements ReplicatedTable, AutoCloseable {
    private static final int RING = 256;

    /// While the ring is full.
    private static final Executor LATER = CompletableFuture.delayedExecutor(5, TimeUnit.MILLISECONDS);

    private final Consumer<EngineEvent> events;
    private final ChangeRing changes = new ChangeRing(RING);
    private final Map<Integer, String> groups = new ConcurrentHashMap<>();
    private final Map<Integer, Integer> epochs = new ConcurrentHashMap<>();
    private final Set<Integer> begun = ConcurrentHashMap.newKeySet();

    /// @param events is told of snapshots and hand-overs that have arrived
    public NoConnections(Consumer<EngineEvent> events) {
        this.events = events;
    }

    /// Takes the groups of the config; what comes for others is passed over.
    public void groups(Collection<String> names) {
        names.forEach(name -> groups.put(GroupId.of(name), name));
        groups.values().retainAll(names);
    }

    /// Notes that `group` is held here from now on under this epoch.
    public void epoch(String group, int epoch) {
        epochs.put(GroupId.of(group), epoch);
    }

    @Override
    public ChangeRing changes() {
        return changes;
    }

    @Override
    public void replicate(boolean on) {}

    @Override
    public void snapshot(int group, int peer) {
        int epoch = epochs.getOrDefault(group, 0);
        write(Change.SNAPSHOT_BEGIN, group, peer, epoch);
        write(Change.SNAPSHOT_END, group, peer, epoch);
    }

    @Override
    public void resend(int group, int peer, int shard) {}

    @Override
    public void handover(int group, int peer, int epoch) {
        write(Change.HANDOVER, group, peer, epoch);
    }

    private synchronized void write(int kind, int group, int peer, int epoch) {
        var payload = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
        EntryCodec.encodeEnd(0, 0, payload, 0);
        changes.stamp(System.nanoTime());
        if (changes.offer(kind, group, peer, epoch, payload, 0)) {
            changes.signal();
        } else {
            LATER.execute(() -> write(kind, group, peer, epoch));
        }
    }

    @Override
    public void receive(int kind, int group, int epoch, MemorySegment payload, long at, int count) {
        String name = groups.get(group);
        if (name == null) {
            return;
        }
        switch (kind) {
            case Change.SNAPSHOT_BEGIN -> begun.add(group);
            case Change.SNAPSHOT_END -> {
                boolean whole = begun.remove(group);
                events.accept(
                        new EngineEvent.SnapshotApplied(name, epoch, whole, EntryCodec.endEntries(payload, at)));
            }
            case Change.HANDOVER -> events.accept(new EngineEvent.HandoverArrived(name, epoch));
            default -> {} // Entries are of no use here.
        }
    }

    /// The consumer of its changes must have stopped.
    @Override
    public synchronized void close() {
        changes.close();
    }
}

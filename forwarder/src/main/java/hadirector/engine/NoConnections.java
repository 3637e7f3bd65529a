package hadirector.proxy;

import hadirector.conn.Change;
import hadirector.conn.ChangeRing;
import hadirector.conn.EntryCodec;
import hadirector.conn.EntryLayout;
import hadirector.conn.GroupId;
import hadirector.conn.ReplicatedTable;
import hadirector.engine.EngineEvent;
import io.netty.channel.EventLoop;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The proxy's part in replication: it has no entries that another director could use, so every snapshot is whole at once
/// and every hand-over too. One event loop is the ring's producer.
final class NoConnections implements ReplicatedTable {
    private static final int RING = 256;
    private static final long FULL_PAUSE_MILLIS = 5;

    private final EventLoop loop;
    private final Consumer<EngineEvent> events;
    private final ChangeRing changes = new ChangeRing(RING);
    private final Map<Integer, String> groups = new ConcurrentHashMap<>();
    private final Map<Integer, Integer> epochs = new ConcurrentHashMap<>();
    private final Set<Integer> begun = ConcurrentHashMap.newKeySet();

    NoConnections(EventLoop loop, Consumer<EngineEvent> events) {
        this.loop = loop;
        this.events = events;
    }

    void groups(Collection<String> names) {
        names.forEach(name -> groups.put(GroupId.of(name), name));
        groups.values().retainAll(names);
    }

    void epoch(String group, int epoch) {
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
        loop.execute(() -> {
            int epoch = epochs.getOrDefault(group, 0);
            write(Change.SNAPSHOT_BEGIN, group, peer, epoch);
            write(Change.SNAPSHOT_END, group, peer, epoch);
        });
    }

    @Override
    public void handover(int group, int peer, int epoch) {
        loop.execute(() -> write(Change.HANDOVER, group, peer, epoch));
    }

    private void write(int kind, int group, int peer, int epoch) {
        var payload = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
        EntryCodec.encodeEnd(0, 0, payload, 0);
        if (changes.offer(kind, group, peer, epoch, payload, 0)) {
            changes.signal();
        } else {
            var _ = loop.schedule(() -> write(kind, group, peer, epoch), FULL_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
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

    void close() {
        changes.close();
    }
}

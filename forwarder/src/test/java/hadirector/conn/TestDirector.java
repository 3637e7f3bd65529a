package hadirector.conn;

import hadirector.conn.TestTable.Connection;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A table with its replication, and what it told its engine.
final class TestDirector implements EntryResolver, Expiry, AutoCloseable {
    static final long TIMEOUT = 60 * TestTable.SECOND;
    private static final int GROUP = TestTable.GROUP_ID;

    final TestTable test;
    final TableReplication replication;
    final List<String> events = new ArrayList<>();
    final List<Integer> differing = new ArrayList<>();
    int compared;
    int applied;
    int refused;
    int expired;

    TestDirector(int connectionsMax, int ringCapacity, long seed, long now) {
        test = new TestTable(connectionsMax, seed, now);
        replication = new TableReplication(test.table, this, () -> {}, ringCapacity);
    }

    int insert(Connection c, int state, long now) {
        return test.insert(c, state, test.groups.index(GROUP), now + TIMEOUT, now);
    }

    /// Passes on what waits in the ring, for one peer, as the sync thread would.
    int passTo(TestDirector other, int peer, int limit, long now) {
        return replication.changes().drain(
                (kind, group, to, epoch, entry, at) -> {
                    if (to == peer || to == ReplicatedTable.EVERY_PEER) {
                        other.receive(kind, group, epoch, entry, at, 1);
                    }
                    if (kind == Change.HANDOVER) {
                        other.replication.run(now);
                    }
                },
                limit);
    }

    void receive(int kind, int group, int epoch, MemorySegment payload, long at, int count) {
        try {
            replication.receive(kind, group, epoch, payload, at, count);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// All connections without their timeouts.
    Set<ConnectionEntry> connections() {
        var found = new HashSet<ConnectionEntry>();
        for (var e : test.table.entries(0, Integer.MAX_VALUE, 0)) {
            found.add(new ConnectionEntry(e.protocol(), e.client(), e.virtual(), e.real(), e.method(), e.state(), 0));
        }
        return found;
    }

    @Override
    public int service(int protocol, long virtualHigh, long virtualLow, int virtualPort) {
        return virtualPort == 81 ? ConnectionTable.NONE : 7;
    }

    @Override
    public int server(int service, long realHigh, long realLow, int realPort) {
        return (int) realLow & 3;
    }

    @Override
    public long timeoutNanos(int service, int state) {
        return TIMEOUT;
    }

    @Override
    public long timeoutNanos(int slot) {
        return TIMEOUT;
    }

    @Override
    public long lastChance(int slot, long now) {
        return now;
    }

    @Override
    public void expired(int slot) {
        expired++;
    }

    @Override
    public void applied() {
        applied++;
    }

    @Override
    public void refused() {
        refused++;
    }

    @Override
    public void snapshotApplied(int group, int epoch, boolean verified, int entries) {
        events.add("snapshot of epoch " + epoch + (verified ? " verified" : " bad") + ", " + entries + " entries");
    }

    @Override
    public void compared(boolean same) {
        compared++;
    }

    @Override
    public void shardDiffers(int group, int shard, int here, int there) {
        differing.add(shard);
        events.add("shard " + shard + " has " + here + " entries of " + there);
    }

    @Override
    public void shardRepaired(int group, int shard, int entries, int removed) {
        events.add("shard " + shard + " repaired, " + entries + " entries, " + removed + " removed");
    }

    @Override
    public void handoverArrived(int group, int epoch) {
        events.add("handover at epoch " + epoch + " with " + test.table.size() + " connections");
    }

    @Override
    public void close() {
        replication.close();
        test.close();
    }
}

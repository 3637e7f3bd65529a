package hadirector.sync;

import hadirector.config.DirectorConfig.Cluster;
import hadirector.conn.ConnectionListener;
import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.conn.EntryResolver;
import hadirector.conn.GroupId;
import hadirector.conn.Groups;
import hadirector.conn.TableReplication;
import hadirector.group.ClusterChannel;
import hadirector.group.ClusterChannel.MessageKind;
import hadirector.group.JGroupsChannel;
import hadirector.group.TestGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// How long a joiner takes to have a million connections while 20,000 new ones a second go on and as many end, with the engine's own tables, two directors in
/// one JVM over JGroups with TLS on loopback. Then both tables' memory. Run by hand.
public final class SnapshotMeasurement {
    private static final int CONNECTIONS = 1_000_000;
    private static final int NEW_PER_MILLI = 20;
    private static final int RING = 1 << 15;
    private static final long TIMEOUT = 900_000_000_000L;
    private static final int ID = GroupId.of(Node.GROUP);

    private SnapshotMeasurement() {}

    /// A table with its owner thread, which does nothing but what replication and the new connections want of it.
    private static final class Director implements EntryResolver, ConnectionListener, AutoCloseable {
        final Groups groups = new Groups();
        final ConnectionTable table = new ConnectionTable(2 * CONNECTIONS, 42, System.nanoTime(), groups, this);
        final TableReplication replication = new TableReplication(table, this, this::wake, RING);
        final AtomicInteger differing = new AtomicInteger();
        final ClusterChannel channel;
        final ConnectionSync sync;
        private final Thread owner = new Thread(this::turn, "owner");
        volatile boolean busy;
        private volatile boolean stopped;
        volatile boolean verified;
        final AtomicInteger created = new AtomicInteger();
        volatile long longestTurn;
        private int oldest;
        private int next;

        Director(Cluster cluster, String name, boolean holds) throws Exception {
            channel = new JGroupsChannel(cluster, name);
            sync = new ConnectionSync("edge", name, List.of(Node.GROUP), channel, replication);
            if (holds) {
                replication.open(ID, 1, System.nanoTime());
                while (next < CONNECTIONS) {
                    insert(System.nanoTime());
                }
            }
            owner.setDaemon(true);
            owner.start();
            sync.start();
            channel.connect(Node.listener(sync));
        }

        private void insert(long now) {
            int client = 0x0b000000 + next / 50_000;
            int real = 0x0a010000 + next % 3;
            int state = ConnectionState.ESTABLISHED.number();
            if (table.insert(6, client, 1_024 + next++ % 50_000, 0xc000020a, 80, real, 80, 0, state, 1, next % 3,
                            groups.index(ID), now + TIMEOUT, now) < 0) {
                throw new IllegalStateException("no room");
            }
        }

        private void turn() {
            long began = System.nanoTime();
            long made = 0;
            while (!stopped) {
                long now = System.nanoTime();
                if (!busy) {
                    began = now;
                    made = 0;
                }
                for (long due = (now - began) / 1_000_000 * NEW_PER_MILLI; made < due; made++) {
                    insert(now);
                    remove(now);
                    created.incrementAndGet();
                }
                boolean more = replication.run(now);
                longestTurn = Math.max(longestTurn, System.nanoTime() - now);
                if (!more) {
                    LockSupport.parkNanos(100_000);
                }
            }
        }

        private void remove(long now) {
            int client = 0x0b000000 + oldest / 50_000;
            int slot = table.findForward(
                    6, 0, 0xffff_0000_0000L | client, 1_024 + oldest++ % 50_000, 0, 0xffff_0000_0000L | 0xc000020aL, 80);
            table.remove(slot, now);
        }

        private void wake() {
            LockSupport.unpark(owner);
        }

        @Override
        public int service(int protocol, long virtualHigh, long virtualLow, int virtualPort) {
            return 1;
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
        public void snapshotApplied(int group, int epoch, boolean whole, int entries) {
            verified = whole;
        }

        @Override
        public void shardDiffers(int group, int shard, int here, int there) {
            differing.incrementAndGet();
        }

        @Override
        public void applied() {}

        @Override
        public void refused() {
            throw new IllegalStateException("refused");
        }

        @Override
        public void compared(boolean same) {}

        @Override
        public void shardRepaired(int group, int shard, int entries, int removed) {}

        @Override
        public void handoverArrived(int group, int epoch) {}

        @Override
        public void added(int slot) {}

        @Override
        public void stateChanged(int slot, int before) {}

        @Override
        public void removed(int slot) {}

        @Override
        public void close() {
            sync.close();
            channel.close();
            stopped = true;
            while (owner.isAlive()) {
                LockSupport.parkNanos(1_000_000);
            }
            replication.close();
            table.close();
        }
    }

    public static void main(String[] args) throws Exception {
        for (int round = 0; round < 3; round++) {
            var cluster = TestGroup.encrypted(Files.createTempDirectory("hadirector-keys"), "lb1", "lb2");
            long empty = residentMegabytes();
            try (var one = new Director(cluster, "lb1", true)) {
                long held = residentMegabytes();
                try (var two = new Director(cluster, "lb2", false)) {
                    Node.await("they meet", () -> one.sync.stats().peers().stream().anyMatch(SyncStats.Peer::connected)
                            && two.sync.stats().peers().stream().anyMatch(SyncStats.Peer::connected));
                    one.busy = true;
                    long start = System.nanoTime();
                    int before = one.created.get();
                    two.sync.requestSnapshot("lb1", Node.GROUP);
                    Node.await("it has it", () -> two.verified);
                    long took = System.nanoTime() - start;
                    System.out.printf("snapshot of %,d: %d ms, meanwhile %,.0f new connections/s; process grew by %d MiB for the holder, %d for both%n",
                            CONNECTIONS, took / 1_000_000, (one.created.get() - before) / (took / 1e9), held - empty, residentMegabytes() - empty);
                    Thread.sleep(6_000); // A round of digests, the new connections going on.
                    var peer = one.sync.stats().peers().getFirst();
                    System.out.printf("after 6 s more: lag %.1f ms, gap %d, differing shards %d, longest turns %.1f and %.1f ms%n",
                            peer.lagNanos() / 1e6, peer.gapEntries(), two.differing.get(), one.longestTurn / 1e6, two.longestTurn / 1e6);
                }
            }
        }
        System.exit(0);
    }

    private static long residentMegabytes() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            var line = lines.filter(l -> l.startsWith("VmRSS:")).findAny().orElseThrow();
            return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
        }
    }
}

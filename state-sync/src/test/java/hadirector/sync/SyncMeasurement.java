package hadirector.sync;

import com.sun.management.OperatingSystemMXBean;
import hadirector.config.DirectorConfig.Cluster;
import hadirector.conn.Change;
import hadirector.conn.ChangeRing;
import hadirector.conn.EntryLayout;
import hadirector.conn.GroupId;
import hadirector.conn.ReplicatedTable;
import hadirector.group.ClusterChannel;
import hadirector.group.ClusterChannel.MessageKind;
import hadirector.group.JGroupsChannel;
import hadirector.group.TestGroup;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// How fast replication is between two directors of one JVM over JGroups on loopback. Run by hand:
/// entries per second from ring to the peer's table, then the lag of single changes, then a snapshot.
public final class SyncMeasurement {
    private static final int ENTRIES = 10_000_000;
    private static final int SNAPSHOT = 1_000_000;
    private static final int SINGLES = 2_000;

    private SyncMeasurement() {}

    /// Takes entries and counts them.
    private static final class Sink implements ReplicatedTable {
        final ChangeRing ring = new ChangeRing(1 << 14);
        final AtomicLong received = new AtomicLong();

        @Override
        public ChangeRing changes() {
            return ring;
        }

        @Override
        public void replicate(boolean on) {}

        @Override
        public void snapshot(int group, int peer) {}

        @Override
        public void resend(int group, int peer, int shard) {}

        @Override
        public void handover(int group, int peer, int epoch) {}

        @Override
        public void receive(int kind, int group, int epoch, MemorySegment payload, long at, int count) {
            received.addAndGet(count);
        }
    }

    private static ConnectionSync join(ClusterChannel channel, String name, ReplicatedTable table) throws Exception {
        var sync = new ConnectionSync("edge", name, List.of(Node.GROUP), channel, table);
        sync.start();
        channel.connect(Node.listener(sync));
        return sync;
    }

    public static void main(String[] args) throws Exception {
        for (int round = 0; round < 3; round++) {
            for (boolean encrypted : List.of(false, true)) {
                System.out.println(encrypted ? "TLS" : "clear text");
                measure(cluster(encrypted));
            }
        }
        for (int round = 0; round < 3; round++) {
            snapshot(cluster(false));
            snapshot(cluster(true));
        }
        System.exit(0);
    }

    private static Cluster cluster(boolean encrypted) throws Exception {
        return encrypted
                ? TestGroup.encrypted(Files.createTempDirectory("hadirector-keys"), "lb1", "lb2")
                : TestGroup.cluster("lb1", "lb2");
    }

    private static void measure(Cluster cluster) throws Exception {
        try (var one = new JGroupsChannel(cluster, "lb1");
                var two = new JGroupsChannel(cluster, "lb2")) {
            var from = new Sink();
            var to = new Sink();
            try (var sender = join(one, "lb1", from);
                    var receiver = join(two, "lb2", to)) {
                while (sender.stats().peers().isEmpty() || receiver.stats().peers().isEmpty()) {
                    LockSupport.parkNanos(1_000_000);
                }
                for (int round = 0; round < 2; round++) {
                    throughput(from, to);
                    lag(from, to);
                }
                System.out.println(sender.stats());
            }
        }
    }

    private static void throughput(Sink from, Sink to) {
        long wanted = to.received.get() + ENTRIES;
        long start = System.nanoTime();
        long cpu = cpuNanos();
        for (int i = 0; i < ENTRIES; i++) {
            offer(from);
        }
        while (to.received.get() < wanted) {
            LockSupport.parkNanos(10_000);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("%.2f M entries/s, CPU of both ends and the table together %.2f s per M%n",
                ENTRIES / seconds / 1e6, (cpuNanos() - cpu) / 1e9 / (ENTRIES / 1e6));
    }

    private static long cpuNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : 0;
    }

    private static void offer(Sink from) {
        var entry = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
        from.ring.stamp(System.nanoTime());
        while (!from.ring.offer(Change.UPSERT, GroupId.of(Node.GROUP), ReplicatedTable.EVERY_PEER, 1, entry, 0)) {
            LockSupport.parkNanos(10_000);
        }
        from.ring.signal();
    }

    private static void lag(Sink from, Sink to) {
        long[] nanos = new long[SINGLES];
        for (int i = 0; i < SINGLES; i++) {
            long wanted = to.received.get() + 1;
            LockSupport.parkNanos(1_000_000);
            long start = System.nanoTime();
            offer(from);
            while (to.received.get() < wanted) {
                Thread.onSpinWait();
            }
            nanos[i] = System.nanoTime() - start;
        }
        java.util.Arrays.sort(nanos);
        System.out.printf("one change: p50 %d us, p99 %d us, max %d us%n",
                nanos[SINGLES / 2] / 1_000, nanos[SINGLES * 99 / 100] / 1_000, nanos[SINGLES - 1] / 1_000);
    }

    private static void snapshot(Cluster cluster) throws Exception {
        try (var one = new Node("lb1", new JGroupsChannel(cluster, "lb1"), 1 << 14)) {
            for (int key = 0; key < SNAPSHOT; key++) {
                one.table.put(key, key);
            }
            try (var two = new Node("lb2", new JGroupsChannel(cluster, "lb2"), 1 << 14)) {
                Node.await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
                long start = System.nanoTime();
                two.sync.requestSnapshot("lb1", Node.GROUP);
                Node.await("complete", () -> two.sync.snapshot(Node.GROUP) == SnapshotState.COMPLETE);
                System.out.printf("snapshot of %d, %s: %d ms, verified %d%n",
                        two.table.size(), cluster.keys().isPresent() ? "TLS" : "clear text", (System.nanoTime() - start) / 1_000_000, two.table.verified());
            }
        }
    }
}

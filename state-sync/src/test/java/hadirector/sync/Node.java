package hadirector.sync;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.group.ClusterChannel;
import hadirector.group.ClusterChannel.MessageKind;
import hadirector.group.View;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// A director that does nothing but replicate one group.
final class Node implements AutoCloseable {
    static final String GROUP = "web";
    static final String CLUSTER = "edge";
    private static final long BOUND_NANOS = 60_000_000_000L;

    final String name;
    final FakeTable table;
    final ConnectionSync sync;
    private final ClusterChannel channel;

    Node(String name, ClusterChannel channel, int ringCapacity) throws Exception {
        this(CLUSTER, name, channel, ringCapacity);
    }

    Node(String cluster, String name, ClusterChannel channel, int ringCapacity) throws Exception {
        this.name = name;
        this.channel = channel;
        table = new FakeTable(GROUP, ringCapacity);
        sync = new ConnectionSync(cluster, name, List.of(GROUP), channel, table);
        sync.start();
        channel.connect(listener(sync));
    }

    /// What a channel hears goes to `sync`.
    static ClusterChannel.Listener listener(ConnectionSync sync) {
        return new ClusterChannel.Listener() {
            @Override
            public void view(View view) {
                sync.view(view);
            }

            @Override
            public void message(String sender, MessageKind kind, byte[] message, int offset, int length) {
                sync.message(sender, message, offset, length);
            }
        };
    }

    SyncStats.Peer peer(String peer) {
        return sync.stats().peers().stream()
                .filter(p -> p.name().equals(peer))
                .findAny()
                .orElseThrow(() -> new AssertionError(name + " does not know " + peer));
    }

    boolean sees(String peer) {
        return sync.stats().peers().stream().anyMatch(p -> p.name().equals(peer) && p.connected());
    }

    long refused(String peer, Refusal why) {
        return peer(peer).refused().getOrDefault(why, 0L);
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + BOUND_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as("waited too long until " + what).isNegative();
            LockSupport.parkNanos(500_000);
        }
    }

    @Override
    public void close() {
        sync.close();
        channel.close();
        table.close();
    }
}

package hadirector.sync;

import static hadirector.sync.Node.GROUP;
import static hadirector.sync.Node.await;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.group.JGroupsChannel;
import hadirector.group.TestGroup;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Replication over real JGroups channels in one JVM.
class ReplicationTest {
    private final Deque<Node> nodes = new ArrayDeque<>();

    @AfterEach
    void close() {
        nodes.forEach(Node::close);
    }

    @Test
    void aJoinerIsCompleteAndTheRestGoOnWhenOneLeaves() throws Exception {
        var cluster = TestGroup.cluster("lb1", "lb2", "lb3");
        for (var name : cluster.members().keySet()) {
            nodes.add(new Node(name, new JGroupsChannel(cluster, name), 1 << 12));
        }
        var one = nodes.getFirst();
        var three = nodes.getLast();
        await("all meet", () -> one.sees("lb2") && one.sees("lb3") && three.sees("lb1"));
        var random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            one.table.put(random.nextInt(20_000), i);
        }
        three.sync.requestSnapshot("lb1", GROUP);
        for (int i = 0; i < 10_000; i++) {
            one.table.remove(random.nextInt(20_000));
        }
        nodes.remove(three);
        await("the third is complete", () -> three.sync.snapshot(GROUP) == SnapshotState.COMPLETE);
        await("the third equals", () -> one.table.copy().equals(three.table.copy()));
        assertThat(three.table.wrong()).isZero();
        three.close();
        await("it is gone", () -> !one.sees("lb3"));
        one.table.put(1_000_000, 1);
        for (var node : nodes) {
            await(node.name + " equals", () -> one.table.copy().equals(node.table.copy()));
            assertThat(node.table.size()).isPositive();
        }
    }
}

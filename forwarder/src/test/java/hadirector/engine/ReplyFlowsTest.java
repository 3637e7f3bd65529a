package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.ConnectionListener;
import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.conn.Groups;
import hadirector.fastpath.FlowBatch;
import hadirector.model.ForwardingMethod;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplyFlowsTest {
    private static final int CLIENT = 0x0a000001;
    private static final int VIP = 0x0a000002;
    private static final int REAL = 0x0a000003;

    /// How many flows the kernel, which this stands for, has memory for.
    private int room = Integer.MAX_VALUE;

    private final List<Integer> registered = new ArrayList<>();
    private int forgotten;
    private final Counters counters = new Counters();
    private final ReplyFlows flows = new ReplyFlows(this::register, batch -> forgotten += batch.size(), counters);
    private final Groups groups = new Groups();
    private final ConnectionTable table = new ConnectionTable(4_000, 1, 0, groups, new Connections());

    private final class Connections implements ConnectionListener {
        @Override
        public void added(int slot) {
            flows.added(slot);
        }

        @Override
        public void stateChanged(int slot, int before) {}

        @Override
        public void removed(int slot) {
            flows.removed(slot);
        }
    }

    ReplyFlowsTest() {
        flows.bind(table);
        int _ = groups.index(1);
    }

    @AfterEach
    void close() {
        flows.close();
        table.close();
    }

    private int register(FlowBatch batch) {
        int taken = Math.min(room, batch.size());
        room -= taken;
        registered.add(taken);
        return taken;
    }

    private int connect(int clientPort) {
        return table.insert(
                6, CLIENT, clientPort, VIP, 80, REAL, 80, ForwardingMethod.NAT.number(),
                ConnectionState.ESTABLISHED.number(), 0, 0, 0, 1, 0);
    }

    @Test
    void whatTheKernelHasNoMemoryForIsRegisteredLater() {
        room = 1;
        connect(1);
        connect(2);
        connect(3);
        flows.flushAdded();
        room = Integer.MAX_VALUE;
        flows.flushAdded();
        flows.flushAdded();
        assertThat(registered).containsExactly(1, 2);
    }

    @Test
    void anEndedConnectionIsForgottenOnlyAfterItIsRegistered() {
        room = 0;
        table.remove(connect(1), 0);
        flows.flushEnded();
        assertThat(forgotten).isZero();
        room = 1;
        flows.flushEnded();
        assertThat(registered).containsExactly(0, 1);
        assertThat(forgotten).isOne();
    }

    @Test
    void aKernelWithoutMemoryNeverStopsNewConnections() {
        room = 0;
        for (int port = 1; port <= 3_000; port++) {
            assertThat(connect(port)).isNotNegative();
        }
        assertThat(counters.toMap()).containsEntry(Counter.REPLIES_UNREGISTERED, 2_048L);
    }
}

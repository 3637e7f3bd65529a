package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.EntryLayout;
import hadirector.fastpath.ClaimProgram;
import hadirector.fastpath.FlowBatch;
import hadirector.model.ForwardingMethod;
import org.jspecify.annotations.Nullable;

/// Keeps the kernel's list of reply tuples (realserver to client, NAT) in step with the table, in batches: added ones are told
/// before the frames leave that caused them, ended ones now and then. An ended tuple that a new connection uses again by
/// then stays. Owner thread; allocates nothing.
final class ReplyFlows {
    private static final int BATCH = 1024;
    private static final int NAT = ForwardingMethod.NAT.number();

    private final ClaimProgram program;
    private final FlowBatch adding = new FlowBatch(BATCH);
    private final FlowBatch removing = new FlowBatch(BATCH);
    private final int[] endedReal = new int[BATCH];
    private final int[] endedClient = new int[BATCH];
    private final int[] endedPorts = new int[BATCH];
    private final byte[] endedProtocol = new byte[BATCH];
    private int ended;
    private @Nullable ConnectionTable table;

    ReplyFlows(ClaimProgram program) {
        this.program = program;
    }

    void bind(ConnectionTable of) {
        table = of;
    }

    void added(int slot) {
        var t = table;
        if (t == null || t.method(slot) != NAT) {
            return;
        }
        adding.add(
                t.addressV4(slot, EntryLayout.REAL),
                t.addressV4(slot, EntryLayout.CLIENT),
                t.port(slot, EntryLayout.REAL_PORT),
                t.port(slot, EntryLayout.CLIENT_PORT),
                t.protocol(slot),
                2 * slot + 1);
        if (adding.isFull()) {
            flushAdded();
        }
    }

    void removed(int slot) {
        var t = table;
        if (t == null || t.method(slot) != NAT) {
            return;
        }
        if (ended == BATCH) {
            flushEnded();
        }
        endedReal[ended] = t.addressV4(slot, EntryLayout.REAL);
        endedClient[ended] = t.addressV4(slot, EntryLayout.CLIENT);
        endedPorts[ended] = t.port(slot, EntryLayout.REAL_PORT) << 16 | t.port(slot, EntryLayout.CLIENT_PORT);
        endedProtocol[ended] = (byte) t.protocol(slot);
        ended++;
    }

    /// Before frames are sent that make realservers reply.
    void flushAdded() {
        if (adding.size() > 0) {
            int _ = program.addFlows(adding); // The map holds more flows than the table connections.
            adding.clear();
        }
    }

    void flushEnded() {
        if (ended == 0) {
            return;
        }
        flushAdded();
        for (int i = 0; i < ended; i++) {
            int realPort = endedPorts[i] >>> 16;
            int clientPort = endedPorts[i] & 0xffff;
            if (!isUsed(i, realPort, clientPort)) {
                removing.add(endedReal[i], endedClient[i], realPort, clientPort, endedProtocol[i], 0);
            }
        }
        ended = 0;
        program.removeFlows(removing);
        removing.clear();
    }

    private boolean isUsed(int i, int realPort, int clientPort) {
        var t = table;
        return t != null
                && t.findReply(endedProtocol[i], endedReal[i], realPort, endedClient[i], clientPort)
                        != ConnectionTable.NONE;
    }

    void close() {
        adding.close();
        removing.close();
    }
}

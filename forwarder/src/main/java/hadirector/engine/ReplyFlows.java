package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.EntryLayout;
import hadirector.fastpath.FlowBatch;
import hadirector.model.ForwardingMethod;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// Keeps the kernel's list of reply tuples (realserver to client, NAT) in step with the table, in batches: added ones are told
/// before the frames leave that caused them, ended ones now and then. An ended tuple that a new connection uses again by
/// then stays. What the kernel has no memory for is tried again. Owner thread; allocates nothing.
final class ReplyFlows {
    private static final int BATCH = 1024;
    private static final int NAT = ForwardingMethod.NAT.number();

    private final ToIntFunction<FlowBatch> register;
    private final Consumer<FlowBatch> forget;
    private final Counters counters;
    private final FlowBatch adding = new FlowBatch(BATCH);
    private final FlowBatch removing = new FlowBatch(BATCH);
    private final int[] endedReal = new int[BATCH];
    private final int[] endedClient = new int[BATCH];
    private final int[] endedPorts = new int[BATCH];
    private final byte[] endedProtocol = new byte[BATCH];
    private int ended;
    private @Nullable ConnectionTable table;

    /// @param register see [hadirector.fastpath.ClaimProgram#addFlows]
    /// @param forget see [hadirector.fastpath.ClaimProgram#removeFlows]
    ReplyFlows(ToIntFunction<FlowBatch> register, Consumer<FlowBatch> forget, Counters counters) {
        this.register = register;
        this.forget = forget;
        this.counters = counters;
    }

    void bind(ConnectionTable of) {
        table = of;
    }

    void added(int slot) {
        var t = table;
        if (t == null || t.method(slot) != NAT) {
            return;
        }
        if (adding.isFull()) {
            makeRoom();
        }
        adding.add(
                t.addressV4(slot, EntryLayout.REAL),
                t.addressV4(slot, EntryLayout.CLIENT),
                t.port(slot, EntryLayout.REAL_PORT),
                t.port(slot, EntryLayout.CLIENT_PORT),
                t.protocol(slot),
                2 * slot + 1);
    }

    private void makeRoom() {
        flushAdded();
        if (adding.isFull()) {
            counters.add(Counter.REPLIES_UNREGISTERED, adding.size());
            adding.clear();
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
            adding.removeFirst(register.applyAsInt(adding));
        }
    }

    void flushEnded() {
        if (ended == 0) {
            return;
        }
        flushAdded();
        if (adding.size() > 0 && ended < BATCH) {
            return; // Else an ended one among them would be registered later and stay.
        }
        for (int i = 0; i < ended; i++) {
            int realPort = endedPorts[i] >>> 16;
            int clientPort = endedPorts[i] & 0xffff;
            if (!isUsed(i, realPort, clientPort)) {
                removing.add(endedReal[i], endedClient[i], realPort, clientPort, endedProtocol[i], 0);
            }
        }
        ended = 0;
        forget.accept(removing);
        removing.clear();
    }

    private boolean isUsed(int i, int realPort, int clientPort) {
        var t = table;
        return t != null
                && t.find(endedProtocol[i], endedReal[i], realPort, endedClient[i], clientPort)
                        != ConnectionTable.NONE;
    }

    void close() {
        adding.close();
        removing.close();
    }
}

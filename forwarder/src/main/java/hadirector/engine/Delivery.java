package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.FlowRecord;
import hadirector.conn.TcpStates;
import hadirector.forward.FlowRecords;
import hadirector.forward.Rewrite;
import hadirector.model.ForwardingMethod;
import java.util.concurrent.TimeUnit;

/// Brings the frame at hand on its way by the record of its connection, and the connection up to date with it. Owner thread.
final class Delivery {
    private static final int NAT = ForwardingMethod.NAT.number();
    private static final int TO_SERVER = 0;

    private final Inbound in;
    private final ServiceTable services;
    private final ConnectionTable table;
    private final Records records;
    private final Counters counters;
    private final FirstFrames firstFrames;
    private final Tunnelling tunnelling;

    Delivery(
            Inbound in,
            ServiceTable services,
            ConnectionTable table,
            Records records,
            Counters counters,
            FirstFrames firstFrames,
            Tunnelling tunnelling) {
        this.in = in;
        this.services = services;
        this.table = table;
        this.records = records;
        this.counters = counters;
        this.firstFrames = firstFrames;
        this.tunnelling = tunnelling;
    }

    /// Rewrites the frame, a packet of the connection at `slot`, and queues it; then state and deadline follow it.
    ///
    /// @param direction 0 client to realserver, 1 realserver to client
    /// @return false if it was dropped, and counted
    boolean deliver(int slot, int direction) {
        if (!Rewrite.mayForward(in.parsed)) {
            counters.add(Counter.DROP_TTL);
            return false;
        }
        if (direction == TO_SERVER) {
            records.learnClient(slot, in);
        }
        var out = records.way(slot, direction);
        if (out == null) {
            counters.add(Counter.DROP_UNRESOLVED);
            return false;
        }
        int packets = in.packets();
        if (!send(slot, direction, out)) {
            counters.add(Counter.DROP_UNRESOLVED);
            return false;
        }
        FlowRecords.touch(table.records(slot), table.recordAt(slot, direction), FlowRecord.time(in.now));
        count(slot, direction, packets);
        follow(slot, direction);
        return true;
    }

    private boolean send(int slot, int direction, Arm out) {
        var memory = table.records(slot);
        long record = table.recordAt(slot, direction);
        if ((FlowRecords.flags(memory, record) & FlowRecord.TUNNELLED) != 0) {
            return tunnelling.send(slot, record, out);
        }
        Rewrite.apply(memory, record, in.frame, in.parsed, in.partial);
        out.port.send(in.port, in.index);
        return true;
    }

    private void follow(int slot, int direction) {
        int state = table.state(slot);
        if (in.isTcp()) {
            state = TcpStates.next(sight(slot, direction), in.parsed.tcpFlags(), state);
            table.state(slot, state);
        }
        table.deadline(slot, in.now + timeout(slot, state));
        records.offload(slot, state);
    }

    private int sight(int slot, int direction) {
        if (direction != TO_SERVER) {
            return TcpStates.OUTPUT;
        }
        return table.method(slot) == NAT ? TcpStates.INPUT : TcpStates.INPUT_ONLY;
    }

    private long timeout(int slot, int state) {
        var service = services.service(table.service(slot));
        return service == null ? TimeUnit.MINUTES.toNanos(1) : service.timeouts.nanos(state);
    }

    private void count(int slot, int direction, int packets) {
        counters.add(Counter.FRAMES_FORWARDED, packets);
        var server = services.server(table.server(slot));
        if (server == null) {
            return;
        }
        if (direction == TO_SERVER) {
            server.packetsIn += packets;
            server.bytesIn += in.parsed.ipLength();
        } else {
            server.packetsOut += packets;
            server.bytesOut += in.parsed.ipLength();
        }
        firstFrames.note(server.service.group);
    }
}

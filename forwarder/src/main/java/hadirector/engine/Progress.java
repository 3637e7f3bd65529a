package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.TcpStates;
import hadirector.model.ForwardingMethod;
import java.util.concurrent.TimeUnit;

/// Brings connections up to date with their packets, whoever forwarded them: state, deadline, and whether the kernel may go on with them. Owner
/// thread.
final class Progress {
    private static final int NAT = ForwardingMethod.NAT.number();
    private static final int TO_SERVER = 0;

    private final ServiceTable services;
    private final ConnectionTable table;
    private final Records records;

    Progress(ServiceTable services, ConnectionTable table, Records records) {
        this.services = services;
        this.table = table;
        this.records = records;
    }

    /// After a TCP segment.
    ///
    /// @param direction 0 client to realserver, 1 realserver to client
    /// @param flags byte 13 of its header
    void segment(int slot, int direction, int flags, long now) {
        int state = TcpStates.next(sight(slot, direction), flags, table.state(slot));
        table.state(slot, state);
        goesOn(slot, state, now);
    }

    /// After a datagram.
    void datagram(int slot, long now) {
        goesOn(slot, table.state(slot), now);
    }

    private void goesOn(int slot, int state, long now) {
        table.deadline(slot, now + timeout(slot, state));
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
}

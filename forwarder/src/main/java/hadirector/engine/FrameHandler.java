package hadirector.engine;

import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.conn.Groups;
import hadirector.conn.TcpStates;

/// What becomes of each frame that the program punted: told apart here, then answered ([Answers]), forwarded ([Delivery]),
/// scheduled ([NewConnections]) or dropped; each ends in one [Counter]. Owner thread; allocates nothing for a packet of a known
/// connection, nor for one that starts it.
final class FrameHandler {
    private static final int TO_SERVER = 0;

    private final Inbound in;
    private final ServiceTable services;
    private final ConnectionTable table;
    private final Groups groups;
    private final Counters counters;
    private final Delivery delivery;
    private final NewConnections newConnections;
    private final Answers answers;
    private final KernelScheduling scheduling;

    FrameHandler(
            Inbound in,
            ServiceTable services,
            ConnectionTable table,
            Groups groups,
            Counters counters,
            Delivery delivery,
            NewConnections newConnections,
            Answers answers,
            KernelScheduling scheduling) {
        this.in = in;
        this.services = services;
        this.table = table;
        this.groups = groups;
        this.counters = counters;
        this.delivery = delivery;
        this.newConnections = newConnections;
        this.answers = answers;
        this.scheduling = scheduling;
    }

    /// Handles one received frame of `from`.
    void handle(Arm from, int slot, long now) {
        in.take(from, slot, now);
        counters.add(Counter.FRAMES_RECEIVED, in.packets());
        switch (in.parsed.kind()) {
            case TCP, UDP -> transport();
            case ARP -> answers.arp();
            case ICMP -> answers.icmp();
            case FRAGMENT -> counters.add(Counter.DROP_FRAGMENT);
            case OTHER_PROTOCOL, OTHER_TYPE -> counters.add(Counter.DROP_UNSUPPORTED);
            case MALFORMED -> counters.add(Counter.DROP_MALFORMED);
        }
    }

    private void transport() {
        int flow = find();
        if (flow == ConnectionTable.NONE && scheduling.takesOver(in)) {
            flow = find();
        }
        if (flow == ConnectionTable.NONE) {
            newConnections.unknown();
        } else {
            known(ConnectionTable.slot(flow), ConnectionTable.direction(flow));
        }
    }

    private int find() {
        var parsed = in.parsed;
        return table.find(
                parsed.protocol(),
                parsed.sourceHigh(),
                parsed.sourceLow(),
                parsed.sourcePort(),
                parsed.destinationHigh(),
                parsed.destinationLow(),
                parsed.destinationPort());
    }

    private void known(int slot, int direction) {
        if (!groups.held(table.group(slot))) {
            counters.add(Counter.DROP_CLOSED);
        } else if (direction == TO_SERVER && startsAnew(slot)) {
            table.remove(slot, in.now);
            counters.add(Counter.REUSED);
            newConnections.unknown();
        } else {
            delivery.deliver(slot, direction);
        }
    }

    /// A SYN on a connection that both or one side had ended; or what moves without loss when its server is down.
    private boolean startsAnew(int slot) {
        int state = table.state(slot);
        if (in.isTcp() && (!in.isSyn() || TcpStates.reusable(state))) {
            return in.isSyn();
        }
        var server = services.server(table.server(slot));
        boolean movable = !in.isTcp() || state == ConnectionState.SYN_RECV.number();
        return movable && server != null && !server.up;
    }
}

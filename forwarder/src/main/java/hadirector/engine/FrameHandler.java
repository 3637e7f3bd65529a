package hadirector.engine;

import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.conn.Groups;
import hadirector.conn.TcpStates;
import hadirector.forward.IcmpErrors;
import hadirector.packet.BeaconView;
import hadirector.packet.EthernetView;

/// What becomes of each frame that the program punted: told apart here, then answered ([Answers]), forwarded ([Delivery]),
/// scheduled ([NewConnections]), carried on with what it belongs to ([IcmpRelay], [Fragments]) or dropped; each ends in one [Counter]. Owner thread; allocates nothing for a packet of a known
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
    private final Endings endings;
    private final IcmpRelay icmpRelay;
    private final Fragments fragments;
    private final Beacons beacons;
    private final Commits commits;

    FrameHandler(
            Inbound in,
            ServiceTable services,
            ConnectionTable table,
            Groups groups,
            Counters counters,
            Delivery delivery,
            NewConnections newConnections,
            Answers answers,
            KernelScheduling scheduling,
            Endings endings,
            IcmpRelay icmpRelay,
            Fragments fragments,
            Beacons beacons,
            Commits commits) {
        this.in = in;
        this.services = services;
        this.table = table;
        this.groups = groups;
        this.counters = counters;
        this.delivery = delivery;
        this.newConnections = newConnections;
        this.answers = answers;
        this.scheduling = scheduling;
        this.endings = endings;
        this.icmpRelay = icmpRelay;
        this.fragments = fragments;
        this.beacons = beacons;
        this.commits = commits;
    }

    /// Handles one received frame of `from`.
    void handle(Arm from, int slot, long now) {
        in.take(from, slot, now);
        counters.add(Counter.FRAMES_RECEIVED, in.packets());
        switch (in.parsed.kind()) {
            case TCP, UDP -> {
                var _ = transport();
            }
            case ARP -> answers.arp();
            case ICMP -> icmp();
            case FRAGMENT -> fragment();
            case OTHER_PROTOCOL -> counters.add(Counter.DROP_UNSUPPORTED);
            case OTHER_TYPE -> other(from, slot);
            case MALFORMED -> counters.add(Counter.DROP_MALFORMED);
        }
    }

    /// Handles a frame of no connection that came by `from` earlier; its connection may be known now.
    void handleKept(Arm from, int slot, byte[] frame, long now) {
        in.takeKept(from, slot, frame, now);
        var _ = transport();
    }

    /// Sends on what has waited for other directors; after replication has written this turn's changes.
    void sendCommitted(long now) {
        commits.run(now);
    }

    /// When the next frame has waited too long for that.
    long dueAt(long otherwise) {
        return commits.dueAt(otherwise);
    }

    /// Forgets what has waited too long.
    void expire(long now) {
        fragments.expire(now);
    }

    private void other(Arm from, int slot) {
        if (new EthernetView(in.frame, from.port.frame(slot)).type() == BeaconView.TYPE) {
            beacons.heard(in);
        } else {
            counters.add(Counter.DROP_UNSUPPORTED);
        }
    }

    private void icmp() {
        if (IcmpErrors.isError(in.frame, in.parsed)) {
            icmpRelay.error();
        } else {
            answers.icmp();
        }
    }

    private void fragment() {
        if (!fragments.isFirst()) {
            return;
        }
        if (in.parsed.hasPorts()) {
            fragments.decided(transport());
        } else {
            fragments.decided(answers.echoFragment() ? Fragments.ECHO : ConnectionTable.NONE);
        }
    }

    /// @return the flow that the packet went by, or `NONE`
    private int transport() {
        int flow = find();
        if (flow == ConnectionTable.NONE && scheduling.takesOver(in)) {
            flow = find();
        }
        return flow == ConnectionTable.NONE ? newConnections.unknown() : known(flow);
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

    private int known(int flow) {
        int slot = ConnectionTable.slot(flow);
        int direction = ConnectionTable.direction(flow);
        if (!groups.served(table.group(slot))) {
            counters.add(Counter.DROP_CLOSED);
            return ConnectionTable.NONE;
        }
        if (direction == TO_SERVER && groups.isHearsay(table.group(slot), slot)) {
            return newConnections.unknown(); // Its new holder knows better.
        }
        if (direction == TO_SERVER && (reuses(slot) || moves(slot))) {
            table.remove(slot, in.now);
            return newConnections.unknown();
        }
        if (commits.takesAnother(slot)) {
            return flow;
        }
        return delivery.deliver(slot, direction) ? flow : ConnectionTable.NONE;
    }

    /// A SYN on a connection that both or one side had ended.
    private boolean reuses(int slot) {
        if (!in.isTcp() || !in.isSyn()) {
            return false;
        }
        var _ = endings.run(in.now);
        boolean reuses = TcpStates.reusable(table.state(slot));
        counters.add(Counter.REUSED, reuses ? 1 : 0);
        return reuses;
    }

    /// What can move without loss when its server is down: a UDP client, or a TCP client that still waits for the first answer and asks again.
    private boolean moves(int slot) {
        boolean asks = !in.isTcp() || (in.isSyn() && table.state(slot) == ConnectionState.SYN_RECV.number());
        var server = services.server(table.server(slot));
        boolean moves = asks && server != null && !server.up;
        counters.add(Counter.RESCHEDULED, moves ? 1 : 0);
        return moves;
    }
}

package hadirector.engine;

import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.conn.TcpStates;
import hadirector.model.ForwardingMethod;
import hadirector.packet.IpHeader;
import hadirector.packet.Ipv6View;
import hadirector.sched.SourceHash;
import java.util.concurrent.TimeUnit;

/// What becomes of a packet that no connection knows: a new connection of a service, or "nothing here". Owner thread.
final class NewConnections {
    /// How long after a takeover a TCP packet without an entry is dropped silently: its entry may have been lost with the old
    /// holder, and the client's retransmission may still find another way. Later it is reset.
    private static final long SETTLING_NANOS = TimeUnit.SECONDS.toNanos(3);

    private static final int TO_SERVER = 0;
    private static final int SCHEDULE_TRIES = 4;

    private final Inbound in;
    private final ServiceTable services;
    private final ConnectionTable table;
    private final Counters counters;
    private final Delivery delivery;
    private final Answers answers;
    private final Guards guards;
    private final Handovers handovers;
    private final Commits commits;

    NewConnections(
            Inbound in,
            ServiceTable services,
            ConnectionTable table,
            Counters counters,
            Delivery delivery,
            Answers answers,
            Guards guards,
            Handovers handovers,
            Commits commits) {
        this.in = in;
        this.services = services;
        this.table = table;
        this.counters = counters;
        this.delivery = delivery;
        this.answers = answers;
        this.guards = guards;
        this.handovers = handovers;
        this.commits = commits;
    }

    /// Handles the TCP or UDP packet at hand, for which the table has no connection.
    ///
    /// @return the flow of the connection that it began, or `NONE`
    int unknown() {
        var parsed = in.parsed;
        var floating = services.addresses().find(parsed.destinationHigh(), parsed.destinationLow());
        if (floating == null) {
            counters.add(Counter.FRAMES_FOREIGN);
            return ConnectionTable.NONE;
        }
        if (handovers.take(floating.group())) {
            return ConnectionTable.NONE;
        }
        var service =
                services.find(
                        parsed.protocol(), parsed.destinationHigh(), parsed.destinationLow(), parsed.destinationPort());
        if (service == null) {
            answers.refuse();
        } else if (!IpHeader.isHost(parsed.sourceHigh(), parsed.sourceLow())) {
            counters.add(Counter.DROP_MALFORMED); // No realserver could answer it.
        } else if (!service.clients.lets(parsed.sourceHigh(), parsed.sourceLow())) {
            counters.add(Counter.DROP_DENIED);
        } else if (in.isTcp() && !in.isSyn()) {
            stray(floating.group());
        } else if (!delivery.isSpent()) {
            return schedule(service);
        }
        return ConnectionTable.NONE;
    }

    private void stray(GroupState group) {
        if (in.now - group.openedAt < SETTLING_NANOS) {
            counters.add(Counter.DROP_NO_ENTRY);
        } else {
            answers.refuse();
        }
    }

    private int schedule(ServiceState service) {
        if (in.isTcp()) {
            guards.makeRoom(service, in.now);
        }
        var state = in.isTcp() ? ConnectionState.NONE : ConnectionState.UDP;
        int flowHash = SourceHash.of(in.parsed.sourceHigh(), in.parsed.sourceLow());
        for (int tries = 0; tries < SCHEDULE_TRIES; tries++) {
            var server = service.schedule(flowHash + tries);
            if (server == null) {
                counters.add(Counter.DROP_NO_REALSERVER);
                answers.refuse();
                return ConnectionTable.NONE;
            }
            if (isBeyondScope(server)) {
                counters.add(Counter.DROP_SCOPE);
                return ConnectionTable.NONE;
            }
            int slot = server.insert(table, in.parsed.sourceHigh(), in.parsed.sourceLow(), in.parsed.sourcePort(), state, in.now);
            if (slot >= 0) {
                return begin(slot, server);
            }
            if (slot == ConnectionTable.FULL) {
                counters.add(Counter.DROP_TABLE_FULL);
                return ConnectionTable.NONE;
            }
            dropEndedHolderOfReply(server);
        }
        counters.add(Counter.DROP_COLLISION);
        return ConnectionTable.NONE;
    }

    /// No router carries a link-local address to another link (RFC 4291 2.5.6), and a server there would answer a neighbour of its own.
    private boolean isBeyondScope(ServerState server) {
        return in.parsed.isV6()
                && Ipv6View.isLinkLocal(in.parsed.sourceHigh())
                && server.config.method() != ForwardingMethod.DIRECT_ROUTING;
    }

    private int begin(int slot, ServerState server) {
        if (commits.takesFirst(server.service, slot) || delivery.deliver(slot, TO_SERVER)) {
            server.scheduled++;
            if (in.isTcp()) {
                guards.begun(server.service, slot);
            }
            return ConnectionTable.flow(slot, TO_SERVER);
        }
        table.remove(slot, in.now);
        return ConnectionTable.NONE;
    }

    /// The same client port at the same realserver, by way of another VIP: it must make room if it has ended.
    private void dropEndedHolderOfReply(ServerState server) {
        var parsed = in.parsed;
        int other =
                table.findReply(
                        parsed.protocol(),
                        server.hop.address.high(),
                        server.hop.address.low(),
                        server.endpoint.port(),
                        parsed.sourceHigh(),
                        parsed.sourceLow(),
                        parsed.sourcePort());
        if (other != ConnectionTable.NONE && in.isTcp() && TcpStates.reusable(table.state(other))) {
            table.remove(other, in.now);
            counters.add(Counter.REUSED);
        }
    }
}

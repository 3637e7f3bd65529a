package hadirector.engine;

import hadirector.afpacket.PacketPort;
import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.conn.Groups;
import hadirector.conn.TcpStates;
import hadirector.forward.ArpAnswers;
import hadirector.forward.FlowRecords;
import hadirector.forward.IcmpAnswers;
import hadirector.forward.Rewrite;
import hadirector.forward.TcpAnswers;
import hadirector.model.ForwardingMethod;
import hadirector.packet.Icmp4View;
import hadirector.packet.ParsedFrame;
import hadirector.packet.TcpView;
import hadirector.sched.SourceHash;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// What becomes of each frame that the program punted: answered, forwarded or dropped, and counted. Owner thread; allocates
/// nothing for a packet of a known connection, nor for one that starts it.
final class FrameHandler {
    /// How long after a takeover a TCP packet without an entry is dropped silently: its entry may have been lost with the old
    /// holder, and the client's retransmission may still find another way. Later it is reset.
    private static final long SETTLING_NANOS = TimeUnit.SECONDS.toNanos(3);

    private static final int NAT = ForwardingMethod.NAT.number();
    private static final int TO_SERVER = 0;
    private static final int TO_CLIENT = 1;
    private static final int SCHEDULE_TRIES = 4;

    private final ParsedFrame parsed = new ParsedFrame();
    private final ServiceTable services;
    private final ConnectionTable table;
    private final Groups groups;
    private final Routes routes;
    private final Arms arms;
    private final Counters counters;
    private final Consumer<EngineEvent> events;

    @SuppressWarnings("NullAway.Init") // Set by handle() before anything reads them.
    private Arm arm;

    @SuppressWarnings("NullAway.Init")
    private PacketPort port;

    private int frameIndex;
    private MemorySegment frame = MemorySegment.NULL;
    private boolean partial;
    private long now;

    FrameHandler(
            ServiceTable services,
            ConnectionTable table,
            Groups groups,
            Routes routes,
            Arms arms,
            Counters counters,
            Consumer<EngineEvent> events) {
        this.services = services;
        this.table = table;
        this.groups = groups;
        this.routes = routes;
        this.arms = arms;
        this.counters = counters;
        this.events = events;
    }

    /// Handles one received frame of `from`.
    void handle(Arm from, int slot, long nowNanos) {
        arm = from;
        port = from.port;
        frameIndex = slot;
        frame = port.memory();
        partial = port.needsChecksum(slot);
        now = nowNanos;
        counters.add(Counter.FRAMES_RECEIVED, port.wirePackets(slot));
        parsed.parse(frame, port.frame(slot), port.length(slot));
        if (parsed.isV6()) {
            counters.add(Counter.DROP_UNSUPPORTED);
            return;
        }
        switch (parsed.kind()) {
            case TCP, UDP -> transport();
            case ARP -> arp();
            case ICMP -> icmp();
            case FRAGMENT -> counters.add(Counter.DROP_FRAGMENT);
            case OTHER_PROTOCOL, OTHER_TYPE -> counters.add(Counter.DROP_UNSUPPORTED);
            case MALFORMED -> counters.add(Counter.DROP_MALFORMED);
        }
    }

    private void arp() {
        var floating = services.addresses().find(parsed.destination());
        if (floating == null || !floating.group().open || !floating.vip().interfaceName().equals(port.name())) {
            counters.add(Counter.DROP_CLOSED);
            return;
        }
        if (ArpAnswers.isConflict(frame, parsed.l3(), floating.address(), arm.mac)) {
            counters.add(Counter.ARP_CONFLICTS);
        }
        int made = port.make();
        if (made >= 0) {
            answer(made, ArpAnswers.reply(frame, parsed.l3(), arm.mac, frame, port.frame(made)));
        }
    }

    private void icmp() {
        if (!services.isHeld(parsed.destination())) {
            counters.add(Counter.DROP_CLOSED);
        } else if (new Icmp4View(frame, parsed.l4()).type() != Icmp4View.ECHO) {
            counters.add(Counter.DROP_UNSUPPORTED);
        } else if (IcmpAnswers.echoReply(frame, parsed) == 0) {
            counters.add(Counter.DROP_MALFORMED);
        } else {
            counters.add(Counter.FRAMES_ANSWERED);
            port.send(port, frameIndex);
        }
    }

    private void transport() {
        int slot =
                table.find(
                        parsed.protocol(),
                        parsed.source(),
                        parsed.sourcePort(),
                        parsed.destination(),
                        parsed.destinationPort());
        if (slot != ConnectionTable.NONE) {
            known(slot);
            return;
        }
        slot =
                table.findReply(
                        parsed.protocol(),
                        parsed.source(),
                        parsed.sourcePort(),
                        parsed.destination(),
                        parsed.destinationPort());
        if (slot != ConnectionTable.NONE) {
            reply(slot);
        } else {
            unknown();
        }
    }

    /// A packet of a client on a connection that is in the table.
    private void known(int slot) {
        if (!groups.held(table.group(slot))) {
            counters.add(Counter.DROP_CLOSED);
            return;
        }
        if (startsAnew(slot)) {
            table.remove(slot, now);
            counters.add(Counter.REUSED);
            unknown();
            return;
        }
        int direction = table.method(slot) == NAT ? TcpStates.INPUT : TcpStates.INPUT_ONLY;
        if (forward(slot, TO_SERVER)) {
            touch(slot, direction);
        }
    }

    /// A SYN on a connection that both or one side had ended; or what moves without loss when its server is down.
    private boolean startsAnew(int slot) {
        int state = table.state(slot);
        if (isTcp() && (!isSyn() || TcpStates.reusable(state))) {
            return isSyn();
        }
        var server = services.server(table.server(slot));
        boolean movable = !isTcp() || state == ConnectionState.SYN_RECV.number();
        return movable && server != null && !server.up;
    }

    /// A packet of a realserver to a client, on a NAT connection.
    private void reply(int slot) {
        if (!groups.held(table.group(slot))) {
            counters.add(Counter.DROP_CLOSED);
        } else if (forward(slot, TO_CLIENT)) {
            touch(slot, TcpStates.OUTPUT);
        }
    }

    private void touch(int slot, int direction) {
        int state = table.state(slot);
        if (isTcp()) {
            state = TcpStates.next(direction, parsed.tcpFlags(), state);
            table.state(slot, state);
        }
        table.deadline(slot, now + timeout(slot, state));
    }

    private long timeout(int slot, int state) {
        var service = services.service(table.service(slot));
        return service == null ? TimeUnit.MINUTES.toNanos(1) : service.timeouts.nanos(state);
    }

    /// Rewrites the frame by the connection's record and queues it.
    private boolean forward(int slot, int direction) {
        if (!Rewrite.mayForward(parsed)) {
            counters.add(Counter.DROP_TTL);
            return false;
        }
        var records = table.records(slot);
        long record = table.recordAt(slot, direction);
        if (direction == TO_SERVER) {
            routes.learnClient(table, slot, arm, frame, parsed.start());
        }
        if (FlowRecords.ifindex(records, record) == 0 && !routes.resolve(table, slot, direction)) {
            counters.add(Counter.DROP_UNRESOLVED);
            return false;
        }
        var out = arms.byIndex(FlowRecords.ifindex(records, record));
        if (out == null) {
            counters.add(Counter.DROP_UNRESOLVED);
            return false;
        }
        int packets = port.wirePackets(frameIndex);
        Rewrite.apply(records, record, frame, parsed, partial);
        FlowRecords.count(records, record, packets, parsed.ipLength(), (int) (now >>> Routes.LAST_SEEN_BITS));
        port.length(frameIndex, parsed.frameLength());
        out.port.send(port, frameIndex);
        count(slot, direction, packets);
        return true;
    }

    private void count(int slot, int direction, int packets) {
        counters.add(Counter.FRAMES_FORWARDED, packets);
        var server = services.server(table.server(slot));
        if (server == null) {
            return;
        }
        if (direction == TO_SERVER) {
            server.packetsIn += packets;
            server.bytesIn += parsed.ipLength();
        } else {
            server.packetsOut += packets;
            server.bytesOut += parsed.ipLength();
        }
        noteFirst(server.service.group);
    }

    private void noteFirst(GroupState group) {
        if (!group.forwardedSinceOpen) {
            group.forwardedSinceOpen = true;
            events.accept(new EngineEvent.FirstForwarded(group.name, group.epoch, System.nanoTime()));
        }
    }

    /// A packet of no connection.
    private void unknown() {
        var floating = services.addresses().find(parsed.destination());
        if (floating == null || !floating.group().open) {
            counters.add(Counter.DROP_CLOSED);
            return;
        }
        var service = services.find(parsed.protocol(), parsed.destination(), parsed.destinationPort());
        if (service == null) {
            refuse();
        } else if (isTcp() && !isSyn()) {
            stray(floating.group());
        } else {
            schedule(service);
        }
    }

    private void stray(GroupState group) {
        if (now - group.openedAt < SETTLING_NANOS) {
            counters.add(Counter.DROP_NO_ENTRY);
        } else {
            refuse();
        }
    }

    /// "Nothing here": a reset for TCP, port unreachable for UDP.
    private void refuse() {
        int made = port.make();
        if (made < 0) {
            return;
        }
        if (isTcp()) {
            counters.add(Counter.RESETS_SENT);
            answer(made, TcpAnswers.reset(frame, parsed, partial, frame, port.frame(made)));
        } else {
            answer(made, IcmpAnswers.portUnreachable(frame, parsed, partial, frame, port.frame(made)));
        }
    }

    /// Sends a frame that was made into the slot; a length of 0 is "no answer".
    private void answer(int made, int length) {
        if (length > 0) {
            port.length(made, length);
            port.send(port, made);
            counters.add(Counter.FRAMES_ANSWERED);
        }
    }

    private void schedule(ServiceState service) {
        int flowHash = SourceHash.of(parsed.source());
        for (int tries = 0; tries < SCHEDULE_TRIES; tries++) {
            var server = service.schedule(flowHash + tries);
            if (server == null) {
                counters.add(Counter.DROP_NO_REALSERVER);
                return;
            }
            int slot = insert(service, server);
            if (slot >= 0) {
                if (forward(slot, TO_SERVER)) {
                    server.scheduled++;
                    touch(slot, table.method(slot) == NAT ? TcpStates.INPUT : TcpStates.INPUT_ONLY);
                } else {
                    table.remove(slot, now);
                }
                return;
            }
            if (slot == ConnectionTable.FULL) {
                counters.add(Counter.DROP_TABLE_FULL);
                return;
            }
            dropEndedHolderOfReply(server);
        }
        counters.add(Counter.DROP_COLLISION);
    }

    private int insert(ServiceState service, ServerState server) {
        int state = (isTcp() ? ConnectionState.NONE : ConnectionState.UDP).number();
        return table.insert(
                parsed.protocol(),
                parsed.source(),
                parsed.sourcePort(),
                parsed.destination(),
                parsed.destinationPort(),
                server.hop.address,
                server.endpoint.port(),
                server.config.method().number(),
                state,
                service.id,
                server.id,
                service.groupIndex,
                now + service.timeouts.nanos(state),
                now);
    }

    /// The same client port at the same realserver, by way of another VIP: it must make room if it has ended.
    private void dropEndedHolderOfReply(ServerState server) {
        int other =
                table.findReply(
                        parsed.protocol(),
                        server.hop.address,
                        server.endpoint.port(),
                        parsed.source(),
                        parsed.sourcePort());
        if (other != ConnectionTable.NONE && isTcp() && TcpStates.reusable(table.state(other))) {
            table.remove(other, now);
            counters.add(Counter.REUSED);
        }
    }

    private boolean isTcp() {
        return parsed.protocol() == 6;
    }

    private boolean isSyn() {
        return (parsed.tcpFlags() & (TcpView.SYN | TcpView.ACK | TcpView.RST | TcpView.FIN)) == TcpView.SYN;
    }
}

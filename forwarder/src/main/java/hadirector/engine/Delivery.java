package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.FlowRecord;
import hadirector.forward.FlowRecords;
import hadirector.forward.Fragmentation;
import hadirector.forward.IcmpErrors;
import hadirector.forward.MssClamp;
import hadirector.forward.Rewrite;
import hadirector.packet.FrameKind;
import hadirector.packet.IcmpQuote;
import hadirector.packet.TcpView;

/// Brings the frame at hand on its way by the record of its connection, and the connection up to date with it. Owner thread.
final class Delivery {
    private static final int TO_SERVER = 0;

    private final Inbound in;
    private final ServiceTable services;
    private final ConnectionTable table;
    private final Records records;
    private final Progress progress;
    private final Counters counters;
    private final FirstFrames firstFrames;
    private final Tunnelling tunnelling;
    private final ErrorAnswers errors;
    private final Pieces pieces;

    Delivery(
            Inbound in,
            ServiceTable services,
            ConnectionTable table,
            Records records,
            Progress progress,
            Counters counters,
            FirstFrames firstFrames,
            Tunnelling tunnelling,
            ErrorAnswers errors,
            Pieces pieces) {
        this.in = in;
        this.services = services;
        this.table = table;
        this.records = records;
        this.progress = progress;
        this.counters = counters;
        this.firstFrames = firstFrames;
        this.tunnelling = tunnelling;
        this.errors = errors;
        this.pieces = pieces;
    }

    /// Rewrites the frame, a packet or fragment of the connection at `slot`, and queues it; then state and deadline follow it.
    ///
    /// @param direction 0 client to realserver, 1 realserver to client
    /// @return false if it was dropped, and counted
    boolean deliver(int slot, int direction) {
        if (isSpent()) {
            return false;
        }
        if (direction == TO_SERVER) {
            records.learnClient(slot, in);
        }
        var out = records.way(slot, direction, in.arm);
        if (out == null) {
            counters.add(Counter.DROP_UNRESOLVED);
            return false;
        }
        int mtu = FlowRecords.mtu(table.records(slot), table.recordAt(slot, direction));
        boolean tooLong = mtu != 0 && in.packetLength() > mtu;
        if (tooLong && !Fragmentation.isAllowed(in.frame, in.parsed)) {
            counters.add(Counter.DROP_TOO_BIG);
            errors.tooBig(mtu);
            return false;
        }
        clampMss(slot);
        account(slot, direction);
        return tooLong ? sendPieces(slot, direction, out, mtu) : send(slot, direction, out);
    }

    /// Whether the packet's TTL is used up: then it is dropped and its sender told.
    boolean isSpent() {
        if (Rewrite.mayForward(in.parsed)) {
            return false;
        }
        counters.add(Counter.DROP_TTL);
        errors.timeExceeded();
        return true;
    }

    /// Carries an ICMP error to the side that sent what it quotes. It keeps no connection alive, and teaches no way to the client.
    ///
    /// @param direction in which the quoted packet would be answered
    void deliverError(int slot, int direction, IcmpQuote quote) {
        if (isSpent()) {
            return;
        }
        var out = records.way(slot, direction, in.arm);
        if (out == null) {
            counters.add(Counter.DROP_UNRESOLVED);
            return;
        }
        var memory = table.records(slot);
        long record = table.recordAt(slot, direction);
        int mtu = FlowRecords.mtu(memory, record);
        if (mtu != 0 && in.packetLength() > mtu) {
            counters.add(Counter.DROP_TOO_BIG);
            return;
        }
        int flags = FlowRecords.flags(memory, record);
        if ((flags & FlowRecord.TUNNELLED) == 0) {
            IcmpErrors.apply(memory, record, in.frame, in.parsed, quote, in.partial);
            queue(out, flags);
        } else if (!tunnelling.send(slot, record, out)) {
            counters.add(Counter.DROP_UNRESOLVED);
            return;
        }
        counters.add(Counter.ICMP_ERRORS_FORWARDED);
        counters.add(Counter.FRAMES_FORWARDED);
    }

    /// As fragments, each on its own; they are smaller than what they were made from, so nothing else about them is different.
    private boolean sendPieces(int slot, int direction, Arm out, int mtu) {
        boolean sent = true;
        pieces.begin(mtu);
        while (sent && pieces.next()) {
            sent = send(slot, direction, out);
        }
        return sent;
    }

    private boolean send(int slot, int direction, Arm out) {
        var memory = table.records(slot);
        long record = table.recordAt(slot, direction);
        int flags = FlowRecords.flags(memory, record);
        if ((flags & FlowRecord.TUNNELLED) == 0) {
            Rewrite.apply(memory, record, in.frame, in.parsed, in.partial);
            queue(out, flags);
            return true;
        }
        boolean sent = tunnelling.send(slot, record, out);
        if (!sent) {
            counters.add(Counter.DROP_UNRESOLVED);
        }
        return sent;
    }

    private void queue(Arm out, int flags) {
        if ((flags & FlowRecord.LOCAL) == 0) {
            out.port.send(in.port, in.index);
        } else {
            out.port.sendToHost(in.port, in.index);
        }
    }

    private void clampMss(int slot) {
        if (in.parsed.kind() == FrameKind.TCP && (in.parsed.tcpFlags() & TcpView.SYN) != 0) {
            var service = services.service(table.service(slot));
            int mss = service == null ? 0 : service.config.options().mssClamp().orElse(0);
            if (MssClamp.apply(in.frame, in.parsed, in.partial, mss)) {
                counters.add(Counter.MSS_CLAMPED);
            }
        }
    }

    /// Of a later fragment no more is known than that it came.
    private void account(int slot, int direction) {
        FlowRecords.touch(table.records(slot), table.recordAt(slot, direction), FlowRecord.time(in.now));
        count(slot, direction, in.packets());
        if (in.parsed.kind() == FrameKind.FRAGMENT) {
            counters.add(Counter.FRAGMENTS_FORWARDED);
        }
        if (in.parsed.hasPorts()) {
            follow(slot, direction);
        }
    }

    private void follow(int slot, int direction) {
        if (in.isTcp()) {
            progress.segment(slot, direction, in.parsed.tcpFlags(), in.now);
        } else {
            progress.datagram(slot, in.now);
        }
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

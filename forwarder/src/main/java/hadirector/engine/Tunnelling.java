package hadirector.engine;

import hadirector.afpacket.PacketPort;
import hadirector.conn.ConnectionTable;
import hadirector.forward.Encapsulation;
import hadirector.forward.FlowRecords;
import hadirector.forward.Segments;
import hadirector.forward.Tunnels;
import hadirector.packet.EthernetView;
import hadirector.packet.FrameKind;
import java.lang.foreign.MemorySegment;

/// Sends the packet at hand through the tunnel of its connection's realserver. A super-frame goes as the packets of the wire that it
/// stands for: no offload could be told to cut what is inside a tunnel. Owner thread; allocates nothing.
final class Tunnelling {
    private final Inbound in;
    private final ConnectionTable table;
    private final TunnelTable tunnels;
    private final Segments segments = new Segments();

    Tunnelling(Inbound in, ConnectionTable table, TunnelTable tunnels) {
        this.in = in;
        this.table = table;
        this.tunnels = tunnels;
    }

    /// Wraps the packet, any with an IP header, and queues what comes of it.
    ///
    /// @param slot of its connection
    /// @param record of its direction, tunnelled, its next hop resolved
    /// @return false if the realserver has no outer header yet, or the packet's headers are too long
    boolean send(int slot, long record, Arm out) {
        var records = table.records(slot);
        long template = tunnels.at(FlowRecords.tunnel(records, record));
        int outer = Tunnels.headerLength(tunnels.memory(), template);
        if (outer == 0) {
            return false;
        }
        int size = in.port.segmentSize(in.index);
        if (size != 0) {
            return cut(records, record, template, size, table.flowHash(slot), out.port);
        }
        int length = in.parsed.frameLength() + outer;
        int grown =
                Encapsulation.apply(
                        records, record, tunnels.memory(), template, in.frame, in.parsed, in.partial, table.flowHash(slot));
        in.port.prepend(in.index, grown);
        in.port.length(in.index, length);
        out.port.send(in.port, in.index);
        return true;
    }

    private boolean cut(MemorySegment records, long record, long template, int size, int flowHash, PacketPort out) {
        if (in.parsed.kind() != FrameKind.TCP && in.parsed.kind() != FrameKind.UDP) {
            return false;
        }
        segments.begin(in.frame, in.parsed, size, in.partial);
        int before = EthernetView.LENGTH + Tunnels.headerLength(tunnels.memory(), template);
        int headers = before + segments.headersLength();
        if (headers > PacketPort.MADE_LENGTH_MAX) {
            return false;
        }
        Encapsulation.step(in.frame, in.parsed);
        while (segments.hasNext()) {
            int made = make(out);
            long at = out.frame(made);
            int payload = segments.next(out.memory(), at + before);
            wrap(records, record, template, out.memory(), at, before, segments.headersLength() + payload, flowHash);
            out.length(made, headers);
            out.send(made, in.port, segments.payloadAt(), payload);
        }
        return true;
    }

    private void wrap(
            MemorySegment records,
            long record,
            long template,
            MemorySegment to,
            long at,
            int before,
            int innerLength,
            int flowHash) {
        long inner = at + before;
        Encapsulation.header(
                tunnels.memory(), template, to, at + EthernetView.LENGTH, to, inner, innerLength, flowHash);
        Encapsulation.ethernet(records, record, tunnels.memory(), template, to, at);
    }

    /// A slot; if all wait to be sent, they are sent now.
    private static int make(PacketPort out) {
        int made = out.make();
        if (made < 0) {
            out.flush();
            made = out.make();
        }
        return made;
    }
}

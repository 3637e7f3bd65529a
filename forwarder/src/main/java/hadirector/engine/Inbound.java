package hadirector.engine;

import hadirector.afpacket.PacketPort;
import hadirector.packet.Ipv4View;
import hadirector.packet.ParsedFrame;
import hadirector.packet.TcpView;
import hadirector.packet.UdpView;
import java.lang.foreign.MemorySegment;

/// The received frame that is being handled, and what there is to know of it. One object, taken anew for each frame, that all who
/// decide about frames share. Owner thread.
final class Inbound {
    final ParsedFrame parsed = new ParsedFrame();

    @SuppressWarnings("NullAway.Init") // Set by take() before anything reads them.
    Arm arm;

    @SuppressWarnings("NullAway.Init")
    PacketPort port;

    /// The port's slot that holds it.
    int index;

    MemorySegment frame = MemorySegment.NULL;

    /// The transport checksum holds only the pseudo-header's sum.
    boolean partial;

    long now;

    /// Takes a received frame of `from`, and parses it.
    void take(Arm from, int slot, long nowNanos) {
        arm = from;
        port = from.port;
        index = slot;
        frame = port.memory();
        partial = port.needsChecksum(slot);
        now = nowNanos;
        var _ = parsed.parse(frame, port.frame(slot), port.length(slot));
    }

    /// Takes a copy of a frame that came earlier by the same port, put into a slot of the port's own.
    void takeCopy(int slot, MemorySegment memory, long at, int length) {
        MemorySegment.copy(memory, at, frame, port.frame(slot), length);
        takeMade(slot, length);
    }

    /// Takes a frame that came by `from` earlier and was kept, in a slot of the port's own.
    void takeKept(Arm from, int slot, byte[] kept, long nowNanos) {
        takeKept(from, slot, MemorySegment.ofArray(kept), 0, kept.length, nowNanos);
    }

    /// The same, kept in memory that holds others too.
    void takeKept(Arm from, int slot, MemorySegment memory, long at, int length, long nowNanos) {
        arm = from;
        port = from.port;
        frame = port.memory();
        now = nowNanos;
        takeCopy(slot, memory, at, length);
    }

    /// Takes a frame that was made in a slot of the port's own.
    void takeMade(int slot, int length) {
        index = slot;
        partial = false;
        port.length(slot, length);
        var _ = parsed.parse(frame, port.frame(slot), length);
    }

    /// Bytes of the longest IP packet that it stands for.
    int packetLength() {
        int segment = port.segmentSize(index);
        if (segment == 0) {
            return parsed.ipLength();
        }
        int transport = isTcp() ? new TcpView(frame, parsed.l4()).headerLength() : UdpView.LENGTH;
        return Math.min(parsed.ipLength(), (int) (parsed.l4() - parsed.l3()) + transport + segment);
    }

    /// How many packets of the wire it stands for.
    int packets() {
        return port.wirePackets(index);
    }

    boolean isTcp() {
        return parsed.protocol() == Ipv4View.TCP;
    }

    /// The first segment of a connection.
    boolean isSyn() {
        return (parsed.tcpFlags() & (TcpView.SYN | TcpView.ACK | TcpView.RST | TcpView.FIN)) == TcpView.SYN;
    }
}

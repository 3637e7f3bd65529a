package hadirector.engine;

import hadirector.afpacket.PacketPort;
import hadirector.forward.Fragmentation;
import hadirector.forward.Segments;
import hadirector.packet.EthernetView;
import hadirector.packet.FrameKind;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Cuts the frame at hand, which is too long for its way and may be cut, before anything else is done to it: each piece then is the frame at
/// hand in its turn, and is rewritten or tunnelled as any. A packet becomes fragments; a super-frame the packets that it stands for, of TCP
/// in smaller segments that need not be cut again. Owner thread.
final class Pieces {
    private static final int SCRATCH_LENGTH = 66 << 10;

    private final Inbound in;
    private final Arms arms;
    private final Counters counters;
    private final Segments segments = new Segments();
    private final ParsedFrame whole = new ParsedFrame();
    private final MemorySegment scratch = Arena.ofAuto().allocate(SCRATCH_LENGTH, Long.BYTES);
    private MemorySegment frame = MemorySegment.NULL;
    private long start;
    private boolean segmented;
    private int mtu;
    private int piece;
    private int count;

    Pieces(Inbound in, Arms arms, Counters counters) {
        this.in = in;
        this.arms = arms;
        this.counters = counters;
    }

    /// Begins with the frame at hand, for which [Fragmentation#isAllowed] holds.
    void begin(int fittingMtu) {
        mtu = Math.min(fittingMtu, PacketPort.MADE_LENGTH_MAX - EthernetView.LENGTH);
        int segment = in.port.segmentSize(in.index);
        segmented = segment != 0;
        piece = 0;
        count = 0;
        frame = in.frame;
        start = in.parsed.start();
        if (segmented) {
            beginSegments(segment);
            return;
        }
        if (in.partial) {
            Fragmentation.completeChecksum(frame, in.parsed);
        }
        MemorySegment.copy(frame, start, scratch, 0, in.parsed.frameLength());
        beginFragments(in.parsed.frameLength());
    }

    private void beginSegments(int size) {
        segments.begin(frame, in.parsed, size, in.partial);
        int room = mtu - segments.headersLength();
        if (in.parsed.kind() == FrameKind.TCP && room > 0) {
            segments.begin(frame, in.parsed, Math.min(size, room), in.partial);
        }
    }

    private void beginFragments(int length) {
        var _ = whole.parse(scratch, 0, length);
        piece = 0;
        count = Fragmentation.pieces(scratch, whole, mtu);
        counters.add(Counter.FRAGMENTS_MADE, count);
    }

    /// Makes the next piece the frame at hand; false if there is none.
    boolean next() {
        if (piece == count && segmented && segments.hasNext()) {
            int length = nextSegment();
            if (length - EthernetView.LENGTH <= mtu) {
                in.takeCopy(arms.make(in.port), scratch, 0, length);
                return true;
            }
            beginFragments(length);
        }
        if (piece == count) {
            return false;
        }
        int made = arms.make(in.port);
        in.takeMade(made, Fragmentation.write(scratch, whole, mtu, piece++, in.port.memory(), in.port.frame(made)));
        return true;
    }

    private int nextSegment() {
        MemorySegment.copy(frame, start, scratch, 0, EthernetView.LENGTH);
        int payload = segments.next(scratch, EthernetView.LENGTH);
        int headers = EthernetView.LENGTH + segments.headersLength();
        MemorySegment.copy(frame, segments.payloadAt(), scratch, headers, payload);
        return headers + payload;
    }
}

package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.FlowRecord;
import hadirector.packet.FrameChecksums;
import hadirector.packet.FrameKind;
import hadirector.packet.IcmpQuote;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;

/// As [FrameProperties], for ICMP errors, fragments, cutting and the segment size option: whatever the bytes, nothing throws, nothing outside
/// the frame is written, right checksums stay right, and no fragment is lost uncounted.
final class PathProperties {
    private static final int AT = Guarded.AT;
    private static final long VIP = 0xc000020aL;
    private static final long RIP = 0x0a01000bL;
    private static final long MAPPED = 0xffff_0000_0000L;
    private static final long DOCUMENTATION = 0x2001_0db8_0000_0000L;
    private static final int[] MTUS = {68, 576, 1280, 1500};

    private final byte[] in;
    private final boolean partial;
    private final ParsedFrame parsed = new ParsedFrame();
    private final MemorySegment records = MemorySegment.ofArray(new byte[FlowRecord.LENGTH]);
    private Guarded guarded = Guarded.room(0);
    private MemorySegment frame = MemorySegment.NULL;

    private PathProperties(byte[] in, boolean partial) {
        this.in = in;
        this.partial = partial;
    }

    static void check(byte[] in, boolean partial) {
        var properties = new PathProperties(in, partial);
        properties.checkErrors();
        properties.checkCuts();
        properties.checkClamp();
        properties.checkCache();
    }

    private FrameKind start() {
        guarded = Guarded.copyOf(in);
        frame = guarded.memory();
        return parsed.parse(frame, AT, in.length);
    }

    private void checkErrors() {
        start();
        long high = parsed.isV6() ? DOCUMENTATION : 0;
        long prefix = parsed.isV6() ? 0 : MAPPED;
        FlowRecords.toRealServer(records, 0, high, prefix | VIP, 80, high, prefix | RIP, 8080);
        checkError();
        FlowRecords.toClient(records, 0, high, prefix | RIP, 8080, high, prefix | VIP, 80);
        checkError();
        FlowRecords.direct(records, 0);
        checkError();
    }

    private void checkError() {
        start();
        if (!IcmpErrors.isError(frame, parsed) || !Rewrite.mayForward(parsed)) {
            return;
        }
        var quote = new IcmpQuote();
        boolean right = FrameChecksums.areValid(frame, parsed, partial);
        if (quote.parse(frame, parsed) == IcmpQuote.Kind.TRANSPORT) {
            IcmpErrors.apply(records, 0, frame, parsed, quote, partial);
            guarded.checkOutside(in.length);
            assertThat(parsed.parse(frame, AT, in.length)).isEqualTo(FrameKind.ICMP);
            assertThat(FrameChecksums.areValid(frame, parsed, partial)).isEqualTo(right);
        }
    }

    private void checkCuts() {
        boolean ip = switch (start()) {
            case TCP, UDP, FRAGMENT, ICMP, OTHER_PROTOCOL -> true;
            case ARP, OTHER_TYPE, MALFORMED -> false;
        };
        if (ip && Fragmentation.isAllowed(frame, parsed)) {
            for (int mtu : MTUS) {
                if (parsed.ipLength() > mtu) {
                    checkCut(mtu);
                }
            }
            guarded.checkOutside(in.length);
        }
    }

    private void checkCut(int mtu) {
        int data = 0;
        int pieces = Fragmentation.pieces(frame, parsed, mtu);
        var piece = new ParsedFrame();
        for (int i = 0; i < pieces; i++) {
            var room = Guarded.room(14 + mtu);
            var to = room.memory();
            int length = Fragmentation.write(frame, parsed, mtu, i, to, AT);
            room.checkOutside(length);
            boolean beyond = parsed.fragmentOffset() + parsed.l4Length() > 0xffff;
            if (!beyond) {
                assertThat(piece.parse(to, AT, length)).isEqualTo(FrameKind.FRAGMENT);
                assertThat(piece.fragmentOffset()).isEqualTo((parsed.kind() == FrameKind.FRAGMENT ? parsed.fragmentOffset() : 0) + data);
                assertThat(FrameChecksums.areValid(to, piece, false)).isTrue();
                data += piece.l4Length();
            }
        }
        assertThat(data == 0 || data == parsed.l4Length()).isTrue();
    }

    private void checkClamp() {
        if (start() == FrameKind.TCP) {
            boolean right = FrameChecksums.areValid(frame, parsed, partial);
            MssClamp.apply(frame, parsed, partial, 536);
            guarded.checkOutside(in.length);
            assertThat(FrameChecksums.areValid(frame, parsed, partial)).isEqualTo(right);
        }
    }

    private void checkCache() {
        if (start() != FrameKind.FRAGMENT) {
            return;
        }
        int[] dropped = {0};
        var cache = new FragmentCache(new FragmentCache.Limits(4, 4), 1, (_, count) -> dropped[0] += count);
        int gone = switch (cache.take(frame, parsed, 0)) {
            case DECIDE -> {
                cache.decided(1);
                assertThat(cache.nextHeld()).isEqualTo(FragmentCache.NONE);
                yield 1;
            }
            case FOLLOW -> 1;
            case HELD, DROPPED -> 0;
        };
        cache.expire(FragmentCache.TIMEOUT_NANOS);
        assertThat(gone + dropped[0]).isOne();
        assertThat(cache.size()).isZero();
    }
}

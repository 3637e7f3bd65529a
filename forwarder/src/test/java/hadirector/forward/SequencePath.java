package hadirector.forward;

import hadirector.conn.FlowRecord;
import hadirector.engine.Counter;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Runs a sequence through the pure transforms, as [JavaPath] does a single packet. Frames lie between guard bytes.
final class SequencePath {
    private static final int AT = Guarded.AT;
    private static final long MILLI = 1_000_000;
    private static final long START = 1_000_000_000_000L;

    @SuppressWarnings("ArrayRecordComponent") // Compared byte by byte, never by equals.
    record Result(Map<Counter, Integer> counts, List<byte[]> out) {}

    private static final long NONE = -1;
    private static final long ECHO = -2;

    private final SequenceFixture fixture;
    private final MemorySegment records;
    private final ParsedFrame parsed = new ParsedFrame();
    private final FragmentCache cache =
            new FragmentCache(new FragmentCache.Limits(16, 16), 3, (cause, count) -> count(counter(cause), count));
    private Map<Counter, Integer> counts = new EnumMap<>(Counter.class);
    private List<byte[]> out = new ArrayList<>();
    private MemorySegment frame = MemorySegment.NULL;
    private boolean partial;

    private SequencePath(SequenceFixture fixture) {
        this.fixture = fixture;
        records = MemorySegment.ofArray(new long[fixture.flows().size() * FlowRecord.LENGTH / Long.BYTES]);
        for (int i = 0; i < fixture.flows().size(); i++) {
            long at = (long) i * FlowRecord.LENGTH;
            fixture.flows().get(i).write(records, at);
            FlowRecords.mtu(records, at, fixture.mtu());
        }
    }

    /// What each step does.
    static List<Result> run(SequenceFixture fixture) {
        var path = new SequencePath(fixture);
        var results = new ArrayList<Result>();
        long now = START;
        for (var step : fixture.steps()) {
            now += step.millis() * MILLI;
            path.take(step.in(), step.partial(), now);
            results.add(new Result(path.counts, path.out));
            path.counts = new EnumMap<>(Counter.class);
            path.out = new ArrayList<>();
        }
        return results;
    }

    private static Counter counter(FragmentCache.Cause cause) {
        return switch (cause) {
            case TIMEOUT -> Counter.DROP_FRAGMENT_TIMEOUT;
            case DUPLICATE -> Counter.DROP_FRAGMENT_DUPLICATE;
            case OVERLAP -> Counter.DROP_FRAGMENT_OVERLAP;
            case LIMIT -> Counter.DROP_FRAGMENT_LIMIT;
            case INVALID -> Counter.DROP_FRAGMENT_INVALID;
            case REFUSED -> Counter.DROP_FRAGMENT;
        };
    }

    private void count(Counter counter, int count) {
        counts.merge(counter, count, Integer::sum);
    }

    private void take(byte[] in, boolean isPartial, long now) {
        var guarded = load(in);
        partial = isPartial;
        switch (parsed.parse(frame, AT, in.length)) {
            case TCP, UDP -> whole();
            case FRAGMENT -> fragment(now);
            case MALFORMED -> count(Counter.DROP_MALFORMED, 1);
            case ARP, ICMP, OTHER_PROTOCOL, OTHER_TYPE -> count(Counter.DROP_UNSUPPORTED, 1);
        }
        guarded.checkOutside(in.length);
    }

    private Guarded load(byte[] content) {
        var guarded = Guarded.copyOf(content);
        frame = guarded.memory();
        return guarded;
    }

    private void whole() {
        long record = find();
        if (record < 0) {
            count(Counter.DROP_NO_ENTRY, 1);
        } else {
            forward(record, Counter.FRAMES_FORWARDED);
        }
    }

    private void fragment(long now) {
        switch (cache.take(frame, parsed, now)) {
            case DECIDE -> decide();
            case FOLLOW -> follow(cache.flow());
            case HELD -> count(Counter.FRAGMENTS_HELD, 1);
            case DROPPED -> {}
        }
    }

    private void follow(long way) {
        if (way == ECHO) {
            boolean _ = echo();
        } else {
            forward(way, Counter.FRAGMENTS_FORWARDED);
        }
    }

    /// @return where the others are to follow
    private long first() {
        if (!parsed.hasPorts()) {
            return echo() ? ECHO : NONE;
        }
        long record = find();
        if (record < 0) {
            count(Counter.DROP_NO_ENTRY, 1);
            return NONE;
        }
        return forward(record, Counter.FRAGMENTS_FORWARDED) ? record : NONE;
    }

    private boolean echo() {
        int length = IcmpAnswers.echoFragment(frame, parsed);
        count(length > 0 ? Counter.FRAMES_ANSWERED : Counter.DROP_UNSUPPORTED, 1);
        if (length > 0) {
            leave(frame, AT, length);
        }
        return length > 0;
    }

    private void decide() {
        long way = first();
        if (way == NONE) {
            cache.refused();
            return;
        }
        cache.decided(way);
        for (int held = cache.nextHeld(); held != FragmentCache.NONE; held = cache.nextHeld()) {
            byte[] copy = cache.heldMemory().asSlice(cache.heldAt(held), cache.heldLength(held)).toArray(ValueLayout.JAVA_BYTE);
            var guarded = load(copy);
            parsed.parse(frame, AT, copy.length);
            follow(way);
            guarded.checkOutside(copy.length);
        }
    }

    private long find() {
        for (int i = 0; i < fixture.flows().size(); i++) {
            var flow = fixture.flows().get(i);
            var from = new Endpoint(new IpAddress(parsed.sourceHigh(), parsed.sourceLow()), parsed.sourcePort());
            var to = new Endpoint(new IpAddress(parsed.destinationHigh(), parsed.destinationLow()), parsed.destinationPort());
            if (flow.protocol().number() == parsed.protocol() && flow.from().equals(from) && flow.to().equals(to)) {
                return (long) i * FlowRecord.LENGTH;
            }
        }
        return -1;
    }

    private boolean forward(long record, Counter counter) {
        int mtu = FlowRecords.mtu(records, record);
        boolean tooLong = mtu != 0 && parsed.ipLength() > mtu;
        if (!Rewrite.mayForward(parsed)) {
            count(Counter.DROP_TTL, 1);
            answer(0);
            return false;
        }
        if (tooLong && !Fragmentation.isAllowed(frame, parsed)) {
            count(Counter.DROP_TOO_BIG, 1);
            answer(mtu);
            return false;
        }
        Rewrite.apply(records, record, frame, parsed, partial);
        count(counter, 1);
        if (tooLong) {
            cut(mtu);
        } else {
            leave(frame, AT, parsed.frameLength());
        }
        return true;
    }

    /// @param mtu 0: time exceeded
    private void answer(int mtu) {
        var from = IpAddress.of(parsed.isV6() ? PacketFixture.VIP6 : PacketFixture.VIP);
        byte[] bytes = new byte[IcmpAnswers.ERROR_LENGTH_MAX];
        var to = MemorySegment.ofArray(bytes);
        int length = mtu == 0
                ? IcmpAnswers.timeExceeded(frame, parsed, partial, from.high(), from.low(), to, 0)
                : IcmpAnswers.tooBig(frame, parsed, partial, mtu, from.high(), from.low(), to, 0);
        if (length > 0) {
            count(Counter.ICMP_ERRORS_SENT, 1);
            leave(to, 0, length);
        }
    }

    private void cut(int mtu) {
        if (partial) {
            Fragmentation.completeChecksum(frame, parsed);
        }
        int pieces = Fragmentation.pieces(frame, parsed, mtu);
        for (int piece = 0; piece < pieces; piece++) {
            var guarded = Guarded.room(14 + mtu);
            int length = Fragmentation.write(frame, parsed, mtu, piece, guarded.memory(), AT);
            leave(guarded.memory(), AT, length);
            guarded.checkOutside(length);
        }
        count(Counter.FRAGMENTS_MADE, pieces);
    }

    private void leave(MemorySegment from, long at, int length) {
        out.add(from.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE));
    }
}

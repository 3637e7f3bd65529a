package hadirector.forward;

import hadirector.conn.FlowRecord;
import hadirector.engine.Counter;
import hadirector.model.IpAddress;
import hadirector.packet.FrameBuilder;
import hadirector.packet.IcmpQuote;
import hadirector.packet.NdpView;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Set;

/// Runs a fixture through the pure transforms alone, with the least of an engine around them: a list for a table, no service
/// besides the flows. The frame lies at an odd offset between guard bytes that nothing may touch.
final class JavaPath {
    private static final int AT = 97;
    private static final int GUARD = 64;
    private static final byte GUARD_BYTE = (byte) 0xa5;
    private static final IpAddress VIP = IpAddress.of(PacketFixture.VIP);
    private static final IpAddress VIP6 = IpAddress.of(PacketFixture.VIP6);
    private static final IpAddress GATEWAY6 = IpAddress.of(PacketFixture.GATEWAY6);
    private static final Set<IpAddress> OURS = Set.of(VIP, IpAddress.of(PacketFixture.GATEWAY), VIP6, GATEWAY6);
    static final int NOW = 77;

    @SuppressWarnings("ArrayRecordComponent") // Compared byte by byte, never by equals.
    record Result(Counter verdict, byte[] out, int lastSeen) {}

    private final PacketFixture fixture;
    private final byte[] frameBytes;
    private final MemorySegment frame;
    private final byte[] answerBytes = new byte[AT + IcmpAnswers.ERROR_LENGTH_MAX + GUARD];
    private final MemorySegment answer = MemorySegment.ofArray(answerBytes);
    private final MemorySegment records;
    private final MemorySegment tunnels =
            MemorySegment.ofArray(new byte[(FlowSpec.TUNNEL + 1) * Tunnels.TEMPLATE_LENGTH]);
    private final ParsedFrame parsed = new ParsedFrame();
    private int grown;
    private Counter verdict = Counter.DROP_MALFORMED;
    private byte[] out = {};

    private JavaPath(PacketFixture fixture) {
        this.fixture = fixture;
        frameBytes = guarded(fixture.in());
        frame = MemorySegment.ofArray(frameBytes);
        records = MemorySegment.ofArray(new long[fixture.flows().size() * FlowRecord.LENGTH / Long.BYTES]);
        for (int i = 0; i < fixture.flows().size(); i++) {
            fixture.flows().get(i).write(records, (long) i * FlowRecord.LENGTH);
        }
    }

    static Result run(PacketFixture fixture) {
        var path = new JavaPath(fixture);
        path.take();
        path.checkGuards();
        boolean flow = !fixture.flows().isEmpty();
        return new Result(
                path.verdict,
                path.out,
                flow ? FlowRecords.lastSeen(path.records, 0) : 0);
    }

    private void take() {
        switch (parsed.parse(frame, AT, fixture.in().length)) {
            case TCP, UDP -> forwardOrRefuse();
            case ARP -> answerArp();
            case ICMP -> answerIcmp();
            case FRAGMENT -> verdict = Counter.DROP_FRAGMENT;
            case OTHER_PROTOCOL, OTHER_TYPE -> verdict = Counter.DROP_UNSUPPORTED;
            case MALFORMED -> verdict = Counter.DROP_MALFORMED;
        }
    }

    private void answerArp() {
        boolean ours = OURS.contains(new IpAddress(parsed.destinationHigh(), parsed.destinationLow()));
        int length = ours ? ArpAnswers.reply(frame, parsed.l3(), FrameBuilder.DIRECTOR_MAC, answer, AT) : 0;
        ends(length, answer, Counter.FRAMES_ANSWERED, ours ? Counter.DROP_UNSUPPORTED : Counter.DROP_CLOSED);
    }

    private void answerIcmp() {
        if (IcmpErrors.isError(frame, parsed)) {
            relay();
            return;
        }
        if (!NdpView.isAt(frame, parsed)) {
            ends(IcmpAnswers.echoReply(frame, parsed), frame, Counter.FRAMES_ANSWERED, Counter.DROP_UNSUPPORTED);
            return;
        }
        var asked = NdpView.of(frame, parsed);
        var target = new IpAddress(asked.targetHigh(), asked.targetLow());
        boolean ours = OURS.contains(target);
        int length = ours
                ? NdpAnswers.reply(frame, parsed, FrameBuilder.DIRECTOR_MAC, target.equals(GATEWAY6), answer, AT)
                : 0;
        ends(length, answer, Counter.FRAMES_ANSWERED, ours ? Counter.DROP_UNSUPPORTED : Counter.DROP_CLOSED);
    }

    private void relay() {
        var quote = new IcmpQuote();
        boolean usable = quote.parse(frame, parsed) == IcmpQuote.Kind.TRANSPORT && quote.isForItsSender(parsed);
        for (int i = 0; usable && i < fixture.flows().size(); i++) {
            if (fixture.flows().get(i).answers(quote)) {
                relay(quote, (long) i * FlowRecord.LENGTH);
                return;
            }
        }
        boolean ours = OURS.contains(new IpAddress(parsed.destinationHigh(), parsed.destinationLow()));
        verdict = ours ? Counter.DROP_ICMP_UNMATCHED : Counter.FRAMES_FOREIGN;
    }

    private void relay(IcmpQuote quote, long record) {
        if (!Rewrite.mayForward(parsed)) {
            verdict = Counter.DROP_TTL;
            return;
        }
        IcmpErrors.apply(records, record, frame, parsed, quote, fixture.partial());
        ends(fixture.in().length, frame, Counter.ICMP_ERRORS_FORWARDED, Counter.ICMP_ERRORS_FORWARDED);
    }

    private void forwardOrRefuse() {
        for (int i = 0; i < fixture.flows().size(); i++) {
            if (fixture.flows().get(i).matches(parsed)) {
                forward((long) i * FlowRecord.LENGTH);
                return;
            }
        }
        boolean partial = fixture.partial();
        switch (parsed.kind()) {
            case TCP ->
                ends(TcpAnswers.reset(frame, parsed, partial, answer, AT), answer, Counter.RESETS_SENT, Counter.DROP_NO_ENTRY);
            default ->
                ends(
                        IcmpAnswers.portUnreachable(frame, parsed, partial, answer, AT),
                        answer,
                        Counter.FRAMES_ANSWERED,
                        Counter.DROP_UNSUPPORTED);
        }
    }

    private void forward(long record) {
        if (!Rewrite.mayForward(parsed)) {
            var from = parsed.isV6() ? VIP6 : VIP;
            int length =
                    IcmpAnswers.timeExceeded(frame, parsed, fixture.partial(), from.high(), from.low(), answer, AT);
            ends(length, answer, Counter.DROP_TTL, Counter.DROP_TTL);
            return;
        }
        FlowRecords.touch(records, record, NOW);
        if ((FlowRecords.flags(records, record) & FlowRecord.TUNNELLED) != 0) {
            encapsulate(record);
            return;
        }
        Rewrite.apply(records, record, frame, parsed, fixture.partial());
        ends(fixture.in().length, frame, Counter.FRAMES_FORWARDED, Counter.FRAMES_FORWARDED);
    }

    private void encapsulate(long record) {
        long template = (long) FlowRecords.tunnel(records, record) * Tunnels.TEMPLATE_LENGTH;
        fixture.flows().getFirst().tunnel().orElseThrow().write(tunnels, template, !parsed.isV6());
        grown = Encapsulation.apply(
                records, record, tunnels, template, frame, parsed, fixture.partial(), TunnelSpec.FLOW_HASH);
        verdict = Counter.FRAMES_FORWARDED;
        out = frame.asSlice(AT - grown, parsed.frameLength() + grown).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    private void ends(int length, MemorySegment from, Counter sent, Counter silent) {
        verdict = length > 0 ? sent : silent;
        out = from.asSlice(AT, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    private static byte[] guarded(byte[] content) {
        byte[] bytes = new byte[AT + content.length + GUARD];
        Arrays.fill(bytes, GUARD_BYTE);
        System.arraycopy(content, 0, bytes, AT, content.length);
        return bytes;
    }

    private void checkGuards() {
        for (int i = 0; i < AT; i++) {
            check((i >= AT - grown || frameBytes[i] == GUARD_BYTE) && answerBytes[i] == 0);
        }
        for (int i = 1; i <= GUARD; i++) {
            check(frameBytes[frameBytes.length - i] == GUARD_BYTE && answerBytes[answerBytes.length - i] == 0);
        }
    }

    private void check(boolean untouched) {
        if (!untouched) {
            throw new AssertionError("a byte outside the frame was written: " + fixture.sentence());
        }
    }
}

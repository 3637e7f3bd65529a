package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.FlowRecord;
import hadirector.packet.FrameBuilder;
import hadirector.packet.FrameChecksums;
import hadirector.packet.FrameKind;
import hadirector.packet.NdpView;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What must hold for any bytes whatever: nothing throws, nothing outside the frame is read into a verdict or written,
/// right checksums stay right, and what is made can be parsed.
final class FrameProperties {
    private static final int AT = Guarded.AT;
    private static final int VIP = 0xc000020a;
    private static final int RIP = 0x0a01000b;
    private static final long MAPPED = 0xffff_0000_0000L;

    private final byte[] in;
    private final boolean partial;
    private final ParsedFrame parsed = new ParsedFrame();
    private final MemorySegment records = MemorySegment.ofArray(new byte[FlowRecord.LENGTH]);
    private Guarded guarded = Guarded.room(0);
    private MemorySegment frame = MemorySegment.NULL;
    private Guarded guardedMade = Guarded.room(0);
    private MemorySegment made = MemorySegment.NULL;

    private FrameProperties(byte[] in, boolean partial) {
        this.in = in;
        this.partial = partial;
    }

    static void check(byte[] in, boolean partial) {
        var properties = new FrameProperties(in, partial);
        properties.checkParse();
        properties.checkRewrites();
        properties.checkAnswers();
    }

    /// A fresh copy of the frame between guards, parsed.
    private FrameKind start() {
        guarded = Guarded.copyOf(in);
        frame = guarded.memory();
        makeRoom();
        return parsed.parse(frame, AT, in.length);
    }

    private void makeRoom() {
        guardedMade = Guarded.room(IcmpAnswers.ERROR_LENGTH_MAX);
        made = guardedMade.memory();
    }

    private void checkParse() {
        var tight = new ParsedFrame().parse(MemorySegment.ofArray(in), 0, in.length);
        assertThat(start()).isEqualTo(tight);
    }

    private void checkRewrites() {
        FlowRecords.toRealServer(records, 0, VIP, 80, RIP, 8080);
        checkRewrite(false);
        FlowRecords.toClient(records, 0, RIP, 8080, VIP, 80);
        checkRewrite(false);
        FlowRecords.direct(records, 0);
        checkRewrite(true);
    }

    private void checkRewrite(boolean direct) {
        FrameKind kind = start();
        if (kind != FrameKind.TCP && kind != FrameKind.UDP) {
            return;
        }
        boolean right = FrameChecksums.areValid(frame, parsed, partial);
        if (!direct) {
            makeFieldsWhatTheRecordSays();
        }
        Rewrite.apply(records, 0, frame, parsed, partial);
        guarded.checkOutside(in.length);
        assertThat(parsed.parse(frame, AT, in.length)).isEqualTo(kind);
        if (parsed.ttl() != 255) {
            assertThat(FrameChecksums.areValid(frame, parsed, partial)).isEqualTo(direct ? right : isRightAfterwards());
        }
    }

    /// NAT's differences hold only for the address and port that the record was made for: put them in first.
    private void makeFieldsWhatTheRecordSays() {
        boolean source = FlowRecords.flags(records, 0) == FlowRecord.REWRITE_SOURCE;
        long newHigh = parsed.isV6() ? 0x2001_0db8_0000_0000L : 0;
        long newLow = parsed.isV6() ? 0x10 : MAPPED | RIP;
        if (source) {
            FlowRecords.toClient(
                    records, 0, parsed.sourceHigh(), parsed.sourceLow(), parsed.sourcePort(), newHigh, newLow, 80);
        } else {
            FlowRecords.toRealServer(
                    records,
                    0,
                    parsed.destinationHigh(),
                    parsed.destinationLow(),
                    parsed.destinationPort(),
                    newHigh,
                    newLow,
                    8080);
        }
    }

    private boolean isRightAfterwards() {
        var before = new ParsedFrame();
        var original = MemorySegment.ofArray(in);
        before.parse(original, 0, in.length);
        return FrameChecksums.areValid(original, before, partial);
    }

    private void checkAnswers() {
        start();
        checkMade(TcpAnswers.reset(frame, parsed, partial, made, AT), FrameKind.TCP);
        checkMade(IcmpAnswers.portUnreachable(frame, parsed, partial, made, AT), FrameKind.ICMP);
        long fromHigh = parsed.isV6() ? 1 : 0;
        long fromLow = MAPPED | Integer.toUnsignedLong(VIP);
        checkMade(IcmpAnswers.timeExceeded(frame, parsed, partial, fromHigh, fromLow, made, AT), FrameKind.ICMP);
        checkMade(IcmpAnswers.tooBig(frame, parsed, partial, 1400, fromHigh, fromLow, made, AT), FrameKind.ICMP);
        if (NdpView.isAt(frame, parsed)) {
            checkMade(NdpAnswers.reply(frame, parsed, FrameBuilder.DIRECTOR_MAC, true, made, AT), FrameKind.ICMP);
            NdpAnswers.isConflict(frame, parsed, 1, 2, FrameBuilder.DIRECTOR_MAC);
        }
        if (parsed.kind() == FrameKind.ARP) {
            checkMade(ArpAnswers.reply(frame, parsed.l3(), FrameBuilder.DIRECTOR_MAC, made, AT), FrameKind.ARP);
            ArpAnswers.isConflict(frame, parsed.l3(), VIP, FrameBuilder.DIRECTOR_MAC);
        }
        assertThat(frame.asSlice(AT, in.length).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(in);
        checkEcho();
    }

    private void checkEcho() {
        int length = IcmpAnswers.echoReply(frame, parsed);
        guarded.checkOutside(in.length);
        if (length == 0) {
            assertThat(frame.asSlice(AT, in.length).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(in);
        } else {
            assertThat(length).isLessThanOrEqualTo(in.length);
            assertThat(parsed.parse(frame, AT, length)).isEqualTo(FrameKind.ICMP);
            assertThat(FrameChecksums.areValid(frame, parsed, false)).isTrue();
            assertThat(IcmpAnswers.echoReply(frame, parsed)).as("an answer to the answer").isZero();
        }
    }

    private void checkMade(int length, FrameKind kind) {
        guardedMade.checkOutside(length);
        if (length == 0) {
            return;
        }
        var answer = new ParsedFrame();
        assertThat(answer.parse(made, AT, length)).isEqualTo(kind);
        if (kind != FrameKind.ARP) {
            assertThat(FrameChecksums.areValid(made, answer, false)).isTrue();
            assertThat(answer.frameLength()).isEqualTo(length);
        }
        makeRoom();
    }
}

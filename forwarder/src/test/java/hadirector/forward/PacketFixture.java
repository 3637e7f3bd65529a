package hadirector.forward;

import hadirector.engine.Counter;
import java.util.List;

/// A sentence about one packet: what the table holds, what comes in, the verdict (the counter that rises) and what goes out. It
/// knows nothing of who runs it, so that the Java transforms and loaded BPF programs are held to the same words.
///
/// The director has [#VIP], [#GATEWAY] and their like of IPv6, all at [hadirector.packet.FrameBuilder#DIRECTOR_MAC]; no service listens for what has no flow.
///
/// @param partial the frame's transport checksum is partial on its way in (VIRTIO_NET_HDR_F_NEEDS_CSUM)
/// @param out the one frame that leaves, empty if none does. What BPF leaves to Java is not for BPF to answer: only
///     `FRAMES_FORWARDED` binds it
@SuppressWarnings("ArrayRecordComponent") // Compared byte by byte, never by equals.
record PacketFixture(String sentence, List<FlowSpec> flows, byte[] in, boolean partial, Counter verdict, byte[] out) {
    static final String VIP = "192.0.2.10";
    static final String GATEWAY = "10.1.0.1";
    static final String VIP6 = "2001:db8::10";
    static final String GATEWAY6 = "fd00:1::1";

    private static final byte[] NOTHING = {};

    PacketFixture {
        flows = List.copyOf(flows);
    }

    static PacketFixture forwarded(String sentence, FlowSpec flow, byte[] in, byte[] out) {
        return new PacketFixture(sentence, List.of(flow), in, false, Counter.FRAMES_FORWARDED, out);
    }

    static PacketFixture forwardedPartial(String sentence, FlowSpec flow, byte[] in, byte[] out) {
        return new PacketFixture(sentence, List.of(flow), in, true, Counter.FRAMES_FORWARDED, out);
    }

    static PacketFixture answered(String sentence, byte[] in, byte[] out) {
        return new PacketFixture(sentence, List.of(), in, false, Counter.FRAMES_ANSWERED, out);
    }

    static PacketFixture reset(String sentence, byte[] in, byte[] out) {
        return new PacketFixture(sentence, List.of(), in, false, Counter.RESETS_SENT, out);
    }

    static PacketFixture dropped(String sentence, Counter why, byte[] in) {
        return new PacketFixture(sentence, List.of(), in, false, why, NOTHING);
    }

    PacketFixture withFlow(FlowSpec flow) {
        return withFlows(List.of(flow));
    }

    PacketFixture withFlows(List<FlowSpec> others) {
        return new PacketFixture(sentence, others, in, partial, verdict, out);
    }

    PacketFixture withPartial() {
        return new PacketFixture(sentence, flows, in, true, verdict, out);
    }

    PacketFixture withOut(byte[] frame) {
        return new PacketFixture(sentence, flows, in, partial, verdict, frame);
    }

    @Override
    public String toString() {
        return sentence;
    }
}

package hadirector.forward;

import static hadirector.packet.FrameBuilder.CLIENT_MAC;
import static hadirector.packet.FrameBuilder.DIRECTOR_MAC;
import static hadirector.packet.FrameBuilder.icmp;
import static hadirector.packet.FrameBuilder.tcp;
import static hadirector.packet.FrameBuilder.udp;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.packet.FrameBuilder;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Invariant F5 of forwarder/DESIGN.md where the fixtures do not reach: the engine asks for an ICMP error only in some cases.
class AnswerableTest {
    private static final String HOST = "198.51.100.7";
    private static final String VIP = "192.0.2.10";

    private final ParsedFrame parsed = new ParsedFrame();
    private final MemorySegment to = MemorySegment.ofArray(new byte[IcmpAnswers.ERROR_LENGTH_MAX]);

    @Test
    void ofIcmpOnlyQuestionsAndTheirAnswersMayBringAnError() {
        var answered = IntStream.range(0, 256).filter(type -> timeExceeded(icmp(HOST, VIP, type, 0, 1)) > 0);
        assertThat(answered.boxed()).containsExactly(0, 8, 9, 10, 13, 14, 15, 16, 17, 18);
    }

    @Test
    void anyOtherProtocolMayBringAnError() {
        assertThat(timeExceeded(FrameBuilder.ip(47, HOST, VIP))).isEqualTo(14 + 28 + 20);
    }

    @Test
    void aDestinationThatIsNoHostBringsNoAnswer() {
        for (String address : new String[] {"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "0.0.0.0", "127.0.0.1"}) {
            assertThat(timeExceeded(udp(HOST + ":1", address + ":2"))).as(address).isZero();
            assertThat(reset(tcp(HOST + ":1", address + ":2", 2))).as(address).isZero();
        }
        assertThat(reset(tcp(HOST + ":1", "223.255.255.255:2", 2))).isEqualTo(54);
    }

    @Test
    void aSourceMacOfAGroupBringsNoAnswer() {
        long group = CLIENT_MAC | 0x0100_0000_0000L;
        assertThat(reset(tcp(HOST + ":1", VIP + ":2", 2).macs(DIRECTOR_MAC, group))).isZero();
        assertThat(reset(tcp(HOST + ":1", VIP + ":2", 2).macs(DIRECTOR_MAC, CLIENT_MAC))).isPositive();
    }

    @Test
    void aDatagramShorterThanItsPacketIsCheckedByItsOwnLength() {
        byte[] frame = udp(HOST + ":1", VIP + ":2").padding(4).with(17, 32);
        // The total length grew by 4 bytes, and so did the header's sum.
        int checksum = ((frame[24] & 0xff) << 8) + (frame[25] & 0xff) - 4;
        frame[24] = (byte) (checksum >> 8);
        frame[25] = (byte) checksum;
        var segment = MemorySegment.ofArray(frame);
        parsed.parse(segment, 0, frame.length);
        assertThat(IcmpAnswers.portUnreachable(segment, parsed, false, to, 0)).isEqualTo(14 + 28 + 32);
    }

    private int timeExceeded(FrameBuilder frame) {
        return IcmpAnswers.timeExceeded(parse(frame), parsed, false, 0, 0xffff_0000_0001L, to, 0);
    }

    private int reset(FrameBuilder frame) {
        return TcpAnswers.reset(parse(frame), parsed, false, to, 0);
    }

    private MemorySegment parse(FrameBuilder frame) {
        byte[] bytes = frame.build();
        var segment = MemorySegment.ofArray(bytes);
        parsed.parse(segment, 0, bytes.length);
        return segment;
    }
}

package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.packet.FrameChecksums;
import hadirector.packet.FrameKind;
import hadirector.packet.NdpView;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// Invariant F4 of forwarder/DESIGN.md for IPv6; what is and is not answered is said in [NdpFixtures].
class NdpAnswersTest {
    private static final long HIGH = 0x2001_0db8_0000_0000L;
    private static final long VIP = 0x10;
    private static final long OURS = 0x020000000002L;

    private final byte[] bytes = new byte[NdpAnswers.LENGTH];
    private final MemorySegment frame = MemorySegment.ofArray(bytes);
    private final ParsedFrame parsed = new ParsedFrame();

    @Test
    void announcesToAllNodes() {
        assertThat(NdpAnswers.announcement(HIGH, VIP, OURS, true, frame, 0)).isEqualTo(86);
        assertThat(hex(0, 54))
                .isEqualTo("33330000000102000000000286dd" + "6000000000203aff" + "20010db8000000000000000000000010"
                        + "ff020000000000000000000000000001");
        assertThat(hex(54, 56)).isEqualTo("8800");
        assertThat(hex(58, 86)).isEqualTo("a0000000" + "20010db8000000000000000000000010" + "0201020000000002");
        assertRight(86);
    }

    @Test
    void asksAndProbes() {
        assertThat(NdpAnswers.request(HIGH, 7, OURS, HIGH, 0x1234_5678L, frame, 0)).isEqualTo(86);
        assertThat(hex(0, 6)).isEqualTo("3333ff345678");
        assertThat(hex(38, 54)).isEqualTo("ff0200000000000000000001ff345678");
        assertThat(hex(78, 86)).isEqualTo("0101020000000002");
        assertRight(86);
        assertThat(NdpAnswers.request(0, 0, OURS, HIGH, VIP, frame, 0)).isEqualTo(78);
        assertRight(78);
        assertThat(NdpView.isFromNobody(parsed)).isTrue();
    }

    @Test
    void anotherStationWithOurAddressIsAConflict() {
        NdpAnswers.announcement(HIGH, VIP, OURS + 1, false, frame, 0);
        assertRight(86);
        assertThat(NdpAnswers.isConflict(frame, parsed, HIGH, VIP, OURS)).isTrue();
        assertThat(NdpAnswers.isConflict(frame, parsed, HIGH, VIP + 1, OURS)).isFalse();
        assertThat(NdpAnswers.isConflict(frame, parsed, HIGH, VIP, OURS + 1)).isFalse();
        NdpAnswers.request(HIGH, VIP, OURS + 1, HIGH, 9, frame, 0);
        assertRight(86);
        assertThat(NdpAnswers.isConflict(frame, parsed, HIGH, VIP, OURS)).as("asks in its name").isTrue();
        NdpAnswers.request(0, 0, OURS + 1, HIGH, VIP, frame, 0);
        assertRight(78);
        assertThat(NdpAnswers.isConflict(frame, parsed, HIGH, VIP, OURS)).as("only asks whether it may").isFalse();
    }

    private void assertRight(int length) {
        assertThat(parsed.parse(frame, 0, length)).isEqualTo(FrameKind.ICMP);
        assertThat(FrameChecksums.areValid(frame, parsed, false)).isTrue();
        assertThat(NdpView.isAt(frame, parsed)).isTrue();
    }

    private String hex(int from, int to) {
        return HexFormat.of().formatHex(bytes, from, to);
    }
}

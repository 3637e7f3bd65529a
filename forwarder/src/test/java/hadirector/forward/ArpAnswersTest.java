package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// Invariant F4 of forwarder/DESIGN.md; what is and is not answered is said in [AnswerFixtures].
class ArpAnswersTest {
    private static final int VIP = 0xc000020a;
    private static final long OURS = 0x020000000002L;
    private static final int ARP_AT = 14;

    private final byte[] bytes = new byte[ArpAnswers.LENGTH];
    private final MemorySegment frame = MemorySegment.ofArray(bytes);

    @Test
    void announcesInBothForms() {
        assertThat(ArpAnswers.announcement(VIP, OURS, frame, 0)).isEqualTo(42);
        assertThat(hex()).isEqualTo("ffffffffffff0200000000020806" + "0001080006040001020000000002c000020a000000000000c000020a");
        assertThat(ArpAnswers.announcementAsReply(VIP, OURS, frame, 0)).isEqualTo(42);
        assertThat(hex()).isEqualTo("ffffffffffff0200000000020806" + "0001080006040002020000000002c000020a020000000002c000020a");
    }

    @Test
    void asksAndProbes() {
        ArpAnswers.request(0x0a010001, OURS, 0x0a01000b, frame, 0);
        assertThat(hex()).isEqualTo("ffffffffffff0200000000020806" + "00010800060400010200000000020a0100010000000000000a01000b");
        ArpAnswers.request(0, OURS, VIP, frame, 0);
        assertThat(hex()).isEqualTo("ffffffffffff0200000000020806" + "000108000604000102000000000200000000000000000000c000020a");
    }

    @Test
    void anotherStationWithOurAddressIsAConflict() {
        ArpAnswers.announcement(VIP, OURS + 1, frame, 0);
        assertThat(ArpAnswers.isConflict(frame, ARP_AT, VIP, OURS)).isTrue();
        assertThat(ArpAnswers.isConflict(frame, ARP_AT, VIP + 1, OURS)).isFalse();
        ArpAnswers.announcement(VIP, OURS, frame, 0);
        assertThat(ArpAnswers.isConflict(frame, ARP_AT, VIP, OURS)).isFalse();
    }

    @Test
    void ourOwnRequestIsNotAnsweredAndAReplyMayOverwriteItsRequest() {
        ArpAnswers.request(0x0a010001, OURS, VIP, frame, 0);
        assertThat(ArpAnswers.reply(frame, ARP_AT, OURS, frame, 0)).isZero();
        ArpAnswers.request(0x0a010001, OURS + 1, VIP, frame, 0);
        assertThat(ArpAnswers.reply(frame, ARP_AT, OURS, frame, 0)).isEqualTo(42);
        assertThat(hex()).isEqualTo("0200000000030200000000020806" + "0001080006040002020000000002c000020a0200000000030a010001");
    }

    private String hex() {
        return HexFormat.of().formatHex(bytes);
    }
}

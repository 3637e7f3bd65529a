package hadirector.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/// Invariants P1 and P2 of forwarder/DESIGN.md.
class InternetChecksumTest {
    /// The example of RFC 1071 section 3: 0001 f203 f4f5 f6f7 sum to 2ddf0, folded ddf2.
    @Test
    void sumsTheExampleOfTheRfc() {
        var data = MemorySegment.ofArray(FrameBuilder.bytes(0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7));
        assertThat(InternetChecksum.fold(InternetChecksum.sum(data, 0, 8))).isEqualTo(0xddf2);
        assertThat(InternetChecksum.of(InternetChecksum.sum(data, 0, 8))).isEqualTo(0x220d);
    }

    /// The example of RFC 1624 section 4: 0x5555 becomes 0x3285 in a header with checksum 0xdd2f; eqn. 2 says 0xffff, eqn. 3 is right.
    @Test
    void updatesTheExampleOfTheRfc() {
        int difference = InternetChecksum.difference16(0x5555, 0x3285);
        assertThat(InternetChecksum.apply(0xdd2f, difference)).isZero();
    }

    @RepeatedTest(200)
    void sumsAnyBytesAtAnyAlignmentAsTheNaiveWay(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        byte[] bytes = new byte[random.nextInt(run.getCurrentRepetition() > 190 ? 65536 : 90)];
        random.nextBytes(bytes);
        int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        long sum = InternetChecksum.sum(MemorySegment.ofArray(bytes), at, bytes.length - at);
        assertThat(InternetChecksum.of(sum)).isEqualTo(NaiveChecksum.of(bytes, at, bytes.length - at));
    }

    @Test
    void foldsTheLargestSums() {
        assertThat(InternetChecksum.fold(-1L)).isEqualTo(0xffff);
        assertThat(InternetChecksum.fold(0x1_0000_0000L)).isEqualTo(1);
        assertThat(InternetChecksum.fold(0xffff_ffff_0000_0000L)).isEqualTo(0xffff);
        assertThat(InternetChecksum.fold(0x7fff_ffff_ffff_ffffL)).isEqualTo(0x7fff);
        assertThat(InternetChecksum.fold(0)).isZero();
    }

    @RepeatedTest(500)
    void anUpdateIsWhatAFullComputationGives(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        byte[] bytes = new byte[20];
        random.nextBytes(bytes);
        var header = MemorySegment.ofArray(bytes);
        int before = NaiveChecksum.of(bytes, 0, bytes.length);
        int old = header.get(NetworkOrder.U32, 12);
        int replacement = random.nextInt(4) == 0 ? ~old : random.nextInt();
        header.set(NetworkOrder.U32, 12, replacement);
        assertThat(InternetChecksum.replace(before, old, replacement))
                .isEqualTo(NaiveChecksum.of(bytes, 0, bytes.length));
    }

    @Test
    void aStepOfTtlIsTheSameForEveryTtlAndProtocol() {
        for (int word = 0x0100; word <= 0xffff; word++) {
            assertThat(InternetChecksum.difference16(word, word - 0x0100) % 0xffff)
                    .isEqualTo(InternetChecksum.TTL_STEP);
        }
    }
}

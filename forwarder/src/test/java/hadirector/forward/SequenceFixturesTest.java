package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.packet.NaiveChecksum;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Sequences of packets, run through the Java transforms. Invariants R1 to R6 of forwarder/DESIGN.md.
class SequenceFixturesTest {
    static Stream<SequenceFixture> fixtures() {
        return Stream.concat(FragmentFixtures.all(), MtuFixtures.all());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void theJavaPathDoesWhatTheSequenceSays(SequenceFixture fixture) {
        var results = SequencePath.run(fixture);
        for (int i = 0; i < fixture.steps().size(); i++) {
            var step = fixture.steps().get(i);
            assertThat(results.get(i).counts()).as("step %d", i).isEqualTo(step.counts());
            assertThat(hex(results.get(i).out())).as("step %d", i).isEqualTo(hex(step.out()));
        }
    }

    @Test
    void everySentenceIsSaidOnce() {
        assertThat(fixtures().map(SequenceFixture::sentence)).doesNotHaveDuplicates().hasSizeGreaterThan(250);
    }

    /// The harness must be able to fail.
    @Test
    void aStepWithAWrongByteFails() {
        var right = fixtures().filter(f -> f.sentence().equals("a packet that may be cut leaves in pieces")).findFirst().orElseThrow();
        byte[] out = SequencePath.run(right).getFirst().out().getFirst();
        assertThat(NaiveChecksum.of(out, 14, 20)).isZero();
        out[40] ^= 1;
        assertThat(hex(List.of(out))).isNotEqualTo(hex(right.steps().getFirst().out().subList(0, 1)));
    }

    private static List<String> hex(List<byte[]> frames) {
        return frames.stream().map(HexFormat.of()::formatHex).toList();
    }
}

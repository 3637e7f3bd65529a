package hadirector.forward;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Invariant P5: any bytes. Jazzer fuzzes by `deploy/fuzz` and starts from the fixtures' frames; without, they are the regression set.
class FrameFuzzTest {
    private static final int SEED_LENGTH_MAX = 2048;

    static Stream<Arguments> frames() {
        var sequences = SequenceFixturesTest.fixtures().flatMap(fixture -> fixture.steps().stream()).map(SequenceFixture.Step::in);
        return Stream.concat(PacketFixtures.all().map(PacketFixture::in), sequences)
                .filter(frame -> frame.length <= SEED_LENGTH_MAX)
                .map(frame -> Arguments.of((Object) frame));
    }

    @MethodSource("frames")
    @FuzzTest(maxDuration = "2m")
    void noBytesHarm(byte[] frame) {
        check(frame, false);
        check(frame, true);
    }

    /// A fixture's frame with a few bytes changed, cut or lengthened.
    @RepeatedTest(100)
    void noMutationOfAFixtureHarms(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        frames().map(arguments -> ((byte[]) arguments.get()[0]).clone()).forEach(frame -> mutate(random, frame));
    }

    private static void mutate(Random random, byte[] frame) {
        int changes = random.nextInt(4);
        for (int i = 0; i < changes && frame.length > 0; i++) {
            frame[random.nextInt(Math.min(frame.length, 64))] = (byte) random.nextInt();
        }
        int length = random.nextInt(4) == 0 ? random.nextInt(frame.length + 40) : frame.length;
        check(java.util.Arrays.copyOf(frame, length), random.nextBoolean());
    }

    private static void check(byte[] frame, boolean partial) {
        FrameProperties.check(frame, partial);
        PathProperties.check(frame, partial);
    }
}

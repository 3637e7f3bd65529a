package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.engine.Counter;
import hadirector.lab.Lab;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Both paths on the same mutilated frames: what a program forwards, Java would have forwarded, and both send the same bytes; what it does not
/// forward it has not touched.
@Lab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PathsAgreeLabTest {
    private static final int HEADERS = 100;
    private static final int FRAMES = 5_000;

    private final BpfPath path = new BpfPath();
    private final List<PacketFixture> hits =
            KernelFixturesLabTest.fixtures().filter(f -> KernelVerdict.expected(f) == KernelVerdict.HIT).toList();

    @AfterAll
    void close() {
        path.close();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void noMutilatedFrameMakesThemDiffer(long seed) {
        var random = new Random(seed);
        int forwarded = 0;
        for (int i = 0; i < FRAMES; i++) {
            var fixture = mutilate(random, hits.get(random.nextInt(hits.size())));
            forwarded += agree(fixture, path.tc(fixture)) ? 1 : 0;
            forwarded += agree(fixture, path.xdp(fixture)) ? 1 : 0;
        }
        assertThat(forwarded).isBetween(FRAMES / 20, 2 * FRAMES * 19 / 20);
    }

    /// @return whether the program forwarded it
    private boolean agree(PacketFixture fixture, BpfPath.Result kernel) {
        if (kernel.verdict() != KernelVerdict.HIT) {
            assertThat(kernel.out()).as("left alone: %s", fixture).isEqualTo(fixture.in());
            return false;
        }
        var java = JavaPath.run(fixture);
        assertThat(java.verdict()).as("%s", fixture).isEqualTo(Counter.FRAMES_FORWARDED);
        assertThat(kernel.out()).as("%s", fixture).isEqualTo(path.withFlowHash(fixture.flows().getFirst(), java.out()));
        return true;
    }

    private static PacketFixture mutilate(Random random, PacketFixture of) {
        byte[] frame = of.in().clone();
        int changes = random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(12, Math.min(frame.length, HEADERS));
            frame[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (frame[at] ^ 1 << random.nextInt(8));
        }
        int length = random.nextInt(6) == 0 ? random.nextInt(60, frame.length + 40) : frame.length;
        return new PacketFixture(
                of.sentence(), of.flows(), Arrays.copyOf(frame, length), false, Counter.FRAMES_FORWARDED, new byte[0]);
    }
}

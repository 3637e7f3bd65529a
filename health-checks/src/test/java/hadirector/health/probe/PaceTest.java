package hadirector.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final int DRAWS = 10_000;
    private static final long MILLI = 1_000_000;

    private final Pace pace = new Pace(new Random(1));

    @Test
    void startsSoonButSpread() {
        var firsts = LongStream.generate(() -> pace.firstNanos(Duration.ofSeconds(5))).limit(DRAWS).summaryStatistics();
        assertThat(firsts.getMin()).isBetween(0L, MILLI);
        assertThat(firsts.getMax()).isBetween(199 * MILLI, 200 * MILLI);
        assertThat(pace.firstNanos(Duration.ofMillis(50))).isBetween(0L, 50 * MILLI);
    }

    @Test
    void keepsItsIntervalOnAverageAndNeverMarchesInStep() {
        var nexts = LongStream.generate(() -> pace.nextNanos(Duration.ofSeconds(2))).limit(DRAWS).summaryStatistics();
        assertThat(nexts.getMin()).isBetween(1_800 * MILLI, 1_810 * MILLI);
        assertThat(nexts.getMax()).isBetween(2_190 * MILLI, 2_200 * MILLI);
        assertThat(nexts.getAverage()).isBetween(1_990.0 * MILLI, 2_010.0 * MILLI);
    }
}

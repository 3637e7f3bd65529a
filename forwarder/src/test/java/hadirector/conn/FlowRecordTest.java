package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FlowRecordTest {
    private static final long UNIT = FlowRecord.TIME_UNIT_NANOS;

    private final Random random = new Random(9);

    @Test
    void tellsHowLongAgoAPacketCameAtAnyTimeOfTheClock() {
        for (int i = 0; i < 10_000; i++) {
            long now = random.nextLong();
            long ago = random.nextLong(50L * 24 * 3_600 * 1_000_000_000);
            assertThat(FlowRecord.nanosSince(FlowRecord.time(now - ago), now)).isBetween(ago - 2 * UNIT, ago + 2 * UNIT);
        }
    }

    @Test
    void aClockThatIsALittleBehindSeesThePresent() {
        for (int i = 0; i < 10_000; i++) {
            long now = random.nextLong();
            assertThat(FlowRecord.nanosSince(FlowRecord.time(now + random.nextLong(60_000_000_000L)), now)).isLessThan(2 * UNIT);
        }
    }

    @Test
    void noTimeIsTheWordForNever() {
        assertThat(FlowRecord.time(0)).isNotZero();
        assertThat(FlowRecord.time(1L << 52)).isNotZero();
    }
}

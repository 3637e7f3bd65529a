package hadirector.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PauseWatchdogTest {
    private long now;

    @Test
    void tellsByHowMuchEachSleepWasTooLong() {
        var oversleeps = new ArrayList<>(List.of(0L, 250L, 3L)).iterator();
        var pauses = new ArrayList<Duration>();
        PauseWatchdog.watch(
                time -> {
                    if (!oversleeps.hasNext()) {
                        throw new InterruptedException();
                    }
                    now += time.plusMillis(oversleeps.next()).toNanos();
                },
                () -> now,
                pauses::add);
        assertThat(pauses).containsExactly(Duration.ZERO, Duration.ofMillis(250), Duration.ofMillis(3));
    }
}

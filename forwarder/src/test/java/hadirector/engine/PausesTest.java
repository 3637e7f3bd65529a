package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PausesTest {
    private static final long BEGIN = Long.MAX_VALUE - 5;
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    @Test
    void theLongestIsKeptForEverAndLatelyForOneToTwoMinutes() {
        var pauses = new Pauses();
        assertThat(pauses.longest()).isZero();
        pauses.note(10, BEGIN);
        pauses.note(70, BEGIN + MINUTE - 1);
        pauses.note(20, BEGIN + MINUTE);
        assertThat(pauses.lately()).isEqualTo(Duration.ofNanos(70));
        pauses.note(30, BEGIN + 2 * MINUTE);
        assertThat(pauses.lately()).isEqualTo(Duration.ofNanos(30));
        assertThat(pauses.longest()).isEqualTo(Duration.ofNanos(70));
    }
}

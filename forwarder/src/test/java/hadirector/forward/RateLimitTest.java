package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RateLimitTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long START = Math.subtractExact(Long.MAX_VALUE, SECOND); // A clock may wrap.

    private final RateLimit limit = new RateLimit(2, 10, 5, START);

    private int taken(int cell, long now, int tries) {
        int taken = 0;
        for (int i = 0; i < tries; i++) {
            taken += limit.take(cell, now) ? 1 : 0;
        }
        return taken;
    }

    @Test
    void aBurstGoesAndThenOnlyWhatTheRateGives() {
        assertThat(taken(0, START, 100)).isEqualTo(5);
        assertThat(taken(0, START + SECOND / 10, 100)).isEqualTo(1);
        assertThat(taken(0, START + SECOND / 2, 100)).isEqualTo(4);
        assertThat(taken(0, START + 100 * SECOND, 100)).isEqualTo(5);
    }

    @Test
    void inTheLongRunTheRateHolds() {
        int taken = 0;
        for (long now = START; now - START < 100 * SECOND; now += 7_000_000) {
            taken += limit.take(0, now) ? 1 : 0;
        }
        assertThat(taken).isBetween(1_000, 1_005);
    }

    @Test
    void cellsDoNotPayForEachOther() {
        assertThat(taken(0, START, 100)).isEqualTo(5);
        assertThat(taken(1, START, 100)).isEqualTo(5);
        assertThat(taken(3, START, 100)).as("the same cell as 1").isZero();
    }

    @Test
    void aRefusedTryCostsNothing() {
        taken(0, START, 1_000);
        assertThat(taken(0, START + SECOND / 10, 2)).isEqualTo(1);
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> new RateLimit(3, 1, 1, 0)).hasMessageContaining("3 cells");
        assertThatThrownBy(() -> new RateLimit(1, 0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}

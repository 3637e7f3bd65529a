package hadirector.health.probe;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// When a probe runs: soon but spread at first, then at its interval with a jitter of a tenth either
/// way, so that probes of many servers never march in step.
record Pace(RandomGenerator random) {
    static final long FIRST_WITHIN_NANOS = Duration.ofMillis(200).toNanos();
    private static final double JITTER = 0.1;

    long firstNanos(Duration interval) {
        return random.nextLong(Math.max(1, Math.min(interval.toNanos(), FIRST_WITHIN_NANOS)));
    }

    /// From the start of one run to the start of the next.
    long nextNanos(Duration interval) {
        return (long) (interval.toNanos() * (1 - JITTER + 2 * JITTER * random.nextDouble()));
    }
}

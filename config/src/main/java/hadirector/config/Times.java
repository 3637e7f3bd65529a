package hadirector.config;

import java.time.Duration;
import java.util.Optional;

/// Times of services.
final class Times {
    private static final Duration MIN = Duration.ofMillis(1);
    private static final Duration MAX = Duration.ofDays(24); // In milliseconds, it still fits in 31 bits.

    private Times() {}

    static Optional<Duration> positive(Node node) {
        return node.duration(MIN, MAX);
    }
}

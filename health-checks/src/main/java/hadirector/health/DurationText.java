package hadirector.health;

import java.time.Duration;
import java.util.Locale;

/// Durations as operators read them: `0.42 ms`, `1.5 s`.
final class DurationText {
    private static final double NANOS_PER_MILLI = 1e6;

    private DurationText() {}

    static String of(Duration duration) {
        double millis = duration.toNanos() / NANOS_PER_MILLI;
        return millis < 1000
                ? String.format(Locale.ROOT, "%.3g ms", millis)
                : String.format(Locale.ROOT, "%.3g s", millis / 1000);
    }
}

package hadirector.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Quantities as people read them, short.
final class Words {
    private static final String UNITS = "KMGTPE";

    private Words() {}

    /// `3 s`: the two largest units of days, hours, minutes, seconds: `2d3h`, `3h12m`, `12m5s`, `5s`.
    static String duration(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m" + seconds % 60 + "s";
        }
        if (seconds < 86_400) {
            return seconds / 3600 + "h" + seconds / 60 % 60 + "m";
        }
        return seconds / 86_400 + "d" + seconds / 3600 % 24 + "h";
    }

    static String since(@Nullable Instant then, Instant now) {
        return then == null ? "-" : duration(Duration.between(then, now));
    }

    /// At most five characters: `0`, `0.4`, `12.5`, `340`, `45.7K`, `1.2M` (powers of 1000).
    static String rate(double value) {
        if (value < 0.05) {
            return "0";
        }
        int unit = -1;
        while (value >= 999.5) {
            value /= 1000;
            unit++;
        }
        String number = String.format(Locale.ROOT, value < 99.95 ? "%.1f" : "%.0f", value);
        return unit < 0 ? number : number + UNITS.charAt(unit);
    }

    static String yes(boolean value) {
        return value ? "yes" : "no";
    }

    /// The config-like word of an enum constant.
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}

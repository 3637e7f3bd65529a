package hadirector.config;

import java.util.Comparator;

/// One mistake in a config file, as the operator reads it:
/// `director.conf:12: services.shop.port: is 99999, must be 1 to 65535`.
///
/// @param file as it was named; or what else the value came from, such as `env var PORT`
/// @param line counted from 1; 0 if unknown
/// @param key path of the value; empty if the file as a whole is meant
/// @param text what it is, what it must be and why
public record Problem(String file, int line, String key, String text) implements Comparable<Problem> {
    private static final Comparator<Problem> BY_PLACE =
            Comparator.comparing(Problem::file).thenComparingInt(Problem::line);

    /// By place only, so that a stable sort keeps the order in which one line's mistakes were found.
    @Override
    public int compareTo(Problem other) {
        return BY_PLACE.compare(this, other);
    }

    @Override
    public String toString() {
        return file + (line > 0 ? ":" + line : "") + ": " + (key.isEmpty() ? "" : key + ": ") + text;
    }
}

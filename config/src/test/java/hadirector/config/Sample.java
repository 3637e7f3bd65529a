package hadirector.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// A config with a bit of everything, and no mistake.
final class Sample {
    static final String TEXT = load();

    private Sample() {}

    /// With `from`, which is in it once, replaced.
    static String with(String from, String to) {
        if (TEXT.indexOf(from) < 0 || TEXT.indexOf(from) != TEXT.lastIndexOf(from)) {
            throw new IllegalArgumentException("not exactly once in the sample: " + from);
        }
        return TEXT.replace(from, to);
    }

    private static String load() {
        try (InputStream in = Objects.requireNonNull(Sample.class.getResourceAsStream("sample.conf"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

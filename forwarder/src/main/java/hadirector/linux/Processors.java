package hadirector.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Processors as the kernel counts them.
public final class Processors {
    private static final Path POSSIBLE = Path.of("/sys/devices/system/cpu/possible");

    private Processors() {}

    /// How many there can ever be, plugged in or not: so many values has an element of a per-processor map.
    public static int possible() {
        try {
            return count(Files.readString(POSSIBLE).strip());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot tell how many processors are possible", e);
        }
    }

    /// Of a list as `0-3,8` the number of its members.
    static int count(String list) {
        int count = 0;
        for (String range : list.split(",", -1)) {
            String[] ends = range.split("-", -1);
            count += Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]) + 1;
        }
        return count;
    }
}

package hadirector.health.probe;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// The first 4 KiB that a program writes; the rest is read and dropped, so that the program never waits
/// for a reader.
final class ProgramOutput {
    static final int KEPT_MAX = 4096;

    private final InputStream pipe;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final byte[] buffer = new byte[KEPT_MAX];

    ProgramOutput(InputStream pipe) {
        this.pipe = pipe;
    }

    /// Takes what is there, without waiting for more. The JDK's reaper drains the same pipe when the
    /// program ends, holding the stream's monitor: with the monitor held, what `available` said is true.
    void drain() {
        synchronized (pipe) {
            try {
                for (int ready = pipe.available(); ready > 0; ready = pipe.available()) {
                    int length = pipe.read(buffer, 0, Math.min(ready, buffer.length));
                    kept.write(buffer, 0, Math.clamp(length, 0, KEPT_MAX - kept.size()));
                }
            } catch (IOException _) {
                // Closed from the other side: there is nothing more to read.
            }
        }
    }

    String text() {
        return kept.toString(StandardCharsets.UTF_8);
    }
}

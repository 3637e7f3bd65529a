package hadirector.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// When frames come in by an interface, by the kernel's time, as tcpdump sees them.
public final class Capture {
    private static final int FILE_HEADER = 24;
    private static final int FRAME_HEADER = 16;

    private final Path file;
    private final LabProcess process;

    private Capture(Path file, LabProcess process) {
        this.file = file;
        this.process = process;
    }

    /// @param filter as tcpdump reads it
    public static Capture on(Host host, String interfaceName, Path file, String filter) throws InterruptedException {
        var process = host.start(
                "tcpdump", "-i", interfaceName, "-Q", "in", "-n", "-Z", "root", "-B", "16384", "--time-stamp-precision=nano", "-w",
                file.toString(), filter);
        process.awaitOutput("listening on", Duration.ofSeconds(20));
        return new Capture(file, process);
    }

    /// Ends it; the time of each frame.
    public List<Instant> end() throws InterruptedException {
        process.signal("INT");
        process.awaitExit(Duration.ofSeconds(20));
        try {
            return read(ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Instant> read(ByteBuffer from) {
        var frames = new ArrayList<Instant>();
        from.position(FILE_HEADER);
        while (from.remaining() >= FRAME_HEADER) {
            var at = Instant.ofEpochSecond(from.getInt(), from.getInt());
            int length = from.getInt();
            from.position(from.position() + Integer.BYTES + length);
            frames.add(at);
        }
        return frames;
    }
}

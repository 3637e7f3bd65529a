import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/// A Java agent that makes garbage beside the program: 150 MB/s, of which the newest 200 MB or so live, while a file exists.
/// `-javaagent:garbage.jar=FILE`
public final class Garbage {
    private static final int PIECE = 1024;
    private static final int LIVE = 200_000_000 / PIECE;
    private static final int PER_MILLISECOND = 150_000 / PIECE;

    private Garbage() {}

    public static void premain(String file, Instrumentation ignored) {
        Thread.ofPlatform().daemon().name("garbage").start(() -> run(Path.of(file)));
    }

    private static void run(Path file) {
        var random = new Random(1);
        while (true) {
            if (!Files.exists(file)) {
                LockSupport.parkNanos(100_000_000L);
                continue;
            }
            var live = new byte[LIVE][];
            for (long from = System.nanoTime(), made = 0; Files.exists(file); LockSupport.parkNanos(1_000_000L)) {
                long due = (System.nanoTime() - from) / 1_000_000L * PER_MILLISECOND;
                for (; made < due; made++) {
                    live[random.nextInt(LIVE)] = new byte[PIECE];
                }
            }
        }
    }
}

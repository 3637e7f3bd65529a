package hadirector.health.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Looks at processes by pid, as /proc shows them.
final class Processes {
    private Processes() {}

    /// The pids that a script writes into a file, once there are `count` of them.
    static List<Long> awaitPids(Path file, int count) throws Exception {
        long startNanos = System.nanoTime();
        while (true) {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            if (lines.size() >= count) {
                return lines.stream().map(Long::valueOf).toList();
            }
            pause(startNanos, "pids in " + file);
        }
    }

    /// Waits until the process runs no more; a zombie that its new parent has yet to reap does not run.
    static void awaitEnd(long pid) throws Exception {
        for (long startNanos = System.nanoTime(); state(pid) != GONE && state(pid) != ZOMBIE; ) {
            pause(startNanos, "the end of " + pid);
        }
    }

    /// Waits until nothing is left of a child of ours.
    static void awaitReaped(long pid) throws Exception {
        for (long startNanos = System.nanoTime(); state(pid) != GONE; ) {
            pause(startNanos, "the reaping of " + pid);
        }
    }

    private static final char GONE = ' ';
    private static final char ZOMBIE = 'Z';

    /// proc_pid_stat(5): the state follows the program's name in parentheses.
    private static char state(long pid) throws IOException {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (NoSuchFileException _) {
            return GONE;
        } catch (IOException e) {
            if (Files.exists(Path.of("/proc/" + pid))) {
                throw e;
            }
            return GONE; // ESRCH: it went while it was read.
        }
    }

    private static void pause(long startNanos, String what) throws InterruptedException {
        if (System.nanoTime() - startNanos > TimeUnit.SECONDS.toNanos(Prober.PATIENCE_SECONDS)) {
            throw new AssertionError("waited in vain for " + what);
        }
        Thread.sleep(5);
    }
}

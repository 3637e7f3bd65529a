package hadirector.lab;

import java.time.Duration;

/// Waits for what the outside world brings about.
public final class Await {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration BETWEEN = Duration.ofMillis(20);

    private Await() {}

    /// What is waited for; it may look at files and sockets.
    public interface Condition {
        boolean holds() throws Exception;
    }

    /// Returns once `condition` holds; fails with `what` after 20 s.
    public static void until(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - deadline >= 0) {
                throw new AssertionError("waited in vain for " + what);
            }
            Thread.sleep(BETWEEN);
        }
    }
}

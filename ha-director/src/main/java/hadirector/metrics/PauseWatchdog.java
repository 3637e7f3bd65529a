package hadirector.metrics;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Sleeps 10 ms at a time and tells by how much each sleep was too long: whatever stops this thread (a collector, a full
/// host, a suspended machine) stops the director's other threads as well.
final class PauseWatchdog implements AutoCloseable {
    private static final Duration SLEEP = Duration.ofMillis(10);

    /// Thread.sleep, or a test's.
    @FunctionalInterface
    interface Sleeper {
        void sleep(Duration time) throws InterruptedException;
    }

    private final Thread thread;

    private PauseWatchdog(Thread thread) {
        this.thread = thread;
    }

    static PauseWatchdog start(Consumer<Duration> pauses) {
        return new PauseWatchdog(
                Thread.ofPlatform()
                        .daemon()
                        .name("pause-watchdog")
                        .start(() -> watch(Thread::sleep, System::nanoTime, pauses)));
    }

    /// Until interrupted.
    static void watch(Sleeper sleeper, LongSupplier nanoTime, Consumer<Duration> pauses) {
        try {
            while (true) {
                long before = nanoTime.getAsLong();
                sleeper.sleep(SLEEP);
                long over = nanoTime.getAsLong() - before - SLEEP.toNanos();
                pauses.accept(Duration.ofNanos(Math.max(0, over)));
            }
        } catch (InterruptedException _) {
            // The end.
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}

package hadirector.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// The longest of some times: of all, and of the last one to two minutes. One thread notes, any reads.
final class Pauses {
    private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

    private volatile long longest;
    private volatile long current;
    private volatile long previous;
    private long windowUntil;
    private boolean begun;

    void note(long nanos, long now) {
        if (!begun || now - windowUntil >= 0) {
            begun = true;
            windowUntil = now + WINDOW_NANOS;
            previous = current;
            current = 0;
        }
        current = Math.max(current, nanos);
        longest = Math.max(longest, nanos);
    }

    Duration longest() {
        return Duration.ofNanos(longest);
    }

    Duration lately() {
        return Duration.ofNanos(Math.max(current, previous));
    }
}

package hadirector.engine;

import java.util.concurrent.TimeUnit;

/// When a taken address is announced again: at once, in a burst, then ever more rarely, then every ten seconds for as long
/// as it is held, so that a switch or a neighbour that missed one learns it (RFC 5227 sends two; keepalived ten).
final class AnnouncementSchedule {
    private static final long[] AFTER_MILLIS = {0, 20, 60, 150, 400, 1_000, 2_000, 4_000, 8_000};
    private static final long REFRESH_MILLIS = 10_000;

    private AnnouncementSchedule() {}

    /// Nanoseconds from the take-over to announcement number `count`, counted from 0.
    static long afterNanos(int count) {
        int last = AFTER_MILLIS.length - 1;
        long millis =
                count <= last
                        ? AFTER_MILLIS[count]
                        : AFTER_MILLIS[last] + (count - last) * REFRESH_MILLIS;
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}

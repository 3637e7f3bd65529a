package hadirector.model;

import java.time.Duration;

/// What follows from a cluster's `detection`, the time by which a director that has fallen silent is taken for gone.
public final class Detection {
    private static final int HEARTBEATS = 6;

    private Detection() {}

    /// Between two heartbeats, in whole milliseconds.
    public static Duration heartbeat(Duration detection) {
        return Duration.ofMillis(Math.max(1, detection.toMillis() / HEARTBEATS));
    }

    /// The silence that gives a director up: looked for once a heartbeat, it is found by `detection`. The others may take over
    /// after it, so a holder that hears nobody for so long gives up itself.
    public static Duration silence(Duration detection) {
        return heartbeat(detection).multipliedBy(HEARTBEATS - 1);
    }
}

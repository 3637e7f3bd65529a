package hadirector.engine;

import hadirector.linux.Scheduling;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread that renews the [Leases]: one of its own, so that a call into the kernel that takes long, in the engine's thread, fences nobody; it does
/// so little that it may have real-time priority, and so goes on while all processors are busy.
final class LeaseKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);
    private static final long TURN_NANOS = EngineStats.Pauses.TURN.toNanos();
    private static final long CLOSE_SECONDS = 5;

    /// Twice what the engine's thread may take.
    private static final int OWNER_LOST = 2 * Leases.OWNER_RENEWALS;

    private final Leases leases;
    private final Pauses pauses;
    private final Runnable ownerLost;
    private final Thread thread;
    private volatile boolean stopped;

    /// @param ownerLost is told, once, if the engine's thread does not come back from a turn
    LeaseKeeper(Leases leases, Pauses pauses, Runnable ownerLost) {
        this.leases = leases;
        this.pauses = pauses;
        this.ownerLost = ownerLost;
        thread = Thread.ofPlatform().name("lease").daemon().start(this::run);
    }

    private void run() {
        LOG.info("leases are renewed {}", Scheduling.first());
        long before = System.nanoTime();
        while (!stopped) {
            LockSupport.parkNanos(TURN_NANOS);
            long now = System.nanoTime();
            if (leases.renew(now) == OWNER_LOST) {
                ownerLost.run();
            }
            pauses.note(now - before, now);
            before = now;
        }
    }

    /// Ends the thread; the deadlines stand as they are.
    @Override
    public void close() {
        stopped = true;
        LockSupport.unpark(thread);
        try {
            boolean _ = thread.join(Duration.ofSeconds(CLOSE_SECONDS));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

package hadirector.director;

import hadirector.engine.ForwardingEngine;
import hadirector.model.LanAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/// Looks for the arbiter's gateways all the time, so that a holder that loses the others knows at once whether it may go on. The
/// director's thread.
final class Gateways {
    private static final long INTERVAL_NANOS = Duration.ofMillis(100).toNanos();
    private static final Duration WAIT = Duration.ofMillis(80);
    private static final int MISSES = 3;

    private final List<LanAddress> addresses;
    private final ForwardingEngine engine;
    private final Executor loop;
    private final Consumer<Boolean> changed;
    private int open;
    private boolean answered;
    private boolean begun;
    private long next;
    private int misses = MISSES;

    /// @param addresses none: it does nothing
    /// @param changed is told whether one of them answers, when that changes; at first none does
    Gateways(List<LanAddress> addresses, ForwardingEngine engine, Executor loop, Consumer<Boolean> changed) {
        this.addresses = addresses;
        this.engine = engine;
        this.loop = loop;
        this.changed = changed;
    }

    void tick(long now) {
        if (addresses.isEmpty() || open > 0 || (begun && now - next < 0)) {
            return;
        }
        begun = true;
        next = now + INTERVAL_NANOS;
        open = addresses.size();
        answered = false;
        addresses.forEach(each -> engine.probe(
                each.interfaceName(), each.address(), WAIT, found -> loop.execute(() -> found(found))));
    }

    private void found(boolean found) {
        answered |= found;
        if (--open > 0) {
            return;
        }
        boolean before = isSeen();
        misses = answered ? 0 : misses + 1;
        if (before != isSeen()) {
            changed.accept(isSeen());
        }
    }

    private boolean isSeen() {
        return misses < MISSES;
    }
}

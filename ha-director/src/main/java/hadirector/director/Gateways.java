package hadirector.director;

import hadirector.engine.ForwardingEngine;
import hadirector.model.Detection;
import hadirector.model.LanAddress;
import hadirector.role.GroupRole;
import hadirector.role.Standing;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/// Looks for the arbiter's gateways all the time, so that a holder that loses the others knows at once whether it may go on, and one that has lost
/// its clients lets go. The director's thread.
final class Gateways {
    private static final Duration INTERVAL_MAX = Duration.ofMillis(100);
    private static final int MISSES = 3;

    private final List<LanAddress> addresses;
    private final ForwardingEngine engine;
    private final Executor loop;
    private final long patience;
    private final Duration interval;
    private final Duration wait;
    private final Consumer<Boolean> changed;
    private int open;
    private boolean answered;
    private boolean begun;
    private long next;
    private long asked;
    private long lost = System.nanoTime();
    private int misses = MISSES;

    /// @param addresses none: it does nothing
    /// @param detection how long a holder goes on without a gateway although another director has one; they are asked at each [Detection#heartbeat], 100 ms at most
    /// @param changed is told whether one of them answers, when that changes; at first none does
    Gateways(
            List<LanAddress> addresses, ForwardingEngine engine, Executor loop, Duration detection, Consumer<Boolean> changed) {
        this.addresses = addresses;
        this.engine = engine;
        this.loop = loop;
        patience = detection.toNanos();
        var heartbeat = Detection.heartbeat(detection);
        interval = heartbeat.compareTo(INTERVAL_MAX) < 0 ? heartbeat : INTERVAL_MAX;
        wait = interval.multipliedBy(4).dividedBy(5);
        this.changed = changed;
    }

    void tick(long now) {
        if (addresses.isEmpty() || open > 0 || (begun && now - next < 0)) {
            return;
        }
        begun = true;
        asked = now;
        next = now + interval.toNanos();
        open = addresses.size();
        answered = false;
        addresses.forEach(each -> engine.probe(
                each.interfaceName(), each.address(), wait, found -> loop.execute(() -> found(found))));
    }

    private void found(boolean found) {
        answered |= found;
        if (--open > 0) {
            return;
        }
        if (misses == 0) {
            lost = asked;
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

    /// Whether none answers; never if there are none.
    boolean areLost() {
        return !addresses.isEmpty() && !isSeen();
    }

    /// Why a group should rather be elsewhere: no gateway answers here, and another director has one, or holds the group. One that has none says by this
    /// very rule that it is not fit, so a gateway that is dead itself moves nothing, as its holder waits longer than the others. Empty if there is
    /// no reason.
    String unfit(GroupRole role, Collection<String> members, long now) {
        if (!areLost()) {
            return "";
        }
        boolean better = role.role().kind().holds()
                ? now - lost >= patience
                        && members.stream().flatMap(name -> role.heard(name).stream()).anyMatch(other -> canTake(other, role.standing()))
                : role.holder().isPresent();
        return better ? "no gateway of the arbiter answers here" : "";
    }

    private static boolean canTake(Standing other, Standing own) {
        return other.fit() && other.priority() != Standing.NOT_LISTED && other.copied() == own.copied();
    }
}

package hadirector.engine;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Until when the data path of each open group may go on: the deadlines in the map of the programs, and the same for what the engine's thread sends
/// itself. [LeaseKeeper] renews them; whoever finds that the last renewal is too long ago has found that this process, or the whole machine, stood
/// still: from then on nothing is renewed and nothing is sent until the engine's thread has closed all groups ([#fence]).
///
/// Every `now` is of System.nanoTime, the clock of the programs as well. One that was read before a pause gives a deadline that has passed, never one
/// too late.
///
/// Threads: any.
final class Leases {
    /// Deadlines are so much earlier than the lease ends: the programs' coarse clock is behind by a tick (4 ms, 10 ms where the kernel has 100 a second)
    /// or two when processors are busy (7.6 ms seen), more when a hypervisor withholds the one that keeps the time.
    static final long MARGIN_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

    /// So many renewals the engine's thread may be in one turn (2 s): a netlink call waits for whoever has the kernel's lock, a driver resets its card.
    /// Commands wait then, but nothing wrong happens. A pause of the whole process does not count.
    static final int OWNER_RENEWALS = 200;

    /// Where deadlines go, as [hadirector.fastpath.SharedMaps#lease].
    @FunctionalInterface
    interface Deadlines {
        /// @param deadline of System.nanoTime, 0 for none
        void set(int group, long deadline);
    }

    private final long span;
    private final Deadlines deadlines;
    private final Map<String, Integer> held = new HashMap<>();
    private volatile boolean holding;
    private volatile boolean fenced;
    private volatile long renewedAt;
    private volatile long ownerTurns;
    private long ownerTurnsSeen;
    private int still;
    private long pause;

    Leases(Duration lease, Deadlines deadlines, long now) {
        span = lease.toNanos() - MARGIN_NANOS;
        this.deadlines = deadlines;
        renewedAt = now;
    }

    /// How long a group goes on after the last renewal.
    long span() {
        return span;
    }

    /// The group is open from now on; again: nothing. After a pause that nobody has noticed yet it gets no deadline, and is closed with the others.
    synchronized void hold(String group, int index, long now) {
        if (!holding) {
            renewedAt = now;
            holding = true;
        }
        held.put(group, index);
        if (!lapsed(now)) {
            deadlines.set(index, renewedAt + span);
        }
    }

    /// The programs stop for the group at once.
    synchronized void release(String group) {
        Integer index = held.remove(group);
        if (index != null) {
            deadlines.set(index, 0);
        }
        if (held.isEmpty()) {
            holding = false;
            fenced = false;
        }
    }

    /// All of them.
    synchronized void release() {
        Set.copyOf(held.keySet()).forEach(this::release);
    }

    /// Groups that are not configured any more are not held.
    synchronized void retain(Set<String> groups) {
        Set.copyOf(held.keySet()).stream().filter(group -> !groups.contains(group)).forEach(this::release);
    }

    /// The engine's thread begins another turn; only it calls this.
    @SuppressWarnings("NonAtomicVolatileUpdate") // One writer.
    void ownerTurns() {
        ownerTurns++;
    }

    /// Gives all held groups another deadline, unless the last one has passed, or the engine's thread stands still.
    ///
    /// @return for how many calls it has stood still
    synchronized int renew(long now) {
        still = ownerTurns == ownerTurnsSeen ? still + 1 : 0;
        ownerTurnsSeen = ownerTurns;
        if (lapsed(now)) {
            lapse(now);
        } else if (still < OWNER_RENEWALS) {
            held.values().forEach(index -> deadlines.set(index, now + span));
            renewedAt = now;
        }
        return still;
    }

    /// Whether what the engine's thread has decided must not leave any more.
    boolean lapsed(long now) {
        return fenced || (holding && now - renewedAt >= span);
    }

    /// For the engine's thread, before it handles anything: what it must close first, null if all is well.
    synchronized EngineEvent.@Nullable Fenced fence(long now) {
        if (!lapsed(now)) {
            return null;
        }
        lapse(now);
        return new EngineEvent.Fenced(held.keySet(), Duration.ofNanos(pause));
    }

    private void lapse(long now) {
        if (!fenced) {
            fenced = true;
            pause = now - renewedAt;
        }
    }
}

package hadirector.engine;

import hadirector.fastpath.SharedMaps;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Until when the data path of each open group may go on: the deadlines in the map of the programs, one for each group and, while there is any, one
/// for all that the engine's thread sends itself, which also asks before it sends. [LeaseKeeper] renews them; whoever finds that the last renewal is too long ago has found that this process, or the whole machine, stood
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

    /// Where deadlines go, as [SharedMaps#lease].
    @FunctionalInterface
    interface Deadlines {
        /// @param group its index, or [SharedMaps#SENDER]
        /// @param deadline of System.nanoTime, 0 for none
        void set(int group, long deadline);
    }

    private final long span;
    private final Deadlines deadlines;
    private final Map<String, Integer> held = new HashMap<>();
    private final Set<String> stopped = new HashSet<>();
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
            deadlines.set(index, stopped.contains(group) ? 0 : renewedAt + span);
            deadlines.set(SharedMaps.SENDER, renewedAt + span);
        }
    }

    /// The programs stop for the group at once, whatever the engine's thread is at. It is held until that thread has released it: only then may be sent
    /// again what a pause has forbidden.
    synchronized void stop(String group) {
        Integer index = held.get(group);
        if (index != null) {
            stopped.add(group);
            deadlines.set(index, 0);
        }
    }

    /// The engine's thread has closed the group.
    synchronized void release(String group) {
        stopped.remove(group);
        Integer index = held.remove(group);
        if (index == null) {
            return;
        }
        deadlines.set(index, 0);
        if (held.isEmpty()) {
            holding = false;
            fenced = false;
            deadlines.set(SharedMaps.SENDER, SharedMaps.FOREVER);
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
            held.forEach((group, index) -> deadlines.set(index, stopped.contains(group) ? 0 : now + span));
            renewedAt = now;
            if (holding) {
                deadlines.set(SharedMaps.SENDER, now + span);
            }
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
        return new EngineEvent.Fenced(running(), Duration.ofNanos(pause));
    }

    private Set<String> running() {
        var running = new HashSet<>(held.keySet());
        running.removeAll(stopped);
        return running;
    }

    private void lapse(long now) {
        if (!fenced) {
            fenced = true;
            pause = now - renewedAt;
        }
    }
}

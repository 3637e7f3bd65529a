package hadirector.director;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/// Whether a director may be cut off: which interfaces have no carrier, which have just got it back, whether it has just
/// started. A group is fit only if none of its own interfaces is among the first two. Pure.
final class Links {
    /// How long a director is not fit while it may be alone in its view without being alone: after its start, as the first
    /// search for others may miss them, and after a link came back. Partitions merge within that time; it then hears of the
    /// holder instead of claiming beside or above it. A view of all members ends the wait.
    static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(2_500);

    private static final String START = "";

    /// By interface; [#START] for the director itself.
    private final Map<String, Long> settling = new HashMap<>();

    private Set<String> down = Set.of();

    /// All that are down now.
    void changed(Set<String> nowDown, long now) {
        down.stream().filter(name -> !nowDown.contains(name)).forEach(name -> settling.put(name, now));
        settling.keySet().removeAll(nowDown);
        down = Set.copyOf(nowDown);
    }

    /// The first view does not have all members.
    void started(long now) {
        settling.put(START, now);
    }

    /// A view has all members: there is nobody to wait for.
    void complete() {
        settling.clear();
    }

    /// @return whether something has settled since this was last asked
    boolean settle(long now) {
        return settling.values().removeIf(at -> now - at >= SETTLE_NANOS);
    }

    /// Why a group with addresses on `interfaces` could not be served; empty if it could.
    String unfit(Set<String> interfaces) {
        var dead = new TreeSet<>(interfaces);
        dead.retainAll(down);
        if (!dead.isEmpty()) {
            return "no carrier on " + String.join(", ", dead);
        }
        if (settling.containsKey(START)) {
            return "it has just started, it waits for the cluster";
        }
        var back = new TreeSet<>(interfaces);
        back.retainAll(settling.keySet());
        return back.isEmpty() ? "" : "the link of " + String.join(", ", back) + " has just come back";
    }
}

package hadirector.role;

import java.time.Duration;
import java.util.Map;

/// What the role machine is told about itself and its group.
///
/// @param director this one's name
/// @param incarnation see [Standing]
/// @param priority by director; one that is not named never holds the group
/// @param preempt whether the holder hands over to a strictly better director
public record GroupSettings(
        String director,
        long incarnation,
        String group,
        Map<String, Integer> priority,
        boolean preempt,
        int configDigest,
        Timing timing) {
    public GroupSettings {
        priority = Map.copyOf(priority);
    }

    GroupSettings with(Event.Reconfigured changed) {
        return new GroupSettings(
                director, incarnation, group, changed.priority(), changed.preempt(), changed.configDigest(), timing);
    }

    int ownPriority() {
        return priority.getOrDefault(director, Standing.NOT_LISTED);
    }

    /// Bounds, in nanoseconds.
    ///
    /// @param silence how long a member of the view that tells nothing delays a claim. Longer than the failure detector
    ///     needs, so that only a member that is alive and deaf to us can run into it
    /// @param handover how long a hand-over may take before the holder withdraws it, and how long it then waits for
    ///     the target's word
    /// @param stop how long a stopping director looks for a successor
    /// @param tell how often a standing is told at least
    /// @param pause before the next try after a failed guard, hand-over or snapshot
    public record Timing(long silence, long handover, long stop, long tell, long pause) {
        public static final Timing DEFAULT =
                new Timing(
                        Duration.ofSeconds(3).toNanos(),
                        Duration.ofSeconds(2).toNanos(),
                        Duration.ofSeconds(3).toNanos(),
                        Duration.ofMillis(500).toNanos(),
                        Duration.ofSeconds(1).toNanos());
    }
}

package hadirector.role;

import hadirector.model.Detection;
import java.time.Duration;
import java.util.Map;

/// What the role machine is told about itself and its group.
///
/// @param director this one's name
/// @param incarnation see [Standing]
/// @param priority by director; one that is not named never holds the group
/// @param preempt whether the holder hands over to a strictly better director
/// @param quorum whom a holder must have in sight
public record GroupSettings(
        String director,
        long incarnation,
        String group,
        Map<String, Integer> priority,
        boolean preempt,
        int configDigest,
        Quorum quorum,
        Timing timing) {
    public GroupSettings {
        priority = Map.copyOf(priority);
    }

    GroupSettings with(Event.Reconfigured changed) {
        return new GroupSettings(
                director, incarnation, group, changed.priority(), changed.preempt(), changed.configDigest(), quorum, timing);
    }

    int ownPriority() {
        return priorityOf(director);
    }

    int priorityOf(String name) {
        return priority.getOrDefault(name, Standing.NOT_LISTED);
    }

    /// Bounds, in nanoseconds.
    ///
    /// @param silence how long a member of the view that tells nothing delays a claim. Longer than the failure detector
    ///     needs, so that only a member that is alive and deaf to us can run into it
    /// @param handover how long a hand-over may take before the holder withdraws it, and how long it then waits for
    ///     the target's word
    /// @param stop how long a stopping director looks for a successor
    /// @param tell how often a standing is told at least: within the lease, so that a director whose last word is older was silent, and one
    ///     that is gone sooner has died
    /// @param pause before the next try after a failed guard, hand-over or snapshot
    /// @param sight how long a member that has told something counts as in sight; at most what the failure detector (`hadirector.group.Stack`) needs at least,
    ///     so that a holder that has lost the others gives up before they take over
    /// @param beacon how long a holder's beacon counts: three of its intervals, and two and its lease, as a holder that is frozen sends none and
    ///     may go on, and one may have been lost
    /// @param jump time between two steps after which this director was not there, and others may have taken over
    /// @param lastWord how long a director that has taken a hand-over waits for the last word of the one before it
    /// @param leaving how long that one forwards what still reaches it: by then neighbours have heard many announcements
    /// @param damping see [Takings#damping]
    public record Timing(
            long silence,
            long handover,
            long stop,
            long tell,
            long pause,
            long sight,
            long beacon,
            long jump,
            long lastWord,
            long leaving,
            long damping) {
        private static final Duration BEACON = Duration.ofMillis(50);
        private static final Duration JUMP_MIN = Duration.ofMillis(500);
        private static final Duration JUMP_AFTER_LEASE = Duration.ofMillis(100);

        /// See `beacon`.
        public static Duration beaconCounts(Duration lease) {
            var three = BEACON.multipliedBy(3);
            var leased = lease.plus(BEACON.multipliedBy(2));
            return leased.compareTo(three) > 0 ? leased : three;
        }

        /// @param sighted whether the arbiter needs to have members in sight, so that they must be heard often
        public static Timing of(Duration detection, Duration lease, boolean sighted) {
            var jump = lease.plus(JUMP_AFTER_LEASE);
            return new Timing(
                    Duration.ofSeconds(3).toNanos(),
                    Duration.ofSeconds(2).toNanos(),
                    Duration.ofSeconds(3).toNanos(),
                    (sighted ? detection.dividedBy(4) : lease.dividedBy(2)).toNanos(),
                    Duration.ofSeconds(1).toNanos(),
                    Detection.silence(detection).toNanos(),
                    beaconCounts(lease).toNanos(),
                    (jump.compareTo(JUMP_MIN) > 0 ? jump : JUMP_MIN).toNanos(),
                    Duration.ofMillis(500).toNanos(),
                    Duration.ofSeconds(2).toNanos(),
                    Duration.ofSeconds(10).toNanos());
        }
    }
}

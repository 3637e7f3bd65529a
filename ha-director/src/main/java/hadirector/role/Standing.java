package hadirector.role;

import java.util.Comparator;

/// What a director tells the others about itself and one group. It is told to all members of the view whenever
/// it changes, after each view, and now and then.
///
/// @param incarnation grows with each start of that director's process (its start in milliseconds)
/// @param epoch of a holder or claimant its own; of a backup the highest that it has seen
/// @param holder whose `epoch` is, as far as the sender knows, or empty. A backup that names a claimant here with the
///     epoch of its claim thereby grants it
/// @param fit whether it could hold the group now
/// @param why it is not fit, or empty
/// @param copied the holding whose connection table it has, by its epoch: of a holder its own, of a backup that of
///     its last verified snapshot, kept up to date since; 0 if it has none
/// @param position how complete that copy is: how many changes of that holding it has, see [hadirector.sync.wire.SyncHeader#CHANGES], once its source
///     has left the view; [#CURRENT] as long as it follows somebody in its view
/// @param priority by its own configuration, or [#NOT_LISTED]
/// @param configDigest equal on directors whose configurations agree
public record Standing(
        String director,
        String group,
        long incarnation,
        Role.Kind role,
        int epoch,
        String holder,
        boolean fit,
        String why,
        int copied,
        long position,
        int priority,
        int configDigest) {
    /// Position of a holder, and of whoever follows one.
    public static final long CURRENT = Long.MAX_VALUE;

    /// Position of an early build, which tells and compares none.
    public static final long UNKNOWN = -1;

    /// Priority of a director that never holds the group.
    public static final int NOT_LISTED = -1;

    /// Of several that hold, the first may go on: one that does not hand over, then highest epoch, then highest
    /// priority, then name.
    static final Comparator<Standing> STRONGEST_HOLDER_FIRST =
            Comparator.comparing((Standing s) -> s.role() == Role.Kind.ACTIVE)
                    .thenComparingInt(Standing::epoch)
                    .thenComparingInt(Standing::priority)
                    .reversed()
                    .thenComparing(Standing::director);

    /// By their tables: the newest verified one, then the most complete copy of it.
    private static final Comparator<Standing> MOST_COMPLETE_FIRST =
            Comparator.comparingInt(Standing::copied).thenComparing(Standing::comparePositions).reversed();

    /// Of several that could hold, the first shall: best table, then highest priority, then name.
    static final Comparator<Standing> BEST_CANDIDATE_FIRST = MOST_COMPLETE_FIRST
            .thenComparing(Comparator.comparingInt(Standing::priority).reversed())
            .thenComparing(Standing::director);

    /// That of a director whose configuration does not know `group`: it never holds it, and says so at once
    /// lest the others wait for its word.
    public static Standing stranger(String director, String group, long incarnation, int configDigest) {
        return new Standing(
                director,
                group,
                incarnation,
                Role.Kind.BACKUP,
                0,
                "",
                false,
                "its configuration has no group " + group,
                0,
                0,
                NOT_LISTED,
                configDigest);
    }

    private static int comparePositions(Standing a, Standing b) {
        return a.position == UNKNOWN || b.position == UNKNOWN ? 0 : Long.compare(a.position, b.position);
    }

    /// Whether its table is newer, or a more complete copy.
    boolean hasMoreThan(Standing other) {
        return MOST_COMPLETE_FIRST.compare(this, other) < 0;
    }

    /// Whether its copy is of now, as far as it can know.
    boolean isCurrent() {
        return position == CURRENT || position == UNKNOWN;
    }

    /// Whether the sender does not know the group: it cannot hold it, and has nothing to grant.
    boolean isStranger() {
        return role == Role.Kind.BACKUP && priority == NOT_LISTED && !fit && epoch == 0 && holder.isEmpty();
    }

    boolean isEligible() {
        return fit && priority != NOT_LISTED;
    }

    /// Whether the sender has granted `epoch` to `claimant`.
    boolean grants(int grantedEpoch, String claimant) {
        return role == Role.Kind.BACKUP && epoch == grantedEpoch && holder.equals(claimant);
    }
}

package hadirector.sim;

import hadirector.role.Action;
import hadirector.role.Event;
import hadirector.role.GroupRole;
import hadirector.role.GroupSettings;
import hadirector.role.Quorum;
import hadirector.role.Role;
import hadirector.role.Standing;
import java.util.ArrayList;
import java.util.List;

/// Rules of the role machine, broken one at a time from outside: by what it is told and by what it may do. The
/// simulation must notice each. Three rules are not here, because others stand behind them, and are held by unit tests
/// alone: a hand-over that comes too late is refused (the stream is broken by then), standings of an earlier life
/// do not count (the next one corrects them), and a jump of time ends a claim (the guard's answer is too old by then).
enum Mutant {
    /// The machine as it is.
    NONE,
    /// A claim counts as granted by all who were heard.
    GRANTS_ASSUMED,
    /// A holder does not believe in a stronger one after a merge.
    STRONGER_HOLDER_IGNORED,
    /// The winner of a merge keeps silent (peers.md D.3: clients stay with the loser).
    MERGE_NOT_ANNOUNCED,
    /// A backup takes any table for a verified copy.
    BROKEN_COPY_TRUSTED,
    /// The holder takes every peer's table for a verified copy.
    UNSYNCED_SUCCESSOR,
    /// A director does not notice that it cannot forward.
    UNFITNESS_IGNORED,
    /// A director takes a hand-over though it cannot forward.
    UNFIT_TAKES_OVER,
    /// Nobody learns of the epochs that others have seen.
    EPOCHS_FORGOTTEN,
    /// The loser of a merge, or a holder that has handed over, goes on forwarding.
    NEVER_CLOSED,
    /// A backup does not ask for the table of a new holder.
    NEVER_RESYNCED,
    /// A stopping director just goes on.
    STOP_IGNORED,
    /// A holder that has lost its link closes without a successor, and its fitness is never looked at again.
    FITNESS_NEVER_REGAINED,
    /// A holder that stood still for longer than its lease just goes on.
    LEASE_IGNORED,
    /// The engine's word that it has closed a group does not reach the role.
    FENCING_UNHEARD,
    /// The guard does not mind that somebody answers for the address.
    PROBES_IGNORED,
    /// Nobody hears beacons.
    BEACONS_UNHEARD,
    /// Whoever has lost everybody goes on, and takes over, as if there were no arbiter.
    ARBITER_IGNORED,
    /// Who gets a hand-over answers at once, beside the one that gives it.
    ANSWERS_TOO_EARLY,
    /// Who has handed over goes on answering.
    NEVER_LEFT,
    /// Who has handed over does not say that it was all.
    LAST_WORD_UNSAID,
    /// A majority is taken for granted by those who say nothing.
    MAJORITY_ASSUMED;

    /// What the machine is told of its arbiter.
    GroupSettings distort(GroupSettings settings) {
        boolean none = this == ARBITER_IGNORED
                || (this == MAJORITY_ASSUMED && settings.quorum().kind() == Quorum.Kind.MAJORITY);
        return none
                ? new GroupSettings(
                        settings.director(),
                        settings.incarnation(),
                        settings.group(),
                        settings.priority(),
                        settings.preempt(),
                        settings.configDigest(),
                        new Quorum(Quorum.Kind.NONE, settings.quorum().members()),
                        settings.timing())
                : settings;
    }

    List<Event> distort(GroupRole group, Event event) {
        return switch (this) {
            case STRONGER_HOLDER_IGNORED ->
                    event instanceof Event.Heard(Standing s) && s.role() == Role.Kind.ACTIVE && isActive(group)
                            ? List.of()
                            : List.of(event);
            case BROKEN_COPY_TRUSTED ->
                    event instanceof Event.Synced s ? List.of(new Event.Synced(s.epoch(), true)) : List.of(event);
            case UNFITNESS_IGNORED -> event instanceof Event.Fitness f && !f.fit() ? List.of() : List.of(event);
            case FITNESS_NEVER_REGAINED ->
                    event instanceof Event.Fitness f && f.fit() && group.standing().epoch() > 0
                            ? List.of()
                            : List.of(event);
            case STOP_IGNORED -> event instanceof Event.Stopping ? List.of() : List.of(event);
            case UNFIT_TAKES_OVER ->
                    event instanceof Event.HandoverArrived
                            ? List.of(new Event.Fitness(true, ""), event)
                            : List.of(event);
            case GRANTS_ASSUMED, UNSYNCED_SUCCESSOR, EPOCHS_FORGOTTEN ->
                    event instanceof Event.Heard(Standing s)
                            ? List.of(new Event.Heard(distort(group, s)))
                            : List.of(event);
            case BEACONS_UNHEARD -> event instanceof Event.HolderHeard ? List.of() : List.of(event);
            case NONE,
                    MERGE_NOT_ANNOUNCED,
                    NEVER_CLOSED,
                    NEVER_RESYNCED,
                    LEASE_IGNORED,
                    FENCING_UNHEARD,
                    PROBES_IGNORED,
                    ARBITER_IGNORED,
                    ANSWERS_TOO_EARLY,
                    NEVER_LEFT,
                    LAST_WORD_UNSAID,
                    MAJORITY_ASSUMED -> List.of(event);
        };
    }

    private static boolean isActive(GroupRole group) {
        return group.role().kind() == Role.Kind.ACTIVE;
    }

    private Standing distort(GroupRole group, Standing s) {
        boolean claiming = group.role().kind() == Role.Kind.CLAIMING && s.role() == Role.Kind.BACKUP;
        boolean granted = this == GRANTS_ASSUMED && claiming;
        boolean forgotten = this == EPOCHS_FORGOTTEN && s.role() == Role.Kind.BACKUP && !claiming;
        int epoch = granted ? group.standing().epoch() : forgotten ? 0 : s.epoch();
        return new Standing(
                s.director(),
                s.group(),
                s.incarnation(),
                s.role(),
                epoch,
                granted ? group.settings().director() : s.holder(),
                s.fit(),
                s.why(),
                this == UNSYNCED_SUCCESSOR ? group.standing().epoch() : s.copied(),
                s.priority(),
                s.configDigest());
    }

    List<Action> distort(List<Action> actions) {
        if (this == NONE || actions.isEmpty()) {
            return actions;
        }
        var left = new ArrayList<>(actions);
        switch (this) {
            case MERGE_NOT_ANNOUNCED -> left.removeIf(a -> a instanceof Action.Announce);
            case NEVER_CLOSED -> left.removeIf(a -> a instanceof Action.CloseDataPath);
            case ANSWERS_TOO_EARLY ->
                left.replaceAll(a -> a instanceof Action.PrepareDataPath(int epoch) ? new Action.OpenDataPath(epoch) : a);
            case NEVER_LEFT -> left.removeIf(a -> a instanceof Action.LeaveDataPath);
            case LAST_WORD_UNSAID -> {
                if (actions.contains(new Action.LeaveDataPath())) {
                    left.removeIf(a -> a instanceof Action.HandOver);
                }
            }
            case NEVER_RESYNCED -> left.removeIf(a -> a instanceof Action.RequestSnapshot);
            case NONE,
                    GRANTS_ASSUMED,
                    STRONGER_HOLDER_IGNORED,
                    BROKEN_COPY_TRUSTED,
                    UNSYNCED_SUCCESSOR,
                    UNFITNESS_IGNORED,
                    UNFIT_TAKES_OVER,
                    EPOCHS_FORGOTTEN,
                    STOP_IGNORED,
                    FITNESS_NEVER_REGAINED,
                    LEASE_IGNORED,
                    FENCING_UNHEARD,
                    PROBES_IGNORED,
                    BEACONS_UNHEARD,
                    ARBITER_IGNORED,
                    MAJORITY_ASSUMED -> {}
        }
        return left;
    }
}

package hadirector.sim;

import hadirector.role.Action;
import hadirector.role.Event;
import hadirector.role.GroupRole;
import hadirector.role.GroupSettings;
import hadirector.role.GroupSettings.Timing;
import hadirector.role.Quorum;
import hadirector.role.Role;
import hadirector.role.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Rules of the role machine, broken one at a time from outside: by what it is told and by what it may do. The
/// simulation must notice each. Some rules are not here, because others stand behind them, and are held by other tests alone: a hand-over that
/// comes too late is refused (the stream is broken by then), standings of an earlier life do not count (the next one corrects them), a jump of
/// time ends a claim (the guard's answer is too old by then) and a late answer is refused (time has jumped by then), a claim needs a gateway's answer
/// (who has lost the gateway does not claim), beacons are taken in their order (`BeaconLabTest`), a late word is taken where a connection has ended
/// (its next packet is mostly sooner), who is prepared tells others nothing (who has left does not forward by it) and an offer makes no word a late
/// one (who is offered the group takes it at once here; all three `TableReplicationTest`). Nor are those that save time: a holder has lost
/// whom it has not heard for five sixths of `detection`, and who has let go is not waited for (`GuardRulesTest`); the damping of a flapping
/// group, the newest table first and the wait of a link that comes back are no matter of safety either (`GuardRulesTest`, `GroupRoleTest`, `DecisionsTest`).
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
    /// Who has handed over forwards no more what still comes to it.
    NEVER_DRAINS,
    /// Who has handed over forwards for ever.
    DRAINS_FOR_EVER,
    /// Who is to take over waits for the last word of one that cannot say it.
    LAST_WORD_AWAITED_FOR_EVER,
    /// A holder waits for ever for the one that it has offered the group to.
    OFFER_NEVER_WITHDRAWN,
    /// A majority is taken for granted by those who say nothing.
    MAJORITY_ASSUMED,
    /// A holder does not notice that its gateway is gone.
    GATEWAY_NEVER_LOST,
    /// A witness holds the group.
    WITNESS_HOLDS,
    /// A holder hands over to a better director though `preempt` is off.
    PREEMPTS_UNASKED,
    /// A holder keeps the group though `preempt` is on.
    NEVER_PREEMPTS,
    /// Scripts do not move the priority.
    WEIGHTS_IGNORED,
    /// A holder does not give in to the beacons of a stronger one.
    RIVALS_BEACONS_IGNORED,
    /// A holder that is not heard by a weaker one, whose beacons it hears, goes on.
    STRONGER_NEVER_GIVES_IN,
    /// Who has left the view is taken for dead, though it was silent before.
    SILENCE_TAKEN_FOR_DEATH,
    /// The guard does not wait for the end of the lease of a holder that was heard.
    LEASE_NOT_AWAITED,
    /// Of several copies of one holding any counts as much as another.
    POSITIONS_IGNORED,
    /// What an old holder still says counts at one that answers by now.
    LATE_WORD_OVERRULES,
    /// What an old holder still says is not taken at all.
    LATE_WORD_REFUSED,
    /// An old holder's word on a connection's end counts at one that answers by now.
    LATE_END_BELIEVED,
    /// Who only waits for the last word lets nobody overrule its entries any more.
    PREPARED_OVERRULES,
    /// Who has handed over forwards by what it has learned since then.
    FORWARDS_WHAT_IT_LEARNED,
    /// Who has handed over still begins connections.
    BEGINS_AFTER_LEAVING;

    private static final long FOR_EVER = Duration.ofHours(1).toNanos();

    /// What the machine is told of its group.
    GroupSettings distort(GroupSettings settings) {
        return new GroupSettings(
                settings.director(),
                settings.incarnation(),
                settings.group(),
                distort(settings.director(), settings.priority()),
                this == PREEMPTS_UNASKED || (settings.preempt() && this != NEVER_PREEMPTS),
                settings.configDigest(),
                distort(settings.quorum()),
                distort(settings.timing()));
    }

    private Map<String, Integer> distort(String self, Map<String, Integer> priority) {
        if (this != WITNESS_HOLDS || priority.containsKey(self)) {
            return priority;
        }
        var listed = new HashMap<>(priority);
        listed.put(self, 1);
        return listed;
    }

    private Quorum distort(Quorum quorum) {
        boolean none = this == ARBITER_IGNORED || (this == MAJORITY_ASSUMED && quorum.kind() == Quorum.Kind.MAJORITY);
        return none ? new Quorum(Quorum.Kind.NONE, quorum.members()) : quorum;
    }

    private Timing distort(Timing timing) {
        return new Timing(
                timing.silence(),
                this == OFFER_NEVER_WITHDRAWN ? FOR_EVER : timing.handover(),
                timing.stop(),
                timing.tell(),
                timing.pause(),
                timing.sight(),
                timing.beacon(),
                timing.jump(),
                this == LAST_WORD_AWAITED_FOR_EVER ? FOR_EVER : timing.lastWord(),
                this == DRAINS_FOR_EVER ? FOR_EVER : timing.leaving(),
                timing.damping());
    }

    List<Event> distort(GroupRole group, Event event) {
        if (this == NONE) {
            return List.of(event);
        }
        return switch (event) {
            case Event.Heard(Standing s) when this == STRONGER_HOLDER_IGNORED && s.role() == Role.Kind.ACTIVE && isActive(group) ->
                    List.of();
            case Event.Heard(Standing s) -> List.of(new Event.Heard(distort(group, s)));
            case Event.Synced s when this == BROKEN_COPY_TRUSTED -> List.of(new Event.Synced(s.epoch(), true));
            case Event.Fitness f when this == UNFITNESS_IGNORED && !f.fit() -> List.of();
            case Event.Fitness f when this == FITNESS_NEVER_REGAINED && f.fit() && group.standing().epoch() > 0 -> List.of();
            case Event.Fitness f when this == WEIGHTS_IGNORED -> List.of(new Event.Fitness(f.fit(), f.why()));
            case Event.Stopping _ when this == STOP_IGNORED -> List.of();
            case Event.HandoverArrived _ when this == UNFIT_TAKES_OVER -> List.of(new Event.Fitness(true, "", group.fitness().weight()), event);
            case Event.HolderHeard _ when this == BEACONS_UNHEARD -> List.of();
            case Event.HolderHeard _ when this == RIVALS_BEACONS_IGNORED && group.role().kind().holds() -> List.of();
            case Event.HolderHeard h when this == STRONGER_NEVER_GIVES_IN && isWeaker(h, group) -> List.of();
            case Event.Received _ when this == POSITIONS_IGNORED -> List.of();
            case Event.GatewaySeen(boolean seen) when this == GATEWAY_NEVER_LOST && !seen -> List.of();
            default -> List.of(event);
        };
    }

    /// A rival that is to give in itself, and of which nothing is heard but its beacons.
    private static boolean isWeaker(Event.HolderHeard rival, GroupRole group) {
        return isActive(group) && rival.epoch() < group.standing().epoch() && group.heard(rival.director()).isEmpty();
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
                this == UNSYNCED_SUCCESSOR ? Standing.CURRENT : s.position(),
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
            case NEVER_DRAINS -> left.replaceAll(a -> a instanceof Action.LeaveDataPath ? new Action.CloseDataPath() : a);
            case LAST_WORD_UNSAID -> {
                if (actions.contains(new Action.LeaveDataPath())) {
                    left.removeIf(a -> a instanceof Action.HandOver);
                }
            }
            case NEVER_RESYNCED -> left.removeIf(a -> a instanceof Action.RequestSnapshot);
            default -> {} // What is broken is elsewhere.
        }
        return left;
    }
}

package hadirector.role;

import hadirector.role.FailoverRequest.Outcome;
import hadirector.role.GroupRole.Pause;
import hadirector.role.GroupRole.Stop;
import hadirector.role.GroupRole.Told;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One step in the making: the state as it changes, the actions so far, and the moves that rules are made of.
final class Turn {
    private static final int PRIORITY_MIN = 1;
    private static final int PRIORITY_MAX = 65535;

    final long now;
    GroupSettings settings;
    Role role;
    Peers peers;
    Epochs epochs;
    Event.Fitness fitness;
    Copy copy;
    Optional<Pause> pause;
    Optional<Stop> stop;
    boolean announceDue;
    Optional<Sighting> sighting;
    boolean gateway;
    Takings takings;
    Optional<Overlap> overlap;

    /// Whether the others shall be told even if nothing has changed.
    boolean tell;

    private final Optional<Told> told;
    private final List<Action> actions = new ArrayList<>();

    Turn(GroupRole from, long now) {
        this.now = now;
        settings = from.settings();
        role = from.role();
        peers = from.peers();
        epochs = from.epochs();
        fitness = from.fitness();
        copy = from.copy();
        pause = from.pause();
        stop = from.stop();
        announceDue = from.announceDue();
        sighting = from.sighting();
        gateway = from.gateway();
        takings = from.takings();
        overlap = from.overlap();
        told = from.told();
    }

    Step end() {
        var standing = standing();
        boolean changed = told.filter(t -> t.standing().equals(standing)).isEmpty();
        long interval = settings.timing().tell() / (role instanceof Role.Claiming ? 5 : 1);
        boolean due = told.filter(t -> now - t.at() < interval).isEmpty();
        boolean telling = tell || changed || due;
        if (telling) {
            act(new Action.Tell(standing));
        }
        return new Step(next(telling ? Optional.of(new Told(standing, now)) : told), actions);
    }

    /// The state as it is now, nothing told.
    GroupRole next() {
        return next(told);
    }

    private GroupRole next(Optional<Told> last) {
        return new GroupRole(
                settings,
                role,
                peers,
                epochs,
                fitness,
                copy,
                pause,
                stop,
                announceDue,
                last,
                sighting,
                gateway,
                takings,
                overlap,
                now);
    }

    void act(Action action) {
        actions.add(action);
    }

    Standing standing() {
        boolean backup = role instanceof Role.Backup;
        String unfit = unfit();
        return new Standing(
                settings.director(),
                settings.group(),
                settings.incarnation(),
                role.kind(),
                epoch(),
                backup ? epochs.owner() : settings.director(),
                unfit.isEmpty(),
                unfit,
                copy.epoch(),
                copy.completeness(),
                priority(),
                settings.configDigest());
    }

    /// By the configuration and the tracked scripts.
    int priority() {
        int own = settings.ownPriority();
        return own == Standing.NOT_LISTED ? own : Math.clamp(own + fitness.weight(), PRIORITY_MIN, PRIORITY_MAX);
    }

    private int epoch() {
        return switch (role) {
            case Role.Backup _ -> epochs.highest();
            case Role.Claiming c -> c.epoch();
            case Role.Active a -> a.epoch();
            case Role.HandingOver h -> h.withdrawn() ? h.offered() + 1 : h.holding().epoch();
        };
    }

    /// Why this director could not take the group now, or empty.
    String unfit() {
        if (stop.isPresent()) {
            return "it is stopping";
        }
        if (!peers.joined()) {
            return "it has not joined the cluster yet";
        }
        if (!fitness.fit()) {
            return fitness.why();
        }
        if (!hasQuorum()) {
            return settings.quorum().lack();
        }
        return role.kind().holds() ? "" : pause.map(Pause::why).orElse("");
    }

    /// Whether this director has in sight whom a holder must.
    boolean hasQuorum() {
        return settings.quorum().isReached(peers.sighted(now, settings.timing().sight()), gateway);
    }

    /// The other holder that was heard on a client network just now.
    Optional<Sighting> sighted() {
        return sighting.filter(heard -> now - heard.at() < settings.timing().beacon());
    }

    /// Whether a member of the view has not been heard in it, and may still be.
    boolean isAnyoneAwaited() {
        return !peers.awaited(now, silence()).isEmpty();
    }

    boolean mayHold() {
        return unfit().isEmpty() && settings.ownPriority() != Standing.NOT_LISTED;
    }

    boolean stopOverdue() {
        return stop.filter(s -> now - s.until() >= 0).isPresent();
    }

    long silence() {
        return settings.timing().silence();
    }

    /// The others that could hold the group with every connection, the best first.
    List<Standing> successors() {
        return peers.candidates(now, silence()).filter(this::hasCopy).toList();
    }

    /// Whether it has the table of this holder.
    boolean hasCopy(Standing other) {
        return peers.hasCopy(other, epoch(), now, settings.timing().pause());
    }

    void claim() {
        int epoch = epochs.highest() + 1;
        epochs = epochs.see(epoch, settings.director());
        long since = role instanceof Role.Claiming c ? c.since() : now;
        role = new Role.Claiming(epoch, since, false);
        act(new Action.CheckGuard(epoch));
    }

    /// Begins to hold, or goes on to hold under a higher epoch, or to answer.
    void hold(int epoch, long since) {
        become(epoch, since);
        overlap = Optional.empty();
        act(new Action.OpenDataPath(epoch));
    }

    /// Begins to hold what `giver` answers for until its last word.
    void prepare(int epoch, String giver) {
        become(epoch, now);
        overlap = Optional.of(new Overlap(giver, now + settings.timing().lastWord()));
        act(new Action.PrepareDataPath(epoch));
    }

    private void become(int epoch, long since) {
        epochs = epochs.see(epoch, settings.director());
        takings = role.kind().holds() ? takings : takings.another(now);
        role = new Role.Active(epoch, since);
        copy = Copy.own(epoch);
    }

    void offer(Role.Active holding, boolean forwarding, String target, Optional<FailoverRequest> request) {
        int offered = epochs.highest() + 1;
        epochs = epochs.see(offered, target);
        overlap = Optional.empty();
        role = new Role.HandingOver(holding, forwarding, target, offered, false, now, request);
        act(new Action.HandOver(target, offered));
    }

    /// Ends a holding for `holder`, which has it: what still comes here is forwarded for a while.
    void leave(String holder) {
        act(new Action.LeaveDataPath());
        role = new Role.Backup();
        overlap = Optional.of(new Overlap(holder, now + settings.timing().leaving()));
        announceDue = false;
    }

    /// Ends a holding; the data path is still open unless it was closed before.
    void release(boolean open) {
        if (open) {
            act(new Action.CloseDataPath());
        }
        role = new Role.Backup();
        overlap = Optional.empty();
        announceDue = false;
    }

    /// A backup forwards no more.
    void endOverlap() {
        if (overlap.isPresent()) {
            overlap = Optional.empty();
            act(new Action.CloseDataPath());
        }
    }

    void answer(Optional<FailoverRequest> request, Outcome outcome) {
        request.ifPresent(r -> act(new Action.Answer(r, outcome)));
    }

    void pause(String why) {
        pause(why, settings.timing().pause());
    }

    void pause(String why, long nanos) {
        pause = Optional.of(new Pause(now + nanos, why, false));
    }

    /// The guard has refused a claim: until it may be otherwise.
    void pauseRefused(String why) {
        pause = Optional.of(new Pause(now + settings.timing().pause(), why, true));
    }

    /// Keeps this director's table a copy of the holder's.
    void follow(Standing holder) {
        var source = Copy.Source.of(holder);
        boolean known = copy.source().filter(source::equals).isPresent();
        boolean retry = copy.broken().filter(at -> now - at >= settings.timing().pause()).isPresent();
        if (!known || retry) {
            copy = copy.follow(source);
            act(new Action.RequestSnapshot(holder.director(), holder.epoch()));
        }
    }
}

package hadirector.sim;

import hadirector.role.Action;
import hadirector.role.Event;
import hadirector.role.FailoverRequest;
import hadirector.role.GroupRole;
import hadirector.role.GroupSettings;
import hadirector.role.Role;
import hadirector.role.Standing;
import hadirector.sim.SimNetwork.Channel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// One process: the role machine under test, and a model of the engine and of replication around it.
final class SimDirector {
    /// One time in which a director held the group, whatever the epochs.
    record Holding(SimDirector holder, long since) {}

    /// What the run watches.
    interface Watch {
        void opened(SimDirector director, Role.Kind before, int epoch);

        void viewed(SimDirector director, Set<String> members, boolean merged);

        /// Forwarding for the group already, it answers from now on.
        void answersNow(SimDirector director);

        void announced(SimDirector director);

        void closed(SimDirector director);

        void claims(SimDirector director);

        /// @param forwarding whether it had offered the group before, and forwarded until now
        void handsOver(SimDirector director, String target, boolean forwarding);

        /// The holder knows that the others have a connection: its client may get an answer.
        void acknowledged(Holding holding, long entry, Set<SimDirector> by);

        void ended(long entry);

        void answered(FailoverRequest request, FailoverRequest.Outcome outcome);

        void stopped(SimDirector director);
    }

    private static final int TABLE_MAX = 30;
    private static final long SETTLING = 2_000 * SimWorld.MS;

    private final SimWorld world;
    private final SimNetwork network;
    private final SimClock clock;
    private final Watch watch;
    private final Mutant mutant;
    private final int machine;
    private final String name;
    private final Map<String, Long> sent = new HashMap<>();
    private final Map<SimDirector, Long> expected = new HashMap<>();
    private final TreeSet<Long> table = new TreeSet<>();

    /// How many changes it has told everybody as a holder.
    private long told;

    private String followed = "";
    private Event.Received received = new Event.Received(0, 0);
    private Optional<Holding> copyOf = Optional.empty();

    /// Those that have the whole table of this holding, so that a connection waits for them.
    private final Set<SimDirector> synced = new HashSet<>();
    private SortedMap<String, SimDirector> peers = new TreeMap<>();
    private GroupRole group;
    private GroupRole before;
    private Event.Fitness fitness = new Event.Fitness(false, "starting");
    private boolean alive = true;
    private boolean joined;
    private boolean open;

    /// Forwarding, but not answering.
    private boolean silent;

    /// The engine has closed because it stood still, and opens only once it has been told to close.
    private boolean fenced;

    private int epochOpen;
    private int epochHeld;
    private int epochServed;
    private int epochBefore;
    private long epochHeldAt;
    private boolean frozen;
    private long frozenAt;
    private long claimBegun;
    private long openedAt;
    private long holdingSince;
    private final List<Runnable> backlog = new ArrayList<>();
    private final SimGuard guard;

    /// @param alive the running processes; the caller changes it
    SimDirector(
            SimWorld world,
            SimNetwork network,
            List<SimLan> lans,
            List<SimDirector> alive,
            SimClock clock,
            Watch watch,
            Mutant mutant,
            int machine,
            GroupSettings settings) {
        guard = new SimGuard(world, lans, alive, this, settings.quorum(), mutant);
        this.world = world;
        this.network = network;
        this.clock = clock;
        this.watch = watch;
        this.mutant = mutant;
        this.machine = machine;
        name = settings.director();
        group = GroupRole.start(mutant.distort(settings), clock.read(world.now()));
        before = group;
    }

    void start() {
        guard.start();
    }

    int machine() {
        return machine;
    }

    String name() {
        return name;
    }

    boolean isAlive() {
        return alive;
    }

    boolean isOpen() {
        return open;
    }

    /// Whether it answers on the client networks: a frozen process does not, though its kernel may go on forwarding.
    boolean answers() {
        return open && !silent && !frozen;
    }

    /// For how long it has held the group and waited for the last word of the holder before it.
    long preparedFor() {
        return open && silent && !frozen && group.role().kind().holds() ? world.now() - holdingSince : 0;
    }

    /// Whether it says so in beacons, which one that waits for the last word does as well.
    boolean speaks() {
        return open && !frozen && group.role().kind().holds();
    }

    boolean isFrozen() {
        return frozen;
    }

    /// Whether the lease of a frozen holder still runs: when it wakes up within it, it goes on.
    boolean mayGoOn() {
        return open && !silent && frozen && world.now() - frozenAt <= SimGuard.LEASE;
    }

    int epochOpen() {
        return epochOpen;
    }

    /// When it last began to claim.
    long claimBegun() {
        return claimBegun;
    }

    /// Since when its data path is open.
    long openedAt() {
        return openedAt;
    }

    boolean hasJoined() {
        return joined;
    }

    boolean isFit() {
        return fitness.fit();
    }

    GroupRole group() {
        return group;
    }

    Set<Long> table() {
        return table;
    }

    /// The highest epoch under which it has held the group or heard from a holder in its view.
    int epochHeld() {
        return epochHeld;
    }

    @Override
    public String toString() {
        return "%s: %s %s".formatted(name(), group.standing(), group.whyNot(clock.read(world.now())));
    }

    void kill() {
        alive = false;
        open = false;
    }

    void freeze() {
        frozen = true;
        frozenAt = world.now();
    }

    /// What has come meanwhile is taken now; the engine's word that it has closed comes somewhere among it.
    void wake() {
        if (!alive || !frozen) {
            return;
        }
        frozen = false;
        guard.wokeUp(world.now() - frozenAt);
        boolean over = world.now() - frozenAt > SimGuard.LEASE;
        if (open && over && mutant != Mutant.LEASE_IGNORED) {
            open = false;
            fenced = true;
            guard.farewell();
            if (mutant != Mutant.FENCING_UNHEARD) {
                backlog.add((int) world.upTo(backlog.size()), () -> take(new Event.Fenced("it stood still")));
            }
        }
        var waiting = List.copyOf(backlog);
        backlog.clear();
        for (int i = 0; i < waiting.size(); i++) { // One by one, each a step of its own for the checks.
            world.after(i, waiting.get(i));
        }
    }

    /// Does what comes from outside, once the process runs.
    void later(Runnable what) {
        if (frozen) {
            backlog.add(what);
        } else if (alive) {
            what.run();
        }
    }

    void hears(SimGuard.Beacon beacon) {
        later(() -> {
            if (guard.hears(beacon)) {
                take(beacon.holds()
                        ? new Event.HolderHeard(beacon.director(), beacon.epoch())
                        : new Event.HolderLeft(beacon.director(), beacon.epoch()));
            }
        });
    }

    /// Who has the address?
    void isAsked(int by, Runnable answer) {
        if (alive && answers()) {
            guard.answer(by, answer);
        }
    }

    void view(SortedMap<String, SimDirector> members, boolean merged) {
        peers = members;
        synced.retainAll(members.values());
        joined = true;
        var names = new TreeSet<>(members.keySet());
        names.add(name());
        guard.viewed(names);
        watch.viewed(this, names, merged);
        take(received);
        take(new Event.ViewChanged(List.copyOf(names), merged));
    }

    void fitness(boolean fit, String why) {
        fitness = new Event.Fitness(fit, why, fitness.weight());
        take(fitness);
    }

    /// Of its tracked scripts.
    void weight(int weight) {
        fitness = new Event.Fitness(fitness.fit(), fitness.why(), weight);
        take(fitness);
    }

    int weight() {
        return fitness.weight();
    }

    void take(Event event) {
        if (alive) {
            for (var each : mutant.distort(group, event)) {
                step(each);
            }
        }
    }

    private void step(Event event) {
        before = group;
        boolean wasOpen = open;
        long now = clock.read(world.now());
        var step = group.step(event, now);
        group = step.next();
        for (var action : mutant.distort(step.actions())) {
            run(action, before.role().kind(), wasOpen);
        }
        before = group;
    }

    private void run(Action action, Role.Kind before, boolean wasOpen) {
        switch (action) {
            case Action.OpenDataPath(int epoch) -> open(before, epoch);
            case Action.PrepareDataPath(int epoch) -> prepare(before, epoch);
            case Action.LeaveDataPath _ -> silent = true;
            case Action.CloseDataPath _ -> close();
            case Action.Announce _ -> watch.announced(this);
            case Action.Tell(Standing standing) -> tell(standing);
            case Action.CheckGuard(int epoch) -> {
                claimBegun = world.now();
                watch.claims(this);
                guard.check(epoch);
            }
            case Action.HandOver(String target, int epoch) -> {
                watch.handsOver(this, target, wasOpen && before == Role.Kind.HANDING_OVER);
                handOver(target, epoch);
            }
            case Action.RequestSnapshot(String holder, int epoch) -> requestSnapshot(holder, epoch);
            case Action.Forward(String holder, FailoverRequest request) ->
                    send(holder, Channel.CONTROL, to -> to.take(new Event.FailoverRequested(request)));
            case Action.Answer(FailoverRequest request, FailoverRequest.Outcome outcome) ->
                    watch.answered(request, outcome);
            case Action.Stopped _ -> watch.stopped(this);
        }
    }

    private void open(Role.Kind before, int epoch) {
        if (fenced) {
            later(() -> take(new Event.Fenced("it stood still")));
            return;
        }
        boolean prepared = open && silent && before.holds() && epochOpen == epoch;
        if (!before.holds()) {
            beginHolding();
        }
        openedAt = open && !silent ? openedAt : world.now();
        open = true;
        silent = false;
        epochOpen = epoch;
        guard.holds();
        expected.clear();
        if (prepared) {
            watch.answersNow(this);
        } else {
            watch.opened(this, before, epoch);
            copyOf = Optional.empty();
            holdingSeen(epoch);
        }
    }

    /// What the last holder still says is heard.
    private void prepare(Role.Kind before, int epoch) {
        if (fenced) {
            later(() -> take(new Event.Fenced("it stood still")));
            return;
        }
        open = true;
        silent = true;
        beginHolding();
        epochOpen = epoch;
        guard.holds();
        watch.opened(this, before, epoch);
        copyOf = Optional.empty();
        holdingSeen(epoch);
    }

    /// The highest epoch under which it has heard somebody hold: of a hand-over that was withdrawn it is not the one above the offer.
    int epochServed() {
        return epochServed;
    }

    private void beginHolding() {
        synced.clear();
        holdingSince = world.now();
    }

    private void holdingSeen(int epoch) {
        if (epoch > epochHeld) {
            epochBefore = epochHeld;
            epochHeld = epoch;
            epochHeldAt = world.now();
        }
    }

    private void close() {
        fenced = false;
        if (open) {
            open = false;
            guard.farewell();
        }
        silent = false;
        watch.closed(this);
    }

    private void tell(Standing standing) {
        for (var peer : peers.keySet()) {
            send(peer, Channel.CONTROL, to -> to.hear(standing));
        }
    }

    private void hear(Standing standing) {
        if (standing.role().holds() && peers.containsKey(standing.director())) {
            holdingSeen(standing.epoch());
            epochServed = Math.max(epochServed, standing.copied());
        }
        take(new Event.Heard(standing));
    }

    private interface Message {
        void arrive(SimDirector to);
    }

    private void send(String peer, Channel channel, Message message) {
        var to = peers.get(peer);
        if (to != null) {
            network.send(this, to, channel, () -> to.later(() -> to.arrived(this, channel, message)));
        }
    }

    /// What had come of a process that is not in the view any more was taken in before that view; what comes later is refused. A view may come here sooner
    /// than by the last word of replication, so that does not count as one.
    private void arrived(SimDirector from, Channel channel, Message message) {
        if (sees(from)) {
            if (channel == Channel.CONTROL) {
                guard.heard(from.name());
            }
            message.arrive(this);
        }
    }

    // Replication: a numbered stream from the holder to each member of its view.

    /// A client opens a connection, or an old one ends.
    void traffic() {
        if (!answers()) {
            return;
        }
        long entry = world.now();
        adopt(entry);
        if (table.size() > TABLE_MAX) {
            long ended = table.removeFirst();
            watch.ended(ended);
            replicate(to -> to.table.remove(ended), group.standing().epoch(), false);
        }
    }

    /// What is new to a holder it tells all, whoever has told it.
    private void adopt(long entry) {
        if (table.add(entry) && group.role().kind().holds()) {
            replicate(
                    to -> {
                        to.adopt(entry);
                        applied(entry);
                    },
                    group.standing().epoch(),
                    true);
        }
    }

    /// Another has it: acknowledgements are taken to arrive at once.
    private void applied(long entry) {
        if (answers() && table.contains(entry) && !synced.isEmpty() && synced.stream().allMatch(other -> other.table.contains(entry))) {
            watch.acknowledged(holding(), entry, Set.copyOf(synced));
        }
    }

    /// Whose table its own is a true copy of, as far as it knows; of one that just begins to hold, knew until now.
    Optional<Holding> copyOf() {
        return before.standing().copied() == 0 ? Optional.empty() : copyOf;
    }

    boolean sees(SimDirector other) {
        return peers.get(other.name()) == other;
    }

    /// The epoch of the holding whose copy it had until now.
    int copiedUntilNow() {
        return before.standing().copied();
    }

    private Holding holding() {
        return new Holding(this, holdingSince);
    }

    /// @param late whether it is worth having for a while when the next holding has begun
    private void replicate(Message change, int epoch, boolean late) {
        Message unlessStale = to -> {
            boolean before = epoch == to.epochBefore && world.now() - to.epochHeldAt <= SETTLING;
            if (epoch >= to.epochHeld || (late && before)) { // Of a holder: a mere claim makes nothing stale.
                change.arrive(to);
            }
        };
        told++;
        for (var peer : peers.keySet()) {
            stream(peer, epoch, unlessStale);
        }
    }

    private void stream(String peer, int epoch, Message change) {
        long number = sent.merge(peer, 1L, Long::sum);
        long upTo = told;
        send(peer, Channel.SYNC, to -> to.receive(this, number, epoch, upTo, change));
    }

    private void receive(SimDirector from, long number, int epoch, long upTo, Message change) {
        var next = expected.get(from);
        if (next == null) {
            return; // Before a snapshot.
        }
        if (next != number) {
            expected.remove(from);
            from.synced.remove(this);
            if (world.chance(50)) {
                take(new Event.Synced(epoch, false));
            } else { // Replication mends it before the director is told.
                requestSnapshot(from.name(), epoch);
            }
            return;
        }
        expected.put(from, number + 1);
        received = new Event.Received(epoch, upTo);
        change.arrive(this);
    }

    private void requestSnapshot(String holder, int epoch) {
        expected.clear();
        followed = holder;
        send(holder, Channel.SYNC, to -> to.snapshot(name(), epoch));
    }

    private void snapshot(String peer, int epoch) {
        if (!group.role().kind().holds() || group.standing().epoch() != epoch) {
            return;
        }
        long number = sent.merge(peer, 1L, Long::sum);
        var entries = new TreeSet<>(table);
        boolean verified = !world.chance(5);
        long upTo = told;
        send(peer, Channel.SYNC, to -> to.applySnapshot(this, number, epoch, upTo, entries, verified));
    }

    private void applySnapshot(SimDirector from, long number, int epoch, long upTo, Set<Long> entries, boolean verified) {
        if (!from.name().equals(followed) || group.role().kind().holds() || epoch < group.standing().epoch()) {
            return;
        }
        if (verified) {
            expected.clear(); // What is still under way from another holder is older.
            table.clear();
            table.addAll(entries);
            copyOf = Optional.of(from.holding());
            from.synced.add(this);
            expected.put(from, number + 1);
            received = new Event.Received(epoch, upTo);
        }
        take(new Event.Synced(epoch, verified));
    }

    private void handOver(String target, int epoch) {
        var entries = new TreeSet<>(table);
        stream(target, group.standing().epoch(), to -> to.handoverArrived(entries, epoch));
    }

    /// By the engine, so if that has closed the group the word of it comes first.
    private void handoverArrived(Set<Long> entries, int epoch) {
        if (group.role().kind().holds() && !open) {
            return;
        }
        handedOver = entries;
        takesHandover = true;
        take(new Event.HandoverArrived(epoch));
        handedOver = NOTHING;
        takesHandover = false;
    }

    private static final Set<Long> NOTHING = Set.of();
    private Set<Long> handedOver = NOTHING;
    private boolean takesHandover;

    /// Whether a hand-over, or its last word, is just being taken.
    boolean takesHandover() {
        return takesHandover;
    }

    /// What the holder had when it handed over, while that is being taken.
    Set<Long> handedOver() {
        return handedOver;
    }
}

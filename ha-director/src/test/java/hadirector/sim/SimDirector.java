package hadirector.sim;

import hadirector.role.Action;
import hadirector.role.Event;
import hadirector.role.FailoverRequest;
import hadirector.role.GroupRole;
import hadirector.role.GroupSettings;
import hadirector.role.Role;
import hadirector.role.Standing;
import hadirector.sim.SimNetwork.Channel;
import hadirector.sim.SimTable.Entry;
import hadirector.sim.SimTable.Word;
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
import org.jspecify.annotations.Nullable;

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

        /// Its table was not the holder's, though it had been told all that this tells.
        void repaired(SimDirector director);

        /// A last word came when the director answered already, so that it has the last holder's connections now.
        void heardLate(SimDirector director, List<Entry> connections);

        void announced(SimDirector director);

        void closed(SimDirector director);

        void claims(SimDirector director);

        /// @param forwarding whether it had offered the group before, and forwarded until now
        void handsOver(SimDirector director, String target, boolean forwarding);

        /// The holder knows that the others have a connection: its client may get an answer.
        void acknowledged(Holding holding, Entry entry, Set<SimDirector> by);

        /// Whether the client goes on with it.
        boolean isAlive(Entry connection);

        void answered(FailoverRequest request, FailoverRequest.Outcome outcome);

        void stopped(SimDirector director);
    }

    private static final int ENDED_PERCENT = 10;
    private static final int FORGOTTEN_PERCENT = 3;
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
    private final SimTable table = new SimTable();

    /// How many changes it has told everybody as a holder.
    private long told;

    private String followed = "";
    private Event.Received received = new Event.Received(0, 0);
    private Optional<Holding> copyOf = Optional.empty();

    /// Those that have the whole table of this holding, so that a connection waits for them.
    private final Set<SimDirector> synced = new HashSet<>();

    /// Who has asked for the table while this one was prepared, and for which epoch's.
    private final Map<String, Integer> asked = new TreeMap<>();
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

    /// The highest epoch that replication knows, by an offer too, the one before it, and since when.
    private int epochKnown;

    private int epochBefore;
    private long epochKnownAt;

    /// The highest epoch of which something has been told about connections.
    private int epochTold;
    private boolean frozen;
    private long frozenAt;
    private long wokenAt;
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
        return isPrepared() && !frozen ? world.now() - holdingSince : 0;
    }

    /// Whether it says so in beacons, which one that waits for the last word does as well.
    boolean speaks() {
        return open && !frozen && group.role().kind().holds();
    }

    /// Whether it has handed the group over and forwards what still comes.
    boolean hasLeft() {
        return open && silent && !frozen && !group.role().kind().holds();
    }

    boolean isFrozen() {
        return frozen;
    }

    /// Since when it stands still, if it does.
    long frozenAt() {
        return frozenAt;
    }

    /// When it last went on.
    long wokenAt() {
        return wokenAt;
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

    SimTable table() {
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
        wokenAt = world.now();
        guard.wokeUp(world.now() - frozenAt);
        boolean over = world.now() - frozenAt > SimGuard.LEASE;
        if (open && over && mutant != Mutant.LEASE_IGNORED) {
            endForwarding();
            fenced = true;
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
        for (var peer : peers.values()) {
            if (!members.containsValue(peer)) {
                sent.merge(peer.name(), 1L, Long::sum); // Who comes back gets a new stream.
            }
        }
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
            case Action.LeaveDataPath _ -> {
                silent = true;
                table.forgetWhatWasLearned();
            }
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
            refuseFenced();
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
        if (prepared) {
            watch.answersNow(this); // What the last holder still says is heard.
            asked.forEach(this::snapshot);
        } else {
            expected.clear();
            watch.opened(this, before, epoch);
            copyOf = Optional.empty();
            holds(epoch);
        }
    }

    /// The engine's word comes after what it is told meanwhile.
    private void refuseFenced() {
        world.after(0, () -> later(() -> take(new Event.Fenced("it stood still"))));
    }

    private void prepare(Role.Kind before, int epoch) {
        if (fenced) {
            refuseFenced();
            return;
        }
        open = true;
        silent = true;
        beginHolding();
        epochOpen = epoch;
        guard.holds();
        watch.opened(this, before, epoch);
        copyOf = Optional.empty();
        holds(epoch);
    }

    /// The highest epoch under which it has heard somebody hold: of a hand-over that was withdrawn it is not the one above the offer.
    int epochServed() {
        return epochServed;
    }

    private void beginHolding() {
        asked.clear();
        synced.clear();
        holdingSince = world.now();
    }

    private void holds(int epoch) {
        holdingSeen(epoch);
        epochTold = Math.max(epochTold, epoch);
    }

    private void holdingSeen(int epoch) {
        if (epoch > epochHeld) {
            epochHeld = epoch;
        }
        know(epoch);
    }

    private void know(int epoch) {
        if (epoch > epochKnown) {
            epochBefore = epochKnown;
            epochKnown = epoch;
            epochKnownAt = world.now();
        }
    }

    private void endForwarding() {
        open = false;
        servedLast = table.copy();
        guard.farewell();
    }

    private void close() {
        fenced = false;
        if (open) {
            endForwarding();
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

    /// By which a packet goes here. Who has handed over goes by what it had itself: what it learns since then may be old, and the one that answers
    /// knows better.
    @Nullable Entry entry(int port) {
        boolean learned = hasLeft() && table.isLearned(port) && mutant != Mutant.FORWARDS_WHAT_IT_LEARNED;
        return learned ? null : table.get(port);
    }

    /// A port is used again whose connection has ended here.
    void forget(Entry ended) {
        table.remove(ended.port());
    }

    boolean beginsConnections() {
        return answers() || (hasLeft() && mutant == Mutant.BEGINS_AFTER_LEAVING);
    }

    /// A client's first packet is here, and the port is free.
    Entry begin(int port) {
        var entry = new Entry(port, world.number(), false);
        change(entry);
        return entry;
    }

    /// The connection has ended, as its packets say.
    void end(Entry entry) {
        change(entry.end());
    }

    private void change(Entry entry) {
        if (table.put(entry, Word.LAST)) {
            tellAll(entry);
        }
    }

    /// What is new to who answers it tells all, whoever has told it. Who is prepared still follows.
    private void tellAll(Entry entry) {
        if (open && !silent) {
            replicate(
                    (to, late, overtaken) -> {
                        to.hear(entry, late, overtaken);
                        applied(entry);
                    },
                    group.standing().epoch());
        }
    }

    private void hear(Entry entry, boolean late, boolean overtaken) {
        if ((!late || mutant != Mutant.LATE_WORD_REFUSED) && table.put(entry, word(overtaken))) {
            tellAll(entry);
        }
    }

    /// Until its last word an old holder knows best, whoever holds the group by then: it alone begins connections, and sees them end.
    private Word word(boolean overtaken) {
        if (isPrepared()) {
            return mutant == Mutant.PREPARED_OVERRULES ? Word.LATE : Word.LAST;
        }
        if ((overtaken || (open && !silent)) && mutant != Mutant.LATE_WORD_OVERRULES) {
            return Word.LATE;
        }
        return Word.LAST;
    }

    private boolean isPrepared() {
        return open && silent && group.role().kind().holds();
    }

    /// Another has it: acknowledgements are taken to arrive at once.
    private void applied(Entry entry) {
        if (answers() && table.has(entry) && !synced.isEmpty() && synced.stream().allMatch(other -> other.table.has(entry))) {
            watch.acknowledged(holding(), entry, Set.copyOf(synced));
        }
    }

    /// Timeouts: of what has ended, soon, and of what its client has forgotten.
    void expire() {
        for (var entry : answers() ? table.copy() : List.<Entry>of()) {
            if (world.chance(entry.ended() ? ENDED_PERCENT : FORGOTTEN_PERCENT) && !watch.isAlive(entry)) {
                int port = entry.port();
                table.remove(port);
                replicate((to, late, _) -> to.hearEnd(port, late), group.standing().epoch());
            }
        }
    }

    private void hearEnd(int port, boolean late) {
        boolean believed = !late || mutant == Mutant.LATE_END_BELIEVED;
        boolean holds = open && group.role().kind().holds() && mutant != Mutant.LATE_END_BELIEVED;
        if (believed && !holds) {
            table.remove(port);
        }
    }

    /// So that a difference, of whatever cause, does not stay.
    void tellDigest() {
        if (answers()) {
            var entries = table.copy();
            replicate((to, late, _) -> to.compare(this, entries, late), group.standing().epoch());
        }
    }

    private void compare(SimDirector holder, List<Entry> entries, boolean late) {
        if (!late && !open && copyOf.filter(holder.holding()::equals).isPresent() && !table.copy().equals(entries)) {
            watch.repaired(this);
            table.replace(entries, Word.LAST);
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

    Holding holding() {
        return new Holding(this, holdingSince);
    }

    private interface Change {
        /// @param late whether the next holding has begun, a moment ago, or is offered
        /// @param overtaken whether something has been told of a later one
        void arrive(SimDirector to, boolean late, boolean overtaken);
    }

    private void replicate(Change change, int epoch) {
        Message unlessStale = to -> {
            boolean late = epoch < to.epochKnown; // Of a holder: a mere claim makes nothing stale.
            if (!late || to.isWorthHaving(epoch)) {
                to.know(epoch);
                to.epochTold = Math.max(to.epochTold, epoch);
                change.arrive(to, late, epoch < to.epochTold);
            }
        };
        told++;
        for (var peer : peers.keySet()) {
            stream(peer, epoch, unlessStale);
        }
    }

    /// Whether the holding of this epoch has ended just now.
    private boolean isWorthHaving(int epoch) {
        return epoch == epochBefore && world.now() - epochKnownAt <= SETTLING;
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
            if (group.role().kind().holds()) {
                return;
            }
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
        if (isPrepared()) {
            asked.put(peer, epoch);
            return;
        }
        long number = sent.merge(peer, 1L, Long::sum);
        var entries = table.copy();
        boolean verified = !world.chance(5);
        long upTo = told;
        send(peer, Channel.SYNC, to -> to.applySnapshot(this, number, epoch, upTo, entries, verified));
    }

    private void applySnapshot(SimDirector from, long number, int epoch, long upTo, List<Entry> entries, boolean verified) {
        expected.computeIfPresent(from, (_, next) -> next == number ? number + 1 : next);
        if (!from.name().equals(followed) || group.role().kind().holds() || epoch < group.standing().epoch()) {
            return;
        }
        if (verified) {
            expected.clear(); // What is still under way from another holder is older.
            table.replace(entries, word(false));
            copyOf = Optional.of(from.holding());
            from.synced.add(this);
            expected.put(from, number + 1);
            received = new Event.Received(epoch, upTo);
            know(epoch);
            epochTold = Math.max(epochTold, epoch);
        }
        take(new Event.Synced(epoch, verified));
    }

    private void handOver(String target, int epoch) {
        var entries = open ? table.copy() : servedLast; // What is heard after that is told by who has said it.
        int own = group.standing().epoch();
        stream(target, own, to -> {
            if (to.answers() && to.isWorthHaving(own)) {
                to.watch.heardLate(to, entries.stream().filter(watch::isAlive).toList());
            }
            to.know(epoch);
            to.handoverArrived(entries, epoch);
        });
    }

    /// By the engine, so if that has closed the group the word of it comes first.
    private void handoverArrived(List<Entry> entries, int epoch) {
        if (group.role().kind().holds() && !open) {
            return;
        }
        handedOver = entries;
        takesHandover = true;
        take(new Event.HandoverArrived(epoch));
        handedOver = NOTHING;
        takesHandover = false;
    }

    private static final List<Entry> NOTHING = List.of();
    private List<Entry> servedLast = NOTHING;
    private List<Entry> handedOver = NOTHING;
    private boolean takesHandover;

    /// Whether a hand-over, or its last word, is just being taken.
    boolean takesHandover() {
        return takesHandover;
    }

    /// The connections that the holder had when it handed over, and that go on, while that is being taken.
    List<Entry> handedOver() {
        return handedOver.stream().filter(watch::isAlive).toList();
    }
}

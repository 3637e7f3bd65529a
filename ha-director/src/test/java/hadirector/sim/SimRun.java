package hadirector.sim;

import static hadirector.sim.SimWorld.MS;

import hadirector.role.Event;
import hadirector.role.FailoverRequest;
import hadirector.role.FailoverRequest.Outcome;
import hadirector.role.GroupSettings;
import hadirector.role.GroupSettings.Timing;
import hadirector.role.Quorum;
import hadirector.role.Role;
import hadirector.sim.SimDirector.Holding;
import hadirector.sim.SimNetwork.Channel;
import hadirector.sim.SimTable.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// One run from one seed: a time of faults with invariants at every step, then a calm time that must heal everything.
final class SimRun implements SimDirector.Watch {
    private static final long FAULTS_END = 12_000 * MS;
    private static final long CALM_END = FAULTS_END + 9_000 * MS;
    private static final long TICK = 100 * MS;
    private static final long TRAFFIC = 40 * MS;

    /// So often clients do something in a hand-over, beside what they do all the time.
    private static final int BUSY = 8;

    /// Digests are told each so many times.
    private static final int DIGESTS = 25;

    /// How long after the last change of view or wiring one holder at most is demanded.
    private static final long SETTLED = 500 * MS;

    /// How long two may answer on a network that is whole between them.
    private static final long TOGETHER = 300 * MS;

    /// How long two may answer on networks that are split, with an arbiter.
    private static final long TOGETHER_APART = 700 * MS;

    /// How long two may answer if only one of them can hear the other: until it learns that it is not heard.
    private static final long TOGETHER_ONE_WAY = 2_000 * MS;

    /// How long a network is deaf one way at least if the cluster networks are cut as well.
    private static final long DEAF = 1_500 * MS;

    /// How long one who takes a hand-over may wait for the last word; it may stand still meanwhile, for less than a lease.
    private static final long PREPARED = 1_500 * MS;

    /// Time in which somebody answers one of the probes for its address.
    private static final long PROBED = 20 * MS;

    /// Time in which a director hears those who hold.
    private static final long BEACONS = 1_000 * MS;

    private static final long DAMPING = 100 * MS;

    /// One seed in so many has more directors, and scripts that move their priorities.
    private static final int WIDE = 8;

    private record Acknowledged(Holding holding, Entry connection, Set<SimDirector> by) {}

    private final SimWorld world;
    private final SimNetwork network;
    private final SimViews views;
    private final SimClients clients;
    private final Mutant mutant;
    private final boolean keepsDiary;
    private final boolean wide;
    private final int machines;
    private final boolean preempt;
    private final Quorum quorum;
    private final List<SimLan> lans = new ArrayList<>();
    private final long[] wallClock;
    private final Map<Set<SimDirector>, Long> together = new HashMap<>();
    private final Map<String, Integer> priority = new HashMap<>();
    private final List<SimDirector> alive = new ArrayList<>();
    private final Set<SimDirector> stopping = new HashSet<>();
    private final Map<Long, Outcome> answers = new HashMap<>();
    private final Map<Long, Acknowledged> acknowledged = new HashMap<>();

    /// By claimant, who else could have claimed when it did.
    private final Map<SimDirector, List<SimDirector>> candidates = new HashMap<>();
    private final List<String> diary = new ArrayList<>();
    private Optional<SimDirector> announcer = Optional.empty();
    private long lastOneWay = -BEACONS;
    private boolean calm;
    private boolean busy = true;
    private long requests;
    private int ticks;

    /// @param keepsDiary which takes as long as all the rest
    SimRun(long seed, Mutant mutant, boolean keepsDiary) {
        world = new SimWorld(seed);
        this.keepsDiary = keepsDiary;
        this.mutant = mutant;
        wide = seed % WIDE == WIDE - 1;
        machines = (wide ? 4 : 2) + (int) world.upTo(1);
        preempt = world.chance(40);
        network = new SimNetwork(world, machines, 1 + (int) world.upTo(1));
        wallClock = new long[machines];
        int loss = world.chance(30) ? 10 : 0;
        for (long lan = world.upTo(1); lan >= 0; lan--) {
            lans.add(new SimLan(world, machines, loss));
        }
        quorum = new Quorum(
                kind(),
                IntStream.range(0, machines).mapToObj(SimRun::name).collect(Collectors.toSet()));
        views = new SimViews(world, network, alive);
        clients = new SimClients(world, lans, alive, this::demand);
        for (int machine = 0; machine < machines; machine++) {
            boolean listed = machine < 2 || world.chance(80); // The others may be witnesses.
            if (listed) {
                priority.put(name(machine), 10 * (int) world.upTo(2));
            }
        }
    }

    private Quorum.Kind kind() {
        return switch ((int) world.upTo(2)) {
            case 0 -> Quorum.Kind.NONE;
            case 1 -> Quorum.Kind.GATEWAY;
            default -> machines > 2 ? Quorum.Kind.MAJORITY : Quorum.Kind.NONE;
        };
    }

    /// A flapping group rests for less, so that the calm is long enough.
    private static Timing timing(Quorum quorum) {
        var usual = Timing.of(
                Duration.ofMillis(600), Duration.ofMillis(400), quorum.kind() != Quorum.Kind.NONE);
        return new Timing(
                usual.silence(),
                usual.handover(),
                usual.stop(),
                usual.tell(),
                usual.pause(),
                usual.sight(),
                usual.beacon(),
                usual.jump(),
                usual.lastWord(),
                usual.leaving(),
                DAMPING);
    }

    /// @return what happened, for a failure's message; empty if it was not kept
    List<String> diary() {
        return diary;
    }

    void run() {
        world.afterEach(this::check);
        for (int machine = 0; machine < machines; machine++) {
            int starting = machine;
            world.after(world.upTo(300 * MS), () -> start(starting));
        }
        world.after(0, this::fault);
        world.after(0, this::traffic);
        world.runUntil(FAULTS_END);
        calmDown();
        world.runUntil(CALM_END);
        demandOneHolder();
        demandFailover();
        busy = false;
        world.runUntil(world.now() + 2_000 * MS);
        demandOneHolder();
        demandEqualTables();
    }

    private static String name(int machine) {
        return "lb" + (machine + 1);
    }

    @SuppressWarnings("AnnotateFormatMethod") // Its annotation is not on the class path.
    private void note(String what, Object... of) {
        if (keepsDiary) {
            diary.add("%9.3f ms  %s".formatted(world.now() / 1e6, what.formatted(of)));
        }
    }

    // Life.

    private void start(int machine) {
        if (alive.stream().anyMatch(d -> d.machine() == machine)) {
            return;
        }
        var settings =
                new GroupSettings(
                        name(machine), world.now() + wallClock[machine], "web", priority, preempt, 0, quorum, timing(quorum));
        var director =
                new SimDirector(
                        world, network, lans, alive, SimClock.random(world), this, mutant, machine, settings);
        alive.add(director);
        director.start();
        note("%s starts", director.name());
        world.after(world.upTo(300 * MS), () -> director.later(() -> director.fitness(true, "")));
        tick(director);
        views.topologyChanged();
    }

    private void tick(SimDirector director) {
        if (director.isAlive()) {
            if (!director.isFrozen()) {
                director.take(new Event.Tick());
            }
            world.after(TICK, () -> tick(director));
        }
    }

    private void traffic() {
        if (busy) {
            clients.act();
            alive.forEach(SimDirector::expire);
            ticks++;
            if (ticks % DIGESTS == 0) {
                alive.forEach(SimDirector::tellDigest);
            }
            world.after(TRAFFIC, this::traffic);
        }
    }

    private void end(SimDirector director) {
        if (director.isAlive()) {
            director.kill();
            alive.remove(director);
            views.topologyChanged();
            world.after(world.upTo(2_000 * MS), () -> start(director.machine()));
        }
    }

    // Faults, one now and then.

    private void fault() {
        if (calm) {
            return;
        }
        var running = alive.stream().filter(director -> !director.isFrozen()).toList();
        if (!running.isEmpty()) {
            var victim = running.get((int) world.upTo(running.size() - 1));
            switch ((int) world.upTo(wide ? 22 : 19)) {
                case 0 -> crash(victim);
                case 1 -> stop(victim);
                case 2 -> engineFails(victim);
                case 3, 4 -> linkDown(victim);
                case 5, 6 -> partition(victim);
                case 7, 8, 9 -> freeze(victim);
                case 10, 11, 12 -> lanFails(victim);
                case 13 -> suspect(victim);
                case 14, 15 -> fallsApart(victim);
                case 16 -> wallClock[victim.machine()] += world.upTo(20_000 * MS) - 10_000 * MS;
                case 20, 21, 22 -> script(victim);
                default -> ask(victim, Optional.empty());
            }
        }
        world.after(world.upTo(1_500 * MS), this::fault);
    }

    private void crash(SimDirector victim) {
        note("%s is killed", victim.name());
        end(victim);
    }

    private void stop(SimDirector victim) {
        note("%s is told to stop", victim.name());
        stopping.add(victim);
        victim.take(new Event.Stopping());
        world.after(8_000 * MS, () -> demand(!victim.isAlive(), "%s does not stop", victim.name()));
    }

    private void engineFails(SimDirector victim) {
        note("%s's engine fails", victim.name());
        victim.take(new Event.EngineFailed("engine failed"));
        victim.fitness(false, "engine failed");
        world.after(world.upTo(50 * MS), () -> end(victim));
    }

    private void linkDown(SimDirector victim) {
        note("%s loses its link", victim.name());
        victim.fitness(false, "link eth0 is down");
        world.after(world.upTo(2_000 * MS), () -> {
            victim.later(() -> victim.fitness(true, ""));
        });
    }

    private void script(SimDirector victim) {
        victim.weight(victim.weight() == 0 ? -15 : 0);
        note("%s's scripts weigh %d", victim.name(), victim.weight());
    }

    /// SIGSTOP, a long collection, a machine that hangs. Not while it is wrongly taken for dead: who loses its connection and then, before
    /// the probes of its addresses are over, its time, may be claimed from and still go on.
    private void freeze(SimDirector victim) {
        if (victim.isFrozen() || views.isSuspected(victim)) {
            return;
        }
        note("%s stands still", victim.name());
        victim.freeze();
        views.topologyChanged();
        long pause = world.chance(30) ? 350 * MS + world.upTo(200 * MS) : world.upTo(2_000 * MS);
        world.after(pause, () -> wake(victim));
    }

    private void wake(SimDirector victim) {
        if (victim.isAlive() && victim.isFrozen()) {
            note("%s goes on", victim.name());
            victim.wake();
            boolean oneWay = isOneWay() || world.now() - lastOneWay < BEACONS;
            alive.stream().filter(other -> !oneWay && other != victim && other.answers() && victim.answers() && !isHandingOver(victim)).forEach(other -> demand(
                    lans.stream().allMatch(lan -> lan.isLossy() || lan.wholeFor(victim.machine(), other.machine()) < BEACONS),
                    "%s goes on beside %s", victim.name(), other.name()));
            views.topologyChanged();
        }
    }

    private void lanFails(SimDirector victim) {
        int index = (int) world.upTo(lans.size() - 1);
        var lan = lans.get(index);
        int other = (victim.machine() + 1 + (int) world.upTo(machines - 2)) % machines;
        boolean oneWay = world.chance(30);
        note("client network %d %s", index, oneWay ? "does not let %s's frames to %s".formatted(victim.name(), name(other)) : "is split");
        long until = world.upTo(3_000 * MS);
        if (!oneWay) {
            lan.split();
        } else if (world.chance(50)) {
            lan.deafen(victim.machine(), other);
        } else { // A switch that fails by half has the other networks, too.
            until += DEAF;
            lans.forEach(each -> each.deafen(victim.machine(), other));
            cutAll(victim.machine(), other, true, until);
        }
        world.after(until, () -> {
            note("client network %d heals", index);
            (oneWay ? lans : List.of(lan)).forEach(SimLan::heal);
        });
    }

    private void cutAll(int from, int to, boolean bothWays, long until) {
        for (int wire = 0; wire < network.networks(); wire++) {
            int each = wire;
            cut(each, from, to, bothWays, true);
            world.after(until, () -> cut(each, from, to, bothWays, false));
        }
    }

    /// The switches between two rooms fail: all networks at once.
    private void fallsApart(SimDirector victim) {
        note("%s is cut off on all networks, with the gateway or without", victim.name());
        boolean gateway = world.chance(50);
        lans.forEach(lan -> lan.isolate(victim.machine(), gateway));
        long until = world.upTo(3_000 * MS);
        for (int other = 0; other < machines; other++) {
            if (other != victim.machine()) {
                cutAll(victim.machine(), other, true, until);
            }
        }
        world.after(until, () -> lans.forEach(SimLan::heal));
    }

    /// A frozen process is never taken for dead before its detection is over: its kernel keeps its sockets open.
    private void suspect(SimDirector victim) {
        alive.stream().filter(other -> other != victim && !other.isFrozen() && !victim.isFrozen()).findAny().ifPresent(other -> {
            note("%s and %s take each other for dead", victim.name(), other.name());
            views.suspect(victim, other);
            world.after(world.upTo(1_500 * MS), views::trust);
        });
    }

    private void partition(SimDirector victim) {
        int from = victim.machine();
        int to = (from + 1 + (int) world.upTo(machines - 2)) % machines;
        boolean bothWays = world.chance(70);
        boolean all = world.chance(80);
        int one = (int) world.upTo(network.networks() - 1);
        note("the wire %sfrom %s to %s is cut%s", all ? "" : one + " ", name(from), name(to), bothWays ? ", both ways" : "");
        long until = world.upTo(3_000 * MS);
        for (int wire = 0; wire < network.networks(); wire++) {
            int each = wire;
            if (all || wire == one) {
                cut(each, from, to, bothWays, true);
                world.after(until, () -> cut(each, from, to, bothWays, false));
            }
        }
    }

    private boolean isOneWay() {
        return IntStream.range(0, machines).anyMatch(a ->
                IntStream.range(0, machines).anyMatch(b -> network.isCut(a, b) != network.isCut(b, a)));
    }

    private void cut(int wire, int from, int to, boolean bothWays, boolean isCut) {
        lastOneWay = isOneWay() ? world.now() : lastOneWay;
        network.cut(wire, from, to, isCut);
        if (bothWays) {
            network.cut(wire, to, from, isCut);
        }
        views.topologyChanged();
    }

    private void ask(SimDirector asked, Optional<String> target) {
        Optional<String> wanted =
                target.isPresent() || world.chance(50) ? target : Optional.of(name((int) world.upTo(machines - 1)));
        var request = new FailoverRequest(asked.name(), ++requests, wanted, false);
        note("%s is asked for a failover to %s", asked.name(), wanted);
        asked.take(new Event.FailoverRequested(request));
    }

    private void calmDown() {
        calm = true;
        world.after(8_000 * MS, clients::nothingIsLostFromNowOn);
        note("calm");
        network.calm();
        for (int from = 0; from < machines; from++) {
            for (int to = 0; to < machines; to++) {
                for (int wire = 0; wire < network.networks(); wire++) {
                    network.cut(wire, from, to, false);
                }
            }
            start(from);
        }
        lans.forEach(SimLan::calm);
        List.copyOf(alive).forEach(this::wake);
        views.trust();
        views.topologyChanged();
    }

    // What the directors do.

    @Override
    public void opened(SimDirector director, Role.Kind before, int epoch) {
        note("%s holds under epoch %d, was %s", director.name(), epoch, before);
        if (director.answers()) {
            announcer = Optional.of(director);
            beginsToAnswer(director);
        }
        demand(priority.containsKey(director.name()), "a director without priority holds");
        demandNewest(director, epoch);
        if (before.holds()) {
            return;
        }
        demand(director.hasJoined(), "%s holds though it has seen no view", director.name());
        demand(director.isFit(), "%s holds though it is not fit", director.name());
        demand(director.table().hasAll(director.handedOver()), "the table was not whole at the hand-over");
        demandAnswersAlone(director);
        demandAcknowledged(director, before == Role.Kind.CLAIMING);
        for (var other : alive) {
            boolean both = other != director && other.group().role() instanceof Role.Active;
            demand(
                    !both || before != Role.Kind.CLAIMING || !views.agree(director, other),
                    "a claim succeeded beside a holder in the same view");
            if (other != director && before == Role.Kind.CLAIMING) {
                demandNobodyBeside(director, other);
            }
        }
    }

    /// One who takes a hand-over before it hears that this was withdrawn holds beneath the epoch of that word, which was nobody's (seed 43828).
    @Override
    public void answersNow(SimDirector director) {
        note("%s answers%s", director.name(), director.takesHandover() ? "" : " without the last word");
        announcer = Optional.of(director);
        beginsToAnswer(director);
        demand(director.takesHandover() || world.now() < FAULTS_END + 4 * SETTLED, "%s waited for a last word in vain", director.name());
        demand(director.table().hasAll(director.handedOver()), "the table was not whole at the last word");
        for (var other : views.stableFor() > SETTLED ? alive : List.<SimDirector>of()) {
            demand(other.epochServed() <= director.epochOpen(), "%s answers though %s has known a later holding", director.name(), other.name());
        }
        demandAnswersAlone(director);
    }

    private void beginsToAnswer(SimDirector director) {
        if (director.openedAt() == world.now()) {
            clients.answers(director);
        }
    }

    /// Who is only prepared may not have heard yet that the hand-over was withdrawn.
    private void demandNewest(SimDirector director, int epoch) {
        for (var witness : views.stableFor() > SETTLED && director.answers() ? alive : List.of(director)) {
            demand(witness.epochHeld() < epoch, "epoch %d is not above all that %s has known", epoch, witness.name());
        }
    }

    /// Whoever takes over from a holder whose table it has, has every connection that it has acknowledged to it. One that claims has also what
    /// another has that could have claimed, unless it has the table of another holding that was as late, in another part of the cluster.
    /// What the last holder tells still comes if that is in the view.
    private void demandAcknowledged(SimDirector director, boolean claimed) {
        acknowledged.values().removeIf(at -> !clients.isAlive(at.connection));
        acknowledged.values().forEach(at -> {
            if (director.table().has(at.connection)) {
                return;
            }
            demand(!hasAcknowledged(director, at), "%s takes over without a connection that it has acknowledged", director.name());
            candidates.getOrDefault(director, List.of()).stream()
                    .filter(other -> claimed && !director.sees(at.holding.holder()) && alive.contains(other) && hasAcknowledged(other, at) && other.table().has(at.connection))
                    .filter(other -> other.group().standing().fit() && views.agree(director, other))
                    .filter(other -> director.copyOf().filter(at.holding::equals).isPresent()
                            || director.copiedUntilNow() < other.group().standing().copied())
                    .forEach(other -> demand(false, "%s takes over without a connection that %s has", director.name(), other.name()));
        });
    }

    private static boolean hasAcknowledged(SimDirector director, Acknowledged at) {
        return at.by.contains(director) && director.copyOf().filter(at.holding::equals).isPresent();
    }

    @Override
    public void acknowledged(Holding holding, Entry connection, Set<SimDirector> by) {
        acknowledged.put(connection.server(), new Acknowledged(holding, connection, by));
    }

    @Override
    public boolean isAlive(Entry connection) {
        return clients.isAlive(connection);
    }

    /// Who takes a hand-over answers once the last holder does not.
    private void demandAnswersAlone(SimDirector director) {
        boolean planned = director.answers() && director.takesHandover() && views.stableFor() > SETTLED;
        demand(
                !planned || alive.stream().filter(SimDirector::answers).count() == 1,
                "%s answers before the last holder has stopped", director.name());
    }

    /// A claim that began while another answered on the same network, where no frame is lost, must not succeed; nor beside a
    /// frozen holder that may wake up and go on. But who is cut off one way and then freezes looks like one whose socket was closed.
    private void demandNobodyBeside(SimDirector director, SimDirector other) {
        boolean before = other.openedAt() < director.claimBegun();
        long claimed = world.now() - director.claimBegun();
        boolean seen = lans.stream().anyMatch(lan ->
                !lan.isLossy() && lan.wholeFor(director.machine(), other.machine()) > claimed);
        demand(
                !before || !seen || !other.answers() || world.now() - other.wokenAt() < PROBED,
                "%s claims though %s answers on the same network", director.name(), other.name());
        boolean heard = lans.stream().anyMatch(lan ->
                !lan.isLossy() && lan.wholeFor(director.machine(), other.machine()) > claimed + BEACONS);
        boolean oneWay = isOneWay() || world.now() - lastOneWay < BEACONS;
        demand(!before || !heard || oneWay || !other.mayGoOn(), "%s claims though %s may still go on", director.name(), other.name());
    }

    @Override
    public void claims(SimDirector director) {
        candidates.put(director, alive.stream()
                .filter(other -> other != director && priority.containsKey(other.name()) && other.group().standing().fit())
                .toList());
        if (!calm && world.chance(3)) {
            world.after(world.upTo(60 * MS), () -> {
                if (alive.contains(director)) {
                    freeze(director);
                }
            });
        }
    }

    @Override
    public void viewed(SimDirector director, Set<String> members, boolean merged) {
        note("%s sees %s%s", director.name(), members, merged ? ", merged" : "");
    }

    @Override
    public void repaired(SimDirector director) {
        demand(world.now() < FAULTS_END + 8_000 * MS, "%s had another table than the holder", director.name());
    }

    @Override
    public void heardLate(SimDirector director, List<Entry> connections) {
        demand(director.table().hasAll(connections), "%s has not taken what it heard late", director.name());
    }

    @Override
    public void announced(SimDirector director) {
        note("%s announces", director.name());
        announcer = Optional.of(director);
        clients.announced(director);
    }

    @Override
    public void closed(SimDirector director) {
        note("%s closes", director.name());
    }

    @Override
    public void handsOver(SimDirector director, String target, boolean forwarding) {
        note("%s hands over to %s", director.name(), target);
        if (!calm) {
            makeBusy(director, target);
        }
        if (!director.group().role().kind().holds()) { // The last word.
            demand(!forwarding || director.isOpen(), "%s forwards no more what still comes", director.name());
            return;
        }
        var role = director.group().role();
        boolean asked = role instanceof Role.HandingOver h && h.request().isPresent();
        demand(
                asked || preempt || stopping.contains(director) || !director.isFit(),
                "%s hands over though nothing asked for it", director.name());
    }

    /// Clients do more than else, and sometimes replication stalls between the offer and the last word.
    private void makeBusy(SimDirector director, String target) {
        for (int i = 0; i < BUSY; i++) {
            world.after(world.upTo(TRAFFIC), clients::act);
        }
        if (world.chance(20)) {
            var to = alive.stream().filter(other -> other.name().equals(target)).findFirst();
            world.after(world.upTo(20 * MS), () -> to.ifPresent(there -> network.stall(director, there, Channel.SYNC, world.upTo(2_000 * MS))));
        }
    }

    @Override
    public void answered(FailoverRequest request, Outcome outcome) {
        note("request %d: %s", request.id(), outcome);
        demand(answers.put(request.id(), outcome) == null, "request %d is answered twice", request.id());
    }

    @Override
    public void stopped(SimDirector director) {
        demand(!director.isOpen(), "%s stops and still forwards", director.name());
        note("%s stops", director.name());
        world.after(0, () -> end(director));
    }

    // What must be so.

    @SuppressWarnings("AnnotateFormatMethod") // Its annotation is not on the class path.
    private void demand(boolean holds, String otherwise, Object... of) {
        if (!holds) {
            alive.forEach(director -> note("%s", director));
            throw new AssertionError(otherwise.formatted(of));
        }
    }

    /// After everything that happens, so it allocates nothing as long as one director at most is open.
    private void check() {
        int answering = 0;
        for (int i = 0; i < alive.size(); i++) {
            var director = alive.get(i);
            if (director.isOpen() && !director.group().role().kind().holds()) {
                demand(director.group().overlap().isPresent(), "%s forwards as a backup", director.name());
                demand(!director.answers(), "%s answers as a backup", director.name());
            }
            if (director.preparedFor() >= PREPARED) {
                demand(false, "%s has the group and does not answer", director.name());
            }
            answering += director.answers() ? 1 : 0;
        }
        boolean two = answering > 1;
        if (two) {
            checkPairs();
        } else {
            together.clear();
        }
        if (two && views.stableFor() > SETTLED) {
            demand(holders().count() < 2, "two holders");
            demand(alive.stream().anyMatch(this::isHandingOver), "two directors forward");
        }
    }

    /// Two may answer for a moment: until they hear each other's beacons, or, without an arbiter, as long as no network is whole
    /// between them.
    private void checkPairs() {
        for (int i = 0; i < alive.size(); i++) {
            for (int j = i + 1; j < alive.size(); j++) {
                var a = alive.get(i);
                var b = alive.get(j);
                if (!a.answers() || !b.answers()) {
                    together.remove(Set.of(a, b));
                    continue;
                }
                long since = together.computeIfAbsent(Set.of(a, b), _ -> world.now());
                long both = world.now() - since;
                boolean whole = lans.stream().anyMatch(lan -> lan.wholeFor(a.machine(), b.machine()) > TOGETHER);
                boolean oneWay = lans.stream().anyMatch(lan -> lan.heardFor(a.machine(), b.machine()) > TOGETHER_ONE_WAY);
                demand(both < TOGETHER_ONE_WAY || !oneWay, "%s and %s answer on one network, though one hears the other", a.name(), b.name());
                boolean arbiter = quorum.kind() != Quorum.Kind.NONE && !isBetween(a, b);
                long apart = lans.stream().anyMatch(lan -> lan.wasDeafSince(since)) ? TOGETHER_ONE_WAY : TOGETHER_APART;
                demand(both < TOGETHER || !whole, "%s and %s answer on one network", a.name(), b.name());
                demand(both < apart || !arbiter, "%s and %s hold in spite of the arbiter", a.name(), b.name());
            }
        }
    }

    /// Whether somebody is in reach of two that do not reach each other, and may count for both. JGroups would have it in one view.
    private boolean isBetween(SimDirector a, SimDirector b) {
        return !network.connects(a, b) && alive.stream().anyMatch(c -> network.connects(a, c) && network.connects(b, c));
    }

    private Stream<SimDirector> holders() {
        return alive.stream().filter(d -> d.group().role() instanceof Role.Active);
    }

    private boolean isHandingOver(SimDirector director) {
        return director.group().role() instanceof Role.HandingOver;
    }

    private SimDirector demandOneHolder() {
        var holders = holders().toList();
        demand(holders.size() == 1, "holders in the calm: " + holders.stream().map(SimDirector::name).toList());
        var holder = holders.getFirst();
        demand(holder.answers(), "the holder does not answer");
        demand(announcer.filter(holder::equals).isPresent(), "the clients believe in another holder");
        for (var director : alive) {
            demand(
                    director.group().holder().filter(holder.name()::equals).isPresent(),
                    "%s does not know the holder", director.name());
            boolean copies = priority.containsKey(director.name());
            demand(!copies || director.group().standing().copied() == holder.group().standing().epoch(), "%s has no verified table", director.name());
        }
        if (preempt) {
            int best = alive.stream().mapToInt(this::weighed).max().orElseThrow();
            demand(weighed(holder) == best, "the holder is not the best");
        }
        return holder;
    }

    private int weighed(SimDirector director) {
        Integer own = priority.get(director.name());
        return own == null ? 0 : Math.max(1, own + director.weight());
    }

    /// An operator's wish is granted in the calm.
    private void demandFailover() {
        var holder = demandOneHolder();
        var target = alive.stream().filter(d -> d != holder && priority.containsKey(d.name())).findFirst().orElseThrow();
        var asked = alive.get((int) world.upTo(alive.size() - 1));
        ask(asked, Optional.of(target.name()));
        world.runUntil(world.now() + 900 * MS);
        demand(
                answers.get(requests) instanceof Outcome.Moved(String name, _, _) && name.equals(target.name()),
                "failover in the calm: " + answers.get(requests));
        world.runUntil(world.now() + 5_000 * MS);
    }

    private void demandEqualTables() {
        var holder = demandOneHolder();
        for (var director : alive) {
            boolean copies = priority.containsKey(director.name());
            demand(!copies || director.table().equals(holder.table()), "%s has another table", director.name());
        }
    }
}

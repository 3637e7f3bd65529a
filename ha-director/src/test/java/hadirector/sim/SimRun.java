package hadirector.sim;

import static hadirector.sim.SimWorld.MS;

import hadirector.role.Event;
import hadirector.role.FailoverRequest;
import hadirector.role.FailoverRequest.Outcome;
import hadirector.role.GroupSettings;
import hadirector.role.GroupSettings.Timing;
import hadirector.role.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// One run from one seed: a time of faults with invariants at every step, then a calm time that must heal everything.
final class SimRun implements SimDirector.Watch {
    private static final long FAULTS_END = 12_000 * MS;
    private static final long CALM_END = FAULTS_END + 9_000 * MS;
    private static final long TICK = 100 * MS;
    private static final long TRAFFIC = 40 * MS;

    /// How long after the last change of view or wiring one holder at most is demanded.
    private static final long SETTLED = 500 * MS;

    private final SimWorld world;
    private final SimNetwork network;
    private final SimViews views;
    private final Mutant mutant;
    private final int machines;
    private final boolean preempt;
    private final Map<String, Integer> priority = new HashMap<>();
    private final List<SimDirector> alive = new ArrayList<>();
    private final Set<SimDirector> stopping = new HashSet<>();
    private final Map<Long, Outcome> answers = new HashMap<>();
    private final List<String> diary = new ArrayList<>();
    private Optional<SimDirector> announcer = Optional.empty();
    private boolean calm;
    private boolean busy = true;
    private long requests;

    SimRun(long seed, Mutant mutant) {
        world = new SimWorld(seed);
        this.mutant = mutant;
        machines = 2 + (int) world.upTo(1);
        preempt = world.chance(40);
        network = new SimNetwork(world, machines);
        views = new SimViews(world, network, alive);
        for (int machine = 0; machine < machines; machine++) {
            boolean listed = machine < 2 || world.chance(80); // The third may be a witness.
            if (listed) {
                priority.put(name(machine), 10 * (int) world.upTo(2));
            }
        }
    }

    /// @return what happened, for a failure's message
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

    private void note(String what) {
        diary.add("%9.3f ms  %s".formatted(world.now() / 1e6, what));
    }

    // Life.

    private void start(int machine) {
        if (alive.stream().anyMatch(d -> d.machine() == machine)) {
            return;
        }
        var settings =
                new GroupSettings(
                        name(machine), world.now(), "web", priority, preempt, 0, Timing.DEFAULT);
        var director =
                new SimDirector(world, network, SimClock.random(world), this, mutant, machine, settings);
        alive.add(director);
        note(director.name() + " starts");
        world.after(world.upTo(300 * MS), () -> director.fitness(true, ""));
        tick(director);
        views.topologyChanged();
    }

    private void tick(SimDirector director) {
        if (director.isAlive()) {
            director.take(new Event.Tick());
            world.after(TICK, () -> tick(director));
        }
    }

    private void traffic() {
        if (busy) {
            List.copyOf(alive).forEach(SimDirector::traffic);
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
        if (!alive.isEmpty()) {
            var victim = alive.get((int) world.upTo(alive.size() - 1));
            switch ((int) world.upTo(9)) {
                case 0 -> crash(victim);
                case 1 -> stop(victim);
                case 2 -> engineFails(victim);
                case 3, 4 -> linkDown(victim);
                case 5, 6 -> partition(victim);
                default -> ask(victim, Optional.empty());
            }
        }
        world.after(world.upTo(1_500 * MS), this::fault);
    }

    private void crash(SimDirector victim) {
        note(victim.name() + " is killed");
        end(victim);
    }

    private void stop(SimDirector victim) {
        note(victim.name() + " is told to stop");
        stopping.add(victim);
        victim.take(new Event.Stopping());
        world.after(4_000 * MS, () -> demand(!victim.isAlive(), victim.name() + " does not stop"));
    }

    private void engineFails(SimDirector victim) {
        note(victim.name() + "'s engine fails");
        victim.take(new Event.EngineFailed("engine failed"));
        victim.fitness(false, "engine failed");
        world.after(world.upTo(50 * MS), () -> end(victim));
    }

    private void linkDown(SimDirector victim) {
        note(victim.name() + " loses its link");
        victim.fitness(false, "link eth0 is down");
        world.after(world.upTo(2_000 * MS), () -> {
            if (victim.isAlive()) {
                victim.fitness(true, "");
            }
        });
    }

    private void partition(SimDirector victim) {
        int from = victim.machine();
        int to = (from + 1 + (int) world.upTo(machines - 2)) % machines;
        boolean bothWays = world.chance(70);
        note("the wire from %s to %s is cut%s".formatted(name(from), name(to), bothWays ? ", both ways" : ""));
        cut(from, to, bothWays, true);
        world.after(world.upTo(3_000 * MS), () -> cut(from, to, bothWays, false));
    }

    private void cut(int from, int to, boolean bothWays, boolean isCut) {
        network.cut(from, to, isCut);
        if (bothWays) {
            network.cut(to, from, isCut);
        }
        views.topologyChanged();
    }

    private void ask(SimDirector asked, Optional<String> target) {
        Optional<String> wanted =
                target.isPresent() || world.chance(50) ? target : Optional.of(name((int) world.upTo(machines - 1)));
        var request = new FailoverRequest(asked.name(), ++requests, wanted, false);
        note("%s is asked for a failover to %s".formatted(asked.name(), wanted));
        asked.take(new Event.FailoverRequested(request));
    }

    private void calmDown() {
        calm = true;
        note("calm");
        network.calm();
        for (int from = 0; from < machines; from++) {
            for (int to = 0; to < machines; to++) {
                network.cut(from, to, false);
            }
            start(from);
        }
        views.topologyChanged();
    }

    // What the directors do.

    @Override
    public void opened(SimDirector director, Role.Kind before, int epoch) {
        note("%s holds under epoch %d, was %s".formatted(director.name(), epoch, before));
        announcer = Optional.of(director);
        demand(priority.containsKey(director.name()), "a director without priority holds");
        for (var witness : views.stableFor() > SETTLED ? alive : List.of(director)) {
            demand(
                    witness.epochHeld() < epoch,
                    "epoch %d is not above all that %s has known".formatted(epoch, witness.name()));
        }
        if (before.holds()) {
            return;
        }
        demand(director.hasJoined(), director.name() + " holds though it has seen no view");
        demand(director.isFit(), director.name() + " holds though it is not fit");
        demand(director.table().containsAll(director.handedOver()), "the table was not whole at the hand-over");
        for (var other : alive) {
            boolean both = other != director && other.group().role() instanceof Role.Active;
            demand(
                    !both || before != Role.Kind.CLAIMING || !views.agree(director, other),
                    "a claim succeeded beside a holder in the same view");
        }
    }

    @Override
    public void viewed(SimDirector director, Set<String> members, boolean merged) {
        note("%s sees %s%s".formatted(director.name(), members, merged ? ", merged" : ""));
    }

    @Override
    public void announced(SimDirector director) {
        note(director.name() + " announces");
        announcer = Optional.of(director);
    }

    @Override
    public void closed(SimDirector director) {
        note(director.name() + " closes");
    }

    @Override
    public void handsOver(SimDirector director, String target) {
        note("%s hands over to %s".formatted(director.name(), target));
        var role = director.group().role();
        boolean asked = role instanceof Role.HandingOver h && h.request().isPresent();
        demand(
                asked || preempt || stopping.contains(director) || !director.isFit(),
                director.name() + " hands over though nothing asked for it");
    }

    @Override
    public void answered(FailoverRequest request, Outcome outcome) {
        note("request %d: %s".formatted(request.id(), outcome));
        demand(answers.put(request.id(), outcome) == null, "request %d is answered twice".formatted(request.id()));
    }

    @Override
    public void stopped(SimDirector director) {
        demand(!director.isOpen(), director.name() + " stops and still forwards");
        note(director.name() + " stops");
        world.after(0, () -> end(director));
    }

    // What must be so.

    private void demand(boolean holds, String otherwise) {
        if (!holds) {
            alive.forEach(director -> note(director.toString()));
            throw new AssertionError(otherwise);
        }
    }

    private void check() {
        for (var director : alive) {
            demand(
                    !director.isOpen() || director.group().role().kind().holds(),
                    director.name() + " forwards as a backup");
        }
        boolean two = alive.stream().filter(SimDirector::isOpen).count() > 1;
        if (two && views.stableFor() > SETTLED) {
            demand(holders().count() < 2, "two holders");
            demand(alive.stream().anyMatch(this::isHandingOver), "two directors forward");
        }
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
        demand(holder.isOpen(), "the holder does not forward");
        demand(announcer.filter(holder::equals).isPresent(), "the clients believe in another holder");
        for (var director : alive) {
            demand(
                    director.group().holder().filter(holder.name()::equals).isPresent(),
                    director.name() + " does not know the holder");
            demand(director.group().standing().copied() == holder.group().standing().epoch(), director.name() + " has no verified table");
        }
        if (preempt) {
            int best = priority.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
            demand(priority.getOrDefault(holder.name(), -1) == best, "the holder is not the best");
        }
        return holder;
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
            demand(director.table().equals(holder.table()), "%s has another table".formatted(director.name()));
        }
    }
}

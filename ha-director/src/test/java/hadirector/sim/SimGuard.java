package hadirector.sim;

import hadirector.role.Event;
import hadirector.role.Quorum;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What stands around the role machine of one process on the client networks: its beacons, its probes of the addresses, and the look
/// for the arbiter's gateway. The rules are those of `hadirector.director.Guard`.
final class SimGuard {
    static final long LEASE = 400 * SimWorld.MS;
    private static final long BEACON = 50 * SimWorld.MS;
    private static final long PROBE = 8 * SimWorld.MS;
    private static final long LOOK = 100 * SimWorld.MS;
    private static final int MISSES = 3;
    private static final long PAUSE = 200 * SimWorld.MS;
    private static final long DETECTION = 600 * SimWorld.MS;
    private static final long LATE = 100 * SimWorld.MS;
    private static final long WAIT_CLOSED = 20 * SimWorld.MS;
    private static final long WAIT_SILENT = 50 * SimWorld.MS;

    /// @param sequence later ones of a director have higher ones
    /// @param holds or has let go
    record Beacon(String director, int epoch, long sequence, boolean holds) {}

    /// One question to the networks.
    private static final class Round {
        boolean answered;
        boolean gateway;
    }

    private final SimWorld world;
    private final List<SimLan> lans;
    private final List<SimDirector> alive;
    private final SimDirector self;
    private final Quorum quorum;
    private final Mutant mutant;
    private final Map<String, Long> lastWords = new HashMap<>();
    private Set<String> view = Set.of();
    private long viewed;
    private long paused = -DETECTION;
    private final Map<String, Beacon> lastBeacons = new HashMap<>();
    private final Map<String, Long> leases = new HashMap<>();
    private long sequence;
    private boolean answered;
    private Round last = new Round();
    private int misses = MISSES;
    private boolean told;

    SimGuard(
            SimWorld world, List<SimLan> lans, List<SimDirector> alive, SimDirector self, Quorum quorum, Mutant mutant) {
        this.world = world;
        this.lans = lans;
        this.alive = alive;
        this.self = self;
        this.quorum = quorum;
        this.mutant = mutant;
    }

    void start() {
        beacon();
        if (quorum.kind() == Quorum.Kind.GATEWAY) {
            look();
        }
    }

    void heard(String director) {
        lastWords.put(director, world.now());
    }

    void viewed(Set<String> members) {
        view = members;
        viewed = world.now();
    }

    private void beacon() {
        if (!self.isAlive()) {
            return;
        }
        if (self.speaks()) {
            holds();
        }
        world.after(BEACON, this::beacon);
    }

    /// It has opened, or is still open.
    void holds() {
        say(true);
    }

    /// It has closed.
    void farewell() {
        say(false);
    }

    private void say(boolean holds) {
        sequence = Math.max(sequence + 1, world.now());
        var beacon = new Beacon(self.name(), self.epochOpen(), sequence, holds);
        broadcast(other -> other.hears(beacon));
    }

    private interface Frame {
        void arrive(SimDirector at);
    }

    private void broadcast(Frame frame) {
        for (var lan : lans) {
            for (var other : alive) {
                if (other != self) {
                    lan.send(self.machine(), other.machine(), () -> frame.arrive(other));
                }
            }
        }
    }

    private void look() {
        if (!self.isAlive()) {
            return;
        }
        if (!self.isFrozen()) {
            misses = answered ? 0 : misses + 1;
            answered = false;
            askGateway(() -> answered = true);
            tellGateway();
        }
        world.after(LOOK, this::look);
    }

    private void tellGateway() {
        boolean seen = misses < MISSES;
        if (seen != told) {
            told = seen;
            self.take(new Event.GatewaySeen(seen));
        }
    }

    private void askGateway(Runnable answered) {
        var lan = lans.getFirst();
        lan.send(self.machine(), lan.gateway(), () ->
                lan.send(lan.gateway(), self.machine(), () -> self.later(answered)));
    }

    void wokeUp(long pause) {
        paused = pause > PAUSE ? world.now() : paused;
    }

    /// Whether it says anything new.
    boolean hears(Beacon beacon) {
        var last = lastBeacons.get(beacon.director);
        if (last != null && last.sequence >= beacon.sequence) {
            return false;
        }
        lastBeacons.put(beacon.director, beacon);
        leases.put(beacon.director, beacon.holds ? world.now() + LEASE + 2 * BEACON : world.now());
        return true;
    }

    void check(int epoch) {
        var round = new Round();
        last = round; // What was asked before is out of date.
        boolean closed = quorum.members().stream().allMatch(this::isClosed);
        long leased = mutant == Mutant.LEASE_NOT_AWAITED
                ? 0
                : leases.values().stream().mapToLong(until -> until - world.now()).max().orElse(0);
        long wait = closed ? WAIT_CLOSED : Math.max(WAIT_SILENT, leased);
        for (long at = 0; at < wait; at += PROBE) {
            world.after(at, () -> probe(round));
        }
        long due = world.now() + wait;
        world.after(wait, () -> self.later(() -> {
            if (round == last) {
                self.take(world.now() - due > LATE ? new Event.GuardFailed(epoch, "too late") : verdict(epoch, round));
            }
        }));
    }

    /// Whether it is in the view, or left while its lease ran: then its socket was closed by its kernel, and it is dead.
    private boolean isClosed(String member) {
        if (mutant == Mutant.SILENCE_TAKEN_FOR_DEATH) {
            return true;
        }
        Long word = lastWords.get(member);
        return view.contains(member) || (word != null && viewed - paused >= DETECTION && viewed - word < LEASE);
    }

    void answer(int to, Runnable answer) {
        for (var lan : lans) {
            lan.send(self.machine(), to, answer);
        }
    }

    private void probe(Round round) {
        if (self.isFrozen()) {
            return;
        }
        broadcast(other -> other.isAsked(self.machine(), () -> round.answered = true));
        if (quorum.kind() == Quorum.Kind.GATEWAY) {
            askGateway(() -> round.gateway = true);
        }
    }

    private Event verdict(int epoch, Round round) {
        boolean missing = !view.containsAll(quorum.members());
        boolean arbiter = quorum.kind() != Quorum.Kind.GATEWAY || !missing || round.gateway;
        if (world.chance(2)) {
            return new Event.GuardFailed(epoch, "by chance");
        }
        if (round.answered && mutant != Mutant.PROBES_IGNORED) {
            return new Event.GuardFailed(epoch, "the address answers");
        }
        return arbiter || mutant == Mutant.ARBITER_IGNORED
                ? new Event.GuardPassed(epoch)
                : new Event.GuardFailed(epoch, "no gateway answers");
    }
}

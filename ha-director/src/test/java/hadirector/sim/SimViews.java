package hadirector.sim;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Membership as JGroups gives it: each process learns by itself and late who can be reached, so two views may
/// contradict each other for a while; whoever parted and came together again gets a merged view.
final class SimViews {
    /// At least: a heartbeat may have been missing already.
    private static final long DETECTION = 450 * SimWorld.MS;

    private static final long LATER = 250 * SimWorld.MS;
    private static final long NOTICE = 100 * SimWorld.MS;
    private static final long MERGE = 700 * SimWorld.MS;

    private final SimWorld world;
    private final SimNetwork network;
    private final List<SimDirector> alive;
    private final Map<Set<SimDirector>, Integer> partings = new HashMap<>();
    private final Map<SimDirector, Map<SimDirector, Integer>> known = new HashMap<>();
    private final Map<Set<SimDirector>, Long> silentSince = new HashMap<>();
    private final Set<Set<SimDirector>> cut = new HashSet<>();
    private final Set<Set<SimDirector>> suspected = new HashSet<>();
    private long lastChange;

    /// @param alive the running processes; the caller changes it
    SimViews(SimWorld world, SimNetwork network, List<SimDirector> alive) {
        this.world = world;
        this.network = network;
        this.alive = alive;
    }

    /// Links, processes or machines have changed: everybody finds out in time.
    void topologyChanged() {
        lastChange = world.now();
        listen();
        for (var director : List.copyOf(alive)) {
            world.after(world.upTo(NOTICE), () -> look(director));
            world.after(DETECTION + world.upTo(LATER), () -> look(director));
            world.after(world.upTo(MERGE), () -> look(director));
        }
    }

    private void listen() {
        for (var a : alive) {
            for (var b : alive) {
                if (a == b) {
                    continue;
                }
                if (!network.connects(a, b)) {
                    cut.add(Set.of(a, b));
                } else if (cut.remove(Set.of(a, b))) { // What a frozen process had sent before comes now, from its kernel.
                    silentSince.remove(Set.of(a, b));
                }
                if (talk(a, b)) {
                    silentSince.remove(Set.of(a, b));
                } else {
                    silentSince.merge(Set.of(a, b), world.now(), (since, _) -> Math.max(since, lastSaid(a, b)));
                }
            }
        }
    }

    /// One of two stands still, and the other has read what that had said until then, even if it stood still itself meanwhile.
    private long lastSaid(SimDirector a, SimDirector b) {
        boolean one = a.isFrozen() != b.isFrozen() && network.connects(a, b) && !suspected.contains(Set.of(a, b));
        return one ? (a.isFrozen() ? a : b).frozenAt() : Long.MIN_VALUE;
    }

    private boolean talk(SimDirector a, SimDirector b) {
        return network.connects(a, b) && !a.isFrozen() && !b.isFrozen() && !suspected.contains(Set.of(a, b));
    }

    /// Both take each other for dead at once, as if their sockets had been closed, and are not: until [#trust].
    void suspect(SimDirector a, SimDirector b) {
        suspected.add(Set.of(a, b));
        silentSince.put(Set.of(a, b), world.now() - DETECTION);
        topologyChanged();
    }

    boolean isSuspected(SimDirector director) {
        return suspected.stream().anyMatch(pair -> pair.contains(director));
    }

    void trust() {
        suspected.clear();
        topologyChanged();
    }

    /// A process is gone from view once it is dead, or has been silent for as long as detection takes.
    private boolean reaches(SimDirector a, SimDirector b) {
        Long since = silentSince.get(Set.of(a, b));
        return since == null || world.now() - since < DETECTION;
    }

    /// How long all running processes have had one view of all of them; negative if they have not.
    long stableFor() {
        boolean all = network.isWhole() && suspected.isEmpty() && alive.stream().allMatch(director -> isCurrent(director) && !director.isFrozen());
        return all ? world.now() - lastChange : -1;
    }

    /// Whether both have the same view and neither has missed that they had parted.
    boolean agree(SimDirector a, SimDirector b) {
        var ofA = known.getOrDefault(a, Map.of());
        var ofB = known.getOrDefault(b, Map.of());
        Integer partings = this.partings.getOrDefault(Set.of(a, b), 0);
        var withA = new HashSet<>(ofA.keySet());
        withA.add(a);
        var withB = new HashSet<>(ofB.keySet());
        withB.add(b);
        return withA.equals(withB) && partings.equals(ofA.get(b)) && partings.equals(ofB.get(a));
    }

    private boolean isCurrent(SimDirector director) {
        return current(director).equals(known.get(director));
    }

    /// Whom the process can reach, and how often they have parted.
    private Map<SimDirector, Integer> current(SimDirector director) {
        var reached = new HashMap<SimDirector, Integer>();
        for (var other : alive) {
            if (other != director && reaches(director, other)) {
                reached.put(other, partings.getOrDefault(Set.of(director, other), 0));
            }
        }
        return reached;
    }

    private void look(SimDirector director) {
        if (!director.isAlive() || director.isFrozen() || isCurrent(director)) {
            return;
        }
        var before = known.get(director);
        var reached = current(director);
        var missed = new HashSet<>(before == null ? Set.copyOf(alive) : before.keySet());
        missed.removeAll(reached.keySet());
        missed.remove(director);
        for (var other : missed) {
            partings.merge(Set.of(director, other), 1, Integer::sum);
            if (other.isAlive()) { // What a dead process has sent may still arrive.
                network.reset(director, other);
            }
        }
        boolean merged = reached.entrySet().stream().anyMatch(e -> hasParted(before, e.getKey(), e.getValue()));
        known.put(director, reached);
        lastChange = world.now();
        var members = new TreeMap<String, SimDirector>();
        reached.keySet().forEach(other -> members.put(other.name(), other));
        boolean replaced = missed.stream().anyMatch(other -> members.containsKey(other.name()));
        if (replaced) { // Its old self leaves in a view of its own.
            var without = new TreeMap<>(members);
            missed.forEach(other -> without.remove(other.name()));
            director.view(without, merged);
        }
        director.view(members, merged);
        if (!missed.isEmpty()) {
            topologyChanged();
        }
    }

    /// A process that has just started has parted from nobody unless a first view said so.
    private static boolean hasParted(
            @Nullable Map<SimDirector, Integer> before, SimDirector other, int partings) {
        int seen = before == null ? 0 : before.getOrDefault(other, 0);
        return partings != seen;
    }
}

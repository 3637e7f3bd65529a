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
    private static final long DETECTION = 700 * SimWorld.MS;

    private final SimWorld world;
    private final SimNetwork network;
    private final List<SimDirector> alive;
    private final Map<Set<SimDirector>, Integer> partings = new HashMap<>();
    private final Map<SimDirector, Map<SimDirector, Integer>> known = new HashMap<>();
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
        for (var director : List.copyOf(alive)) {
            world.after(world.upTo(DETECTION), () -> look(director));
        }
    }

    /// How long all running processes have had one view of all of them; negative if they have not.
    long stableFor() {
        boolean all = network.isWhole() && alive.stream().allMatch(this::isCurrent);
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
            if (other != director && network.connects(director, other)) {
                reached.put(other, partings.getOrDefault(Set.of(director, other), 0));
            }
        }
        return reached;
    }

    private void look(SimDirector director) {
        if (!director.isAlive() || isCurrent(director)) {
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

package hadirector.director;

import hadirector.health.Target;
import hadirector.model.RealServer;
import hadirector.model.VirtualService;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// What each realserver counts for: the weight of the config, 0 while it is drained, and whether it is up. Pure; the caller takes
/// what has changed and tells the engine.
final class Weights {
    record State(int weight, boolean up) {}

    private final Map<Target, Integer> configured = new HashMap<>();
    private final Set<Target> up = new HashSet<>();
    private final Set<Target> drained = new HashSet<>();
    private final Map<Target, State> told = new HashMap<>();

    /// The services of a new config.
    void configure(Collection<VirtualService> services) {
        configured.clear();
        for (var service : services) {
            for (RealServer server : service.realServers()) {
                configured.put(new Target(service.name(), server.endpoint()), server.weight());
            }
        }
        up.retainAll(configured.keySet());
        told.clear(); // The engine is told everything anew: what it made new is down.
    }

    boolean knows(Target target) {
        return configured.containsKey(target);
    }

    Set<Target> targets() {
        return Set.copyOf(configured.keySet());
    }

    /// One that comes after its realserver has left the config is of no use, nor when it returns.
    void verdict(Target target, boolean isUp) {
        if (isUp && knows(target)) {
            up.add(target);
        } else {
            up.remove(target);
        }
    }

    void drain(Set<Target> wanted) {
        drained.clear();
        drained.addAll(wanted);
    }

    State state(Target target) {
        int weight = drained.contains(target) ? 0 : configured.getOrDefault(target, 0);
        return new State(weight, up.contains(target));
    }

    /// What must be told to the engine now, by target; it counts as told.
    Map<Target, State> takeChanges() {
        var changes = new HashMap<Target, State>();
        for (var target : configured.keySet()) {
            var state = state(target);
            if (!state.equals(told.put(target, state))) {
                changes.put(target, state);
            }
        }
        return changes;
    }
}

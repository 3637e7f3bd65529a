package hadirector.group;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jgroups.Address;
import org.jgroups.MergeView;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// JGroups' views as directors by name. Members that the config does not name are left out and counted. If a director
/// comes back before its old self is gone from the view, the new one counts, and a view without it comes between.
final class Membership {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final int STRANGERS_KEPT = 16;

    private final Set<String> configured;
    private final Set<String> strangers = new ConcurrentSkipListSet<>();
    private volatile Map<String, Address> present = Map.of();
    private volatile Map<String, Address> heard = Map.of();
    private long number;

    Membership(Set<String> configured) {
        this.configured = Set.copyOf(configured);
    }

    /// One view, or two if a director was replaced by its new start.
    synchronized List<View> accept(org.jgroups.View view) {
        var next = new LinkedHashMap<String, Address>();
        for (Address address : view.getMembers()) {
            String name = DirectorAddress.name(address);
            if (name != null && configured.contains(name)) {
                next.remove(name); // The newer start stands later in the view.
                next.put(name, address);
            } else {
                stranger(String.valueOf(name != null ? name : address));
            }
        }
        var replaced = new TreeSet<String>();
        present.forEach((name, address) -> {
            if (next.containsKey(name) && !address.equals(next.get(name))) {
                replaced.add(name);
            }
        });
        present = Map.copyOf(next);
        var names = List.copyOf(next.keySet());
        var steps = new ArrayList<View>();
        if (!replaced.isEmpty()) {
            steps.add(new View(++number, names.stream().filter(n -> !replaced.contains(n)).toList(), false));
        }
        steps.add(new View(++number, names, view instanceof MergeView));
        return steps;
    }

    private void stranger(String name) {
        if (strangers.size() < STRANGERS_KEPT && strangers.add(name)) {
            LOG.warn("ignored member={} reason=\"not in cluster.members\"", name);
        }
    }

    /// From now on the members of the latest view are heard.
    void hear() {
        heard = present;
    }

    /// The name of a sender that is heard with exactly this address.
    @Nullable String heard(@Nullable Address address) {
        return named(address, heard);
    }

    /// The name of a sender that is in the latest view with exactly this address.
    @Nullable String present(@Nullable Address address) {
        return named(address, present);
    }

    private static @Nullable String named(@Nullable Address address, Map<String, Address> members) {
        String name = DirectorAddress.name(address);
        return name != null && address != null && address.equals(members.get(name)) ? name : null;
    }

    boolean isConfigured(@Nullable Address address) {
        String name = DirectorAddress.name(address);
        return name != null && configured.contains(name);
    }

    /// The starts of the directors of the latest view, by name.
    Map<String, Long> runs() {
        var runs = new LinkedHashMap<String, Long>();
        present.forEach((name, address) -> runs.put(name, DirectorAddress.run(address)));
        return runs;
    }

    @Nullable Address address(String name) {
        return present.get(name);
    }

    Set<String> strangers() {
        return Set.copyOf(strangers);
    }
}

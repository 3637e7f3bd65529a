package hadirector.director;

import hadirector.health.Target;
import hadirector.model.VirtualService;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// Whether a director that has started has looked at its realservers yet: until then it counts them all as down, and to hand it
/// a group would turn clients away. Ends with the first result of each probe, or after [#NANOS]. Any thread.
final class FirstLook {
    /// For probes that take long; longer than the first result of one with the default timeout.
    static final long NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Set<Target> missing = ConcurrentHashMap.newKeySet();
    private final long began;
    private volatile boolean over;

    FirstLook(Collection<VirtualService> services, long now) {
        began = now;
        for (var service : services) {
            if (service.check().isPresent()) {
                service.realServers().forEach(server -> missing.add(new Target(service.name(), server.endpoint())));
            }
        }
    }

    void probed(Target target) {
        if (!over) {
            missing.remove(target);
        }
    }

    boolean isOver() {
        return over;
    }

    /// Whether it has lasted for as long as it may.
    boolean isLate(long now) {
        return now - began >= NANOS;
    }

    /// @return whether it has ended since this was last asked
    boolean ends(long now) {
        if (over || (!missing.isEmpty() && now - began < NANOS)) {
            return false;
        }
        over = true;
        missing.clear();
        return true;
    }
}

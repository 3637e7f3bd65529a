package hadirector.health;

import java.time.Instant;
import java.util.Optional;

/// One line of `director status`: a target's state and the probe behind it.
///
/// @param since when `status` began
/// @param probe empty if the service has no check: then the target is up
/// @param nextRun when the probe starts next; empty without a probe and while it runs
public record TargetHealth(
        Target target, Health.Status status, Instant since, Optional<Probed> probe, Optional<Instant> nextRun) {
    public record Probed(ProbeKey key, ProbeHistory history) {}

    public boolean up() {
        return status == Health.Status.UP;
    }
}

package hadirector.health;

import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.Passed;
import hadirector.model.Check;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What one probe has found so far.
///
/// @param last newest result
/// @param lastBad newest result that was not a pass
/// @param latency of the newest pass
public record ProbeHistory(
        Health health,
        long passed,
        long failed,
        long notRun,
        Optional<Dated> last,
        Optional<Dated> lastBad,
        Optional<Duration> latency) {
    /// A result and when it came.
    public record Dated(ProbeResult result, Instant at) {}

    /// A probe that has not run yet. It starts with what was known of the server before, if anything.
    static ProbeHistory startingFrom(Health.Status known) {
        return new ProbeHistory(
                new Health(known, 0), 0, 0, 0, Optional.empty(), Optional.empty(), Optional.empty());
    }

    ProbeHistory after(ProbeResult result, Check.Schedule limits, Instant now) {
        var dated = Optional.of(new Dated(result, now));
        boolean good = result instanceof Passed;
        boolean ran = !(result instanceof NotRun);
        return new ProbeHistory(
                health.after(result, limits),
                passed + (good ? 1 : 0),
                failed + (ran && !good ? 1 : 0),
                notRun + (ran ? 0 : 1),
                dated,
                good ? lastBad : dated,
                result instanceof Passed(Duration took) ? Optional.of(took) : latency);
    }
}

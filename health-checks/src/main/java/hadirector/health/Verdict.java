package hadirector.health;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// A target's state has changed, or is known for the first time.
///
/// @param reason the result that decided, or "no check"
/// @param latency of that probe, if it passed
public record Verdict(Target target, boolean up, String reason, Instant since, Optional<Duration> latency) {}

package hadirector.health;

import hadirector.model.Check;
import java.time.Duration;

/// Gets what the probes find, in order, on the monitor's thread. It must not block.
public interface HealthListener {
    void verdict(Verdict verdict);

    /// Each result, once per target that uses the probe: for counters and latency histograms.
    ///
    /// @param took from the probe's start to its result, whatever it was
    default void probed(Target target, Check check, ProbeResult result, Duration took) {}
}

package hadirector.director;

import hadirector.admin.RateEstimator;
import hadirector.engine.EngineStats;
import hadirector.engine.ForwardingEngine;
import java.time.Duration;
import java.util.Optional;

/// Asks the engine for its numbers, on a thread of its own for rates: an engine that is slow to answer must not hold up the
/// roles.
final class EngineWatch implements AutoCloseable {
    private static final Duration RATES = Duration.ofSeconds(2);

    private final ForwardingEngine engine;
    private final RateEstimator rates = new RateEstimator();
    private final Thread sampler = Thread.ofPlatform().name("rates").daemon().unstarted(this::sample);
    private volatile EngineStats last = EngineStats.NONE;

    EngineWatch(ForwardingEngine engine) {
        this.engine = engine;
    }

    void start() {
        sampler.start();
    }

    private void sample() {
        try {
            while (true) {
                Thread.sleep(RATES);
                stats().ifPresent(stats -> rates.sample(stats, System.nanoTime()));
            }
        } catch (InterruptedException _) {
            return; // Closed.
        }
    }

    /// Empty if the engine does not answer.
    Optional<EngineStats> stats() {
        try {
            var stats = engine.stats();
            last = stats;
            return Optional.of(stats);
        } catch (IllegalStateException _) {
            return Optional.empty();
        }
    }

    /// The latest that there were.
    EngineStats last() {
        return last;
    }

    RateEstimator rates() {
        return rates;
    }

    @Override
    public void close() {
        sampler.interrupt();
    }
}

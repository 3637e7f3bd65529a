package hadirector.health.probe;

import hadirector.health.ProbeResult;
import hadirector.health.ProbeResult.NotRun;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The runs of one probe, one after the other. Everything happens on the owner's loop.
final class ProbeCycle {
    /// @param asked completed by the probe, or cancelled
    /// @param counted completed with the same result once that has been told
    private record Run(
            CompletableFuture<ProbeResult> asked, CompletableFuture<ProbeResult> counted, long startNanos) {}

    private final Probe probe;
    private final Duration interval;
    private final Pace pace;
    private final EventLoop owner;
    private final BiConsumer<ProbeResult, Duration> results;
    private @Nullable Run running;
    private @Nullable Future<?> timer;
    private @Nullable Instant nextRun;
    private boolean stopped;

    ProbeCycle(
            Probe probe, Duration interval, Pace pace, EventLoop owner, BiConsumer<ProbeResult, Duration> results) {
        this.probe = probe;
        this.interval = interval;
        this.pace = pace;
        this.owner = owner;
        this.results = results;
    }

    void start() {
        runIn(pace.firstNanos(interval));
    }

    void stop() {
        stopped = true;
        cancelTimer();
        if (running != null) {
            running.asked.cancel(false);
            running.counted.complete(new NotRun("no longer wanted"));
        }
    }

    /// When the next run starts; empty while one is under way.
    Optional<Instant> nextRun() {
        return Optional.ofNullable(nextRun);
    }

    /// Runs at once, or joins the run that is under way. Its result is told before the future completes.
    CompletableFuture<ProbeResult> runNow() {
        if (running == null) {
            cancelTimer();
            long startNanos = System.nanoTime();
            var run = new Run(ask(), new CompletableFuture<>(), startNanos);
            running = run;
            var _ = run.asked.whenComplete((result, fault) -> owner.execute(() -> end(run, result, fault)));
        }
        return running.counted.copy();
    }

    private CompletableFuture<ProbeResult> ask() {
        try {
            return probe.run();
        } catch (RuntimeException e) {
            return CompletableFuture.completedFuture(new NotRun(e.toString()));
        }
    }

    private void end(Run run, @Nullable ProbeResult result, @Nullable Throwable fault) {
        running = null;
        if (stopped) {
            return;
        }
        long tookNanos = System.nanoTime() - run.startNanos;
        runIn(Math.max(0, pace.nextNanos(interval) - tookNanos));
        var found = result != null ? result : new NotRun(String.valueOf(fault));
        results.accept(found, Duration.ofNanos(tookNanos));
        run.counted.complete(found);
    }

    private void runIn(long nanos) {
        nextRun = Instant.now().plusNanos(nanos);
        timer = owner.schedule(
                () -> {
                    var _ = runNow();
                },
                nanos,
                TimeUnit.NANOSECONDS);
    }

    private void cancelTimer() {
        nextRun = null;
        if (timer != null) {
            timer.cancel(false);
        }
    }
}

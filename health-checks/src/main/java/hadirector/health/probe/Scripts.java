package hadirector.health.probe;

import hadirector.health.Health;
import hadirector.health.ProbeResult;
import hadirector.health.ProbeResult.Refused;
import hadirector.model.Check;
import hadirector.model.Track;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/// Runs the scripts that directors track, each again and again with keepalived's `interval`, `timeout`, `rise` and `fall`, and tells what
/// they say. No run of a script overlaps another of the same; a program that overstays its timeout is killed with its children, as
/// health checks are ([Programs]).
public final class Scripts implements AutoCloseable {
    /// @param good what it is after `rise` or `fall` runs; the first run decides alone
    /// @param why the last run, in one line
    public record Verdict(Track.Script script, boolean good, String why) {}

    private final Programs programs = new Programs();
    private final Consumer<Verdict> listener;
    private final Map<Track.Script, Thread> running = new HashMap<>();

    /// @param listener is told each verdict that is new, on a thread of its script
    public Scripts(Consumer<Verdict> listener) {
        this.listener = listener;
    }

    /// Runs these, by difference: an equal script keeps its state and its schedule.
    public synchronized void configure(Collection<Track.Script> wanted) {
        var gone = new HashMap<>(running);
        gone.keySet().removeAll(Set.copyOf(wanted));
        gone.forEach((script, thread) -> {
            running.remove(script);
            thread.interrupt();
        });
        wanted.forEach(script -> running.computeIfAbsent(
                script, _ -> Thread.ofVirtual().name("script " + script.name()).start(() -> repeat(script))));
    }

    private void repeat(Track.Script script) {
        var limits = new Check.Schedule(script.interval(), script.timeout(), script.rise(), script.fall());
        var health = Health.UNKNOWN;
        try {
            while (true) {
                long began = System.nanoTime();
                var result = run(script);
                var next = health.after(result, limits);
                if (next.status() != health.status()) {
                    listener.accept(new Verdict(script, next.status() == Health.Status.UP, result.text()));
                }
                health = next;
                Thread.sleep(Duration.ofNanos(Math.max(0, script.interval().toNanos() - (System.nanoTime() - began))));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // No longer wanted.
        }
    }

    /// A script that cannot be run is bad: it says nothing good of this director.
    private ProbeResult run(Track.Script script) throws InterruptedException {
        var call = new Programs.Call(script.argv(), Map.of(), script.timeout(), (status, output, took) -> status == 0
                ? new ProbeResult.Passed(took)
                : new Refused("exit " + status + output.lines().findFirst().map(line -> ": " + line).orElse("")));
        var outcome = programs.run(call);
        try {
            return outcome.get() instanceof ProbeResult.NotRun(String why) ? new Refused("could not run: " + why) : outcome.get();
        } catch (ExecutionException e) {
            return new Refused(String.valueOf(e.getCause()));
        } finally {
            outcome.cancel(false); // If this was interrupted, the program is killed.
        }
    }

    @Override
    public void close() {
        configure(Set.of());
        programs.close();
    }
}

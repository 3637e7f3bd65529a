package hadirector.health.probe;

import hadirector.health.HealthListener;
import hadirector.health.ProbeKey;
import hadirector.health.ProbeResult;
import hadirector.health.ProbeResult.NotRun;
import hadirector.health.Roster;
import hadirector.health.Target;
import hadirector.health.TargetHealth;
import hadirector.model.VirtualService;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Probes the realservers of all services, each (realserver, check) once, and tells a listener.
///
/// Its methods may be called from any thread, the listener's included; its state belongs to one event
/// loop. After [#close] they throw [java.util.concurrent.RejectedExecutionException].
public final class HealthMonitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HealthMonitor.class);
    private static final int LOOPS = 2;
    private static final long CLOSE_SECONDS = 2;

    private final HealthListener listener;
    private final EventLoopGroup loops;
    private final EventLoop owner;
    private final Probes probes;
    private final Pace pace = new Pace(RandomGenerator.getDefault());
    private final Roster roster = new Roster();
    private final Map<ProbeKey, ProbeCycle> cycles = new HashMap<>();
    private final Set<ProbeKey> cannotRun = new HashSet<>();

    public HealthMonitor(HealthListener listener) {
        this.listener = listener;
        loops = new MultiThreadIoEventLoopGroup(
                LOOPS, new DefaultThreadFactory("health", true), NioIoHandler.newFactory());
        owner = loops.next();
        probes = new Probes(loops);
    }

    /// Probes what these services ask for, by difference: an equal probe keeps its state and its
    /// schedule. Verdicts that follow at once (no check, a probe that already runs) are told before this
    /// returns.
    public void configure(Collection<VirtualService> services) {
        onOwner(() -> {
            var change = roster.configure(services, Instant.now());
            change.stopped().forEach(this::stop);
            change.started().forEach(this::start);
            change.verdicts().forEach(verdict -> tell(() -> listener.verdict(verdict)));
            return true;
        });
    }

    /// Every target of the configuration, in its order.
    public List<TargetHealth> snapshot() {
        return onOwner(() -> {
            var nextRuns = new HashMap<ProbeKey, Instant>();
            cycles.forEach((key, cycle) -> cycle.nextRun().ifPresent(at -> nextRuns.put(key, at)));
            return roster.snapshot(nextRuns);
        });
    }

    /// Probes a target now instead of at its next turn. The result counts like any other; for a target
    /// that does not exist or has no check it is [NotRun].
    public CompletableFuture<ProbeResult> checkNow(Target target) {
        return onOwner(() -> {
            var cycle = roster.probe(target).map(cycles::get);
            return cycle.map(ProbeCycle::runNow)
                    .orElseGet(() -> CompletableFuture.completedFuture(new NotRun("no check of " + target)));
        });
    }

    /// Stops all probes and ends what they started.
    @Override
    public void close() {
        if (owner.isShuttingDown()) {
            return;
        }
        onOwner(() -> {
            Set.copyOf(cycles.keySet()).forEach(this::stop);
            return true;
        });
        probes.close();
        loops.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private void start(ProbeKey key) {
        var cycle = new ProbeCycle(
                probes.probe(key),
                key.check().schedule().interval(),
                pace,
                owner,
                (result, took) -> ended(key, result, took));
        cycles.put(key, cycle);
        cycle.start();
    }

    private void stop(ProbeKey key) {
        var cycle = cycles.remove(key);
        cannotRun.remove(key);
        if (cycle != null) {
            cycle.stop();
        }
    }

    private void ended(ProbeKey key, ProbeResult result, Duration took) {
        report(key, result);
        var verdicts = roster.result(key, result, Instant.now());
        for (var target : roster.users(key)) {
            tell(() -> listener.probed(target, key.check(), result, took));
        }
        verdicts.forEach(verdict -> tell(() -> listener.verdict(verdict)));
    }

    /// A probe that cannot run is a fault of this director: logged when it begins and when it ends.
    private void report(ProbeKey key, ProbeResult result) {
        if (result instanceof NotRun(String why)) {
            if (cannotRun.add(key)) {
                LOG.warn("probe=\"{}\" cannot-run=\"{}\"", key, why);
            }
        } else if (cannotRun.remove(key)) {
            LOG.info("probe=\"{}\" runs again", key);
        }
    }

    private static void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            LOG.error("health listener failed", e);
        }
    }

    private <T> T onOwner(Supplier<T> work) {
        return owner.inEventLoop()
                ? work.get()
                : owner.submit((Callable<T>) work::get).syncUninterruptibly().getNow();
    }
}

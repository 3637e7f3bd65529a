package hadirector.metrics;

import com.sun.management.OperatingSystemMXBean;
import hadirector.admin.ControlServer;
import hadirector.admin.StatusReport;
import hadirector.admin.TakeoverReport;
import hadirector.health.HealthListener;
import hadirector.health.ProbeResult;
import hadirector.health.Target;
import hadirector.health.Verdict;
import hadirector.model.Check;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/// All metrics of a director, in Prometheus' text form. What the director knows is pulled when it is scraped (see
/// [ReportSamples]); only what would be lost until then, durations, is recorded as it happens. Every series carries the labels
/// `cluster` and `director`.
@SuppressWarnings("deprecation") // The simpleclient registry is what operators asked for; it is still shipped.
public final class DirectorMetrics implements HealthListener, AutoCloseable {
    private static final Duration[] PROBE_BUCKETS = millis(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000);
    private static final Duration[] PAUSE_BUCKETS = millis(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000);

    private record Probed(Target target, String result) {}

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Supplier<StatusReport> report;
    private final ScrapedMeters scraped = new ScrapedMeters(registry);
    private final Map<Probed, Timer> probes = new ConcurrentHashMap<>();
    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final PauseWatchdog watchdog;

    public DirectorMetrics(
            String cluster,
            String director,
            Supplier<StatusReport> report,
            Supplier<ControlServer.Counts> control) {
        this.report = report;
        registry.config()
                .commonTags("cluster", cluster, "director", director)
                .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
                .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
        count("hadirector.admin.requests", "Requests on the control socket", control, ControlServer.Counts::requests);
        count("hadirector.admin.bad.requests", "Requests on the control socket that were not understood",
                control, ControlServer.Counts::bad);
        count("hadirector.admin.turned.away", "Clients of the control socket for whom there was no place",
                control, ControlServer.Counts::turnedAway);
        bindJvm();
        var pauses =
                Timer.builder("hadirector.jvm.pause")
                        .description("By how much a sleep of 10 ms was too long: collector, scheduler, suspended host")
                        .serviceLevelObjectives(PAUSE_BUCKETS)
                        .register(registry);
        watchdog = PauseWatchdog.start(pauses::record);
    }

    private void count(
            String name,
            String help,
            Supplier<ControlServer.Counts> control,
            ToDoubleFunction<ControlServer.Counts> which) {
        FunctionCounter.builder(name, control, of -> which.applyAsDouble(of.get()))
                .description(help)
                .register(registry);
    }

    private void bindJvm() {
        new JvmMemoryMetrics().bindTo(registry);
        gc.bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        processCpu();
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    /// Under the name that Prometheus' own clients use, in place of Micrometer's nanoseconds.
    private void processCpu() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            FunctionCounter.builder("process.cpu", system, s -> s.getProcessCpuTime() / 1e9)
                    .baseUnit("seconds")
                    .description("CPU time of this process, user and system")
                    .register(registry);
        }
    }

    /// The text of `/metrics` (version 0.0.4). Series of what the config no longer has are gone from it.
    public synchronized String scrape() {
        var now = report.get();
        scraped.update(ReportSamples.of(now));
        forgetProbes(now);
        return registry.scrape();
    }

    private void forgetProbes(StatusReport now) {
        var there =
                now.services().stream()
                        .flatMap(service -> service.servers().stream()
                                .map(server -> List.of(service.name(), server.endpoint())))
                        .collect(Collectors.toSet());
        probes.entrySet().removeIf(entry -> {
            var target = entry.getKey().target();
            boolean gone = !there.contains(List.of(target.service(), target.realServer().toString()));
            if (gone) {
                registry.remove(entry.getValue());
            }
            return gone;
        });
    }

    @Override
    public void probed(Target target, Check check, ProbeResult result, Duration took) {
        probes.computeIfAbsent(new Probed(target, word(result)), this::timer).record(took);
    }

    private Timer timer(Probed probed) {
        return Timer.builder("hadirector.probe.duration")
                .description("From a probe's start to its result")
                .tags("service", probed.target().service())
                .tags("realserver", probed.target().realServer().toString())
                .tags("result", probed.result())
                .serviceLevelObjectives(PROBE_BUCKETS)
                .register(registry);
    }

    /// A takeover of a group by this director; its gap is 0 if no packet has come.
    public void tookOver(TakeoverReport report) {
        double gap = report.gapMillis() == null ? 0 : report.gapMillis();
        Timer.builder("hadirector.takeover.gap")
                .description("Takeovers of VIP groups by this director: from the last sign of the old holder's work to the first packet forwarded")
                .tags("group", report.group())
                .tags("cause", report.cause().word())
                .serviceLevelObjectives(PAUSE_BUCKETS)
                .register(registry)
                .record(Duration.ofNanos(Math.max(0, Math.round(gap * 1_000_000))));
    }

    private static String word(ProbeResult result) {
        return switch (result) {
            case ProbeResult.Passed _ -> "passed";
            case ProbeResult.Refused _ -> "refused";
            case ProbeResult.TimedOut _ -> "timed_out";
            case ProbeResult.NotRun _ -> "not_run";
        };
    }

    /// Verdicts are read off the report.
    @Override
    public void verdict(Verdict verdict) {}

    @Override
    public void close() {
        watchdog.close();
        gc.close();
        registry.close();
    }

    private static Duration[] millis(long... millis) {
        return Arrays.stream(millis).mapToObj(Duration::ofMillis).toArray(Duration[]::new);
    }
}

package hadirector.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.admin.ControlServer;
import hadirector.admin.FakeDirector;
import hadirector.admin.StatusReport;
import hadirector.admin.StatusReport.Traffic;
import hadirector.health.ProbeResult;
import hadirector.health.Target;
import hadirector.lab.NeedsCommand;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DirectorMetricsTest {
    private static final String LABELS = "cluster=\"edge\",director=\"lb1\",";
    private static final Check CHECK =
            new Check.Tcp(new Check.Schedule(Duration.ofSeconds(2), Duration.ofSeconds(1), 2, 3));
    private volatile StatusReport report = FakeDirector.sample(new Traffic(7, 1000, 900, 64_000, 1_500_000));
    private final DirectorMetrics metrics =
            new DirectorMetrics("edge", "lb1", () -> report, () -> new ControlServer.Counts(5, 1, 0, 0));

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void tellsWhatTheReportTells() {
        assertThat(metrics.scrape().lines())
                .contains(
                        "hadirector_group_role{" + LABELS + "group=\"web\",role=\"active\",} 1.0",
                        "hadirector_group_role{" + LABELS + "group=\"web\",role=\"backup\",} 0.0",
                        "hadirector_group_holder{" + LABELS + "group=\"web\",} 1.0",
                        "hadirector_group_holder{" + LABELS + "group=\"dns\",} 0.0",
                        "hadirector_group_epoch{" + LABELS + "group=\"web\",} 7.0",
                        "hadirector_group_transitions_total{" + LABELS + "group=\"web\",} 3.0",
                        "hadirector_sync_lag_seconds{" + LABELS + "peer=\"lb2\",} 0.0125",
                        "hadirector_sync_gap_connections{" + LABELS + "peer=\"lb2\",} 0.0",
                        "hadirector_sync_sent_entries_total{" + LABELS + "peer=\"lb2\",} 120.0",
                        "hadirector_engine_drops_total{" + LABELS + "reason=\"ttl\",} 3.0",
                        "hadirector_engine_frames_total{" + LABELS + "verdict=\"received\",} 1000.0",
                        "hadirector_engine_expired_total{cluster=\"edge\",director=\"lb1\",} 5.0",
                        "hadirector_table_connections{cluster=\"edge\",director=\"lb1\",} 17.0",
                        "hadirector_table_connections_max{cluster=\"edge\",director=\"lb1\",} 1000000.0",
                        "hadirector_admin_requests_total{cluster=\"edge\",director=\"lb1\",} 5.0",
                        "hadirector_engine_frames_total{" + LABELS + "verdict=\"offloaded\",} 3940.0",
                        "hadirector_engine_interface_info{" + LABELS + "hook=\"xdp + tcx\",interface=\"eth0\",} 1.0",
                        "hadirector_service_half_open_connections{" + LABELS + "service=\"shop\",} 12.0",
                        "hadirector_service_overloaded{" + LABELS + "service=\"shop\",} 0.0",
                        series("realserver_up", "10.1.0.12:80", "0.0"),
                        series("realserver_scheduled_connections_total", "10.1.0.11:80", "7.0"),
                        "hadirector_realserver_bytes_total{cluster=\"edge\",direction=\"out\",director=\"lb1\","
                                + "realserver=\"10.1.0.11:80\",service=\"shop\",} 1500000.0",
                        "hadirector_realserver_connections{" + LABELS
                                + "realserver=\"10.1.0.11:80\",service=\"shop\",state=\"active\",} 12.0")
                .noneMatch(line -> line.startsWith(series("realserver_up", "10.1.0.13:80", "")));
    }

    private static String series(String name, String realServer, String value) {
        return "hadirector_" + name + "{" + LABELS + "realserver=\"" + realServer + "\",service=\"shop\",} " + value;
    }

    @Test
    void recordsHowLongProbesTake() {
        var target = new Target("shop", Endpoint.of("10.1.0.11:80"));
        metrics.probed(target, CHECK, new ProbeResult.Passed(Duration.ofMillis(3)), Duration.ofMillis(3));
        metrics.probed(target, CHECK, new ProbeResult.Refused("closed"), Duration.ofMillis(30));
        String labels = LABELS + "realserver=\"10.1.0.11:80\",result=\"passed\",service=\"shop\",";
        assertThat(metrics.scrape())
                .contains(
                        "hadirector_probe_duration_seconds_bucket{" + labels + "le=\"0.002\",} 0.0",
                        "hadirector_probe_duration_seconds_bucket{" + labels + "le=\"0.005\",} 1.0",
                        "hadirector_probe_duration_seconds_count{" + labels + "} 1.0");
    }

    @Test
    void forgetsTheSeriesOfAServiceThatIsGone() {
        metrics.probed(
                new Target("shop", Endpoint.of("10.1.0.11:80")),
                CHECK,
                new ProbeResult.Refused("closed"),
                Duration.ofMillis(30));
        assertThat(metrics.scrape()).contains("service=\"shop\"");
        var before = report;
        report =
                new StatusReport(
                        before.director(), before.build(), before.started(), before.engine(), before.cluster(),
                        before.groups(), before.peers(), List.of(), before.ipvs());
        assertThat(metrics.scrape()).doesNotContain("service=\"shop\"").contains("group=\"web\"");
        report = before;
        assertThat(metrics.scrape()).contains(series("realserver_up", "10.1.0.11:80", "1.0"));
    }

    @Test
    void tellsAboutTheJavaVirtualMachine() {
        assertThat(metrics.scrape())
                .contains("jvm_memory_used_bytes{", "jvm_threads_live_threads{", "hadirector_jvm_pause_seconds_bucket{");
    }

    @Test
    @NeedsCommand(value = "promtool", debianPackage = "prometheus")
    void promtoolFindsNothingToMend() throws Exception {
        metrics.probed(
                new Target("shop", Endpoint.of("10.1.0.11:80")),
                CHECK,
                new ProbeResult.Passed(Duration.ofMillis(3)),
                Duration.ofMillis(3));
        var promtool = new ProcessBuilder("promtool", "check", "metrics").redirectErrorStream(true).start();
        try (var in = promtool.getOutputStream()) {
            in.write(metrics.scrape().getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said).isEmpty();
        assertThat(promtool.waitFor()).isZero();
    }
}

package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real Prometheus beside a real pair, with the scrape config and the alert rules that are shipped; only the targets
/// and the intervals are the lab's, so that alerts fire after their own `for` times.
@Lab
@NeedsCommand("prometheus")
@NeedsCommand(value = "promtool", debianPackage = "prometheus")
@NeedsCommand("curl")
class PrometheusLabTest {
    private static final Path SHIPPED = Path.of("..", "deploy", "prometheus");
    private static final String INTERVAL = "5s";
    private static final String TARGETS = "\"10.0.9.1:9620\", \"10.0.9.2:9620\"";
    private static final String LB1 = "10.9.0.1:9620";
    private static final String LB2 = "10.9.0.2:9620";
    private static final String TRANSITIONS = "hadirector_group_transitions_total";

    @TempDir private Path folder = Path.of("");
    private final DirectorPair pair = new DirectorPair(3);
    private final Host monitor = pair.lab.host("monitor");

    @BeforeEach
    void start() throws Exception {
        monitor.nic("eth0", pair.cluster, "10.9.0.9/24");
        pair.config(pair.service("shop", "tcp", 80)).startBoth();
    }

    @AfterEach
    void close() {
        pair.close();
    }

    @Test
    void aPrometheusWithTheShippedRulesSeesAFailoverAndRaisesItsAlertsOnly() throws Exception {
        assertThat(healthz(LB1)).isEqualTo("ok");
        assertThat(healthz(LB2)).isEqualTo("ok");
        checkMetrics(LB1);
        checkMetrics(LB2);
        startPrometheus();
        awaitValues("up{job=\"ha-director\"}", "instance", Map.of(LB1, 1.0, LB2, 1.0));
        awaitValues("hadirector_group_role{role=\"active\"}", "director", Map.of("lb1", 1.0, "lb2", 0.0));
        awaitValues("sum(hadirector_probe_duration_seconds_count{result=\"passed\"})by(director)>bool(0)", "director",
                Map.of("lb1", 1.0, "lb2", 1.0));
        assertThat(alerts("firing")).isEmpty();
        double before = values(TRANSITIONS, "director").getOrDefault("lb2", -1.0);
        assertThat(before).isNotNegative();

        pair.process("lb1").kill();
        awaitValues("up{job=\"ha-director\"}", "instance", Map.of(LB1, 0.0, LB2, 1.0));
        awaitValues("hadirector_group_role{role=\"active\"}", "director", Map.of("lb2", 1.0));
        assertThat(values(TRANSITIONS, "director").getOrDefault("lb2", -1.0)).isGreaterThan(before);
        assertThat(healthz(LB2)).isEqualTo("ok");
        checkMetrics(LB2);
        pair.await("the alerts are pending", () -> alerts("pending").keySet().containsAll(gone().keySet()));
        pair.await("the alerts fire", () -> alerts("firing").keySet().containsAll(gone().keySet()));
        var expected = new TreeMap<>(gone());
        expected.put("DirectorFailover", "lb2");
        assertThat(alerts("firing")).isEqualTo(expected);

        pair.start("lb1");
        pair.awaitSettled("lb2");
        pair.await("the alerts are resolved", () -> alerts("firing").equals(Map.of("DirectorFailover", "lb2")));
        assertThat(values("max_over_time(ALERTS{alertstate=\"firing\"}[10m])", "alertname")).containsOnlyKeys(expected.keySet());
    }

    /// What must fire once lb1 is dead, and about or by whom.
    private static Map<String, String> gone() {
        return Map.of("DirectorDown", LB1, "DirectorPeerGone", "lb2", "DirectorGroupAtRisk", "lb2");
    }

    private void startPrometheus() throws Exception {
        Files.copy(SHIPPED.resolve("rules.yml"), folder.resolve("rules.yml"));
        String shipped = Files.readString(SHIPPED.resolve("scrape.yml"));
        assertThat(shipped).contains(TARGETS, "scrape_interval: " + INTERVAL, "evaluation_interval: " + INTERVAL);
        var config = folder.resolve("scrape.yml");
        String lab = shipped.replace(TARGETS, "\"" + LB1 + "\", \"" + LB2 + "\"").replace(": " + INTERVAL, ": 500ms");
        Files.writeString(config, lab);
        assertThat(monitor.output("promtool check config " + config)).contains("SUCCESS").doesNotContain("FAILED");
        monitor.start(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + folder.resolve("data"),
                        "--web.listen-address=127.0.0.1:9090")
                .awaitOutput("Server is ready to receive web requests", Duration.ofSeconds(30));
    }

    private String healthz(String target) {
        return monitor.output("curl -sS -f -m 10 http://" + target + "/healthz").trim();
    }

    private void checkMetrics(String target) {
        assertThat(monitor.shell("curl -sS -f -m 10 -o /dev/stdout http://%s/metrics | promtool check metrics".formatted(target)))
                .as("what promtool finds wrong with the metrics of " + target)
                .isEmpty();
    }

    private void awaitValues(String query, String label, Map<String, Double> wanted) throws InterruptedException {
        pair.await("%s by %s to be %s".formatted(query, label, wanted), () -> values(query, label).equals(wanted));
    }

    /// The values of an instant query (without blanks), by one label of theirs.
    private Map<String, Double> values(String query, String label) {
        var values = new TreeMap<String, Double>();
        for (var series : get("query", "--data-urlencode query=" + query).at("/data/result")) {
            values.put(series.at("/metric/" + label).asText(), series.at("/value/1").asDouble());
        }
        return values;
    }

    /// The alerts in this state, each with the director that it is from, else with the target that it is about.
    private Map<String, String> alerts(String state) {
        var alerts = new TreeMap<String, String>();
        for (var alert : get("alerts", "").at("/data/alerts")) {
            if (alert.at("/state").asText().equals(state)) {
                var labels = alert.at("/labels");
                alerts.put(labels.at("/alertname").asText(), labels.at("/director").asText(labels.at("/instance").asText()));
            }
        }
        return alerts;
    }

    private JsonNode get(String what, String parameters) {
        try {
            return new ObjectMapper()
                    .readTree(monitor.output("curl -sS -f -m 10 -G http://127.0.0.1:9090/api/v1/" + what + " " + parameters));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

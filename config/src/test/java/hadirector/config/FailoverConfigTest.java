package hadirector.config;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.Arbiter;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.LanAddress;
import hadirector.model.Track;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Lease, arbiter, several cluster networks and tracks.
class FailoverConfigTest {
    private static final String DETECTION = "detection = 600ms";
    private static final String THREE =
            "members { lb1 = \"10.0.9.1:7800\", lb2 = \"10.0.9.2:7800\", w1 = \"10.0.9.3:7800\" }";

    @TempDir
    private Path directory = Path.of("");

    /// The sample with more in `director.cluster`; if that names members, instead of its own.
    private static String text(String lines) {
        String text = Sample.with(DETECTION, DETECTION + "\n" + lines);
        return lines.contains("members") ? text.replaceFirst("members \\{.*}", "") : text;
    }

    private DirectorConfig cluster(String lines) {
        return new ConfigFile(directory, text(lines)).config();
    }

    private Track track(String lines) {
        return new ConfigFile(directory, Sample.with("preempt = false", "track {\n" + lines + "\n}"))
                .config()
                .groups()
                .values()
                .iterator()
                .next()
                .track();
    }

    @Test
    void theLeaseIsTwoThirdsOfTheDetectionUnlessTheFileSaysOtherwise() {
        assertThat(cluster("").cluster().lease()).isEqualTo(Duration.ofMillis(400));
        assertThat(cluster("lease = 350ms").cluster().lease()).isEqualTo(Duration.ofMillis(350));
    }

    @Test
    void anArbiterIsAWordOrASection() {
        assertThat(cluster("").cluster().arbiter()).isEqualTo(new Arbiter.None());
        assertThat(cluster("arbiter = none").cluster().arbiter()).isEqualTo(new Arbiter.None());
        assertThat(cluster("arbiter { type = gateway, addresses = [\"192.0.2.1@eth0\"] }").cluster().arbiter())
                .isEqualTo(new Arbiter.Gateway(List.of(new LanAddress(IpAddress.of("192.0.2.1"), "eth0"))));
        assertThat(cluster(THREE + "\narbiter = witness").cluster().arbiter()).isEqualTo(new Arbiter.Witness());
        assertThat(cluster(THREE + "\narbiter = { type = majority }").cluster().arbiter())
                .isEqualTo(new Arbiter.Majority());
    }

    @Test
    void aMemberHasAnAddressOnEachClusterNetwork() {
        var members = cluster("members { lb1 = [\"10.0.9.1:7800\", \"10.0.8.1:7800\"], lb2 = \"10.0.9.2:7800\" }").cluster().members();
        assertThat(members.get("lb1")).containsExactly(Endpoint.of("10.0.9.1:7800"), Endpoint.of("10.0.8.1:7800"));
        assertThat(members.get("lb2")).containsExactly(Endpoint.of("10.0.9.2:7800"));
    }

    @Test
    void aScriptHasKeepalivedsKeysAndDefaults() {
        assertThat(track("interfaces = [\"eth1\"]\nscripts { db { command = \"/bin/check-db -q\" } }"))
                .isEqualTo(new Track(
                        List.of("eth1"),
                        List.of(new Track.Script(
                                "db",
                                List.of("/bin/check-db", "-q"),
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(1),
                                1,
                                1,
                                OptionalInt.empty()))));
        assertThat(track("""
                        scripts { db { command = ["/bin/test", "-e", "/run/a b"], interval = 2s, timeout = 3s
                          rise = 2, fall = 3, weight = -20 } }"""))
                .isEqualTo(new Track(
                        List.of(),
                        List.of(new Track.Script(
                                "db",
                                List.of("/bin/test", "-e", "/run/a b"),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(3),
                                2,
                                3,
                                OptionalInt.of(-20)))));
    }

    @Test
    void aWitnessHoldsNothing() {
        String text = text(THREE + "\narbiter = witness")
                .replace("lb1 = 100, lb2 = 50", "lb1 = 100, lb2 = 50, w1 = 1");
        assertThat(new ConfigFile(directory, text).problems())
                .singleElement()
                .asString()
                .endsWith("director.cluster.arbiter: is witness, must be majority, or leave one of lb1, lb2, w1 out of every group's priority, because a witness holds nothing");
    }

    @Test
    void tracksChangeWhileRunningArbiterAndLeaseDoNot() {
        var from = new ConfigFile(directory, Sample.TEXT).config();
        var to = new ConfigFile(directory, Sample.with("preempt = false", "track { interfaces = [eth1] }")
                        .replace(DETECTION, DETECTION + ", lease = 300ms, arbiter { type = gateway, addresses = [\"192.0.2.1@eth0\"] }"))
                .config();
        assertThat(ConfigDifference.between(from, to).lines()).containsExactly(
                "~ track web: none -> eth1",
                "! director.cluster.lease: 400ms -> 300ms (needs a restart)",
                "! director.cluster.arbiter: none -> gateway 192.0.2.1@eth0 (needs a restart)");
    }
}

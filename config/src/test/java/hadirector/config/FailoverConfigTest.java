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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

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
        assertThat(cluster("lease = 500ms").cluster().lease()).isEqualTo(Duration.ofMillis(500));
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

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of("lease = 501ms", "director.cluster.lease: is 501ms, must be from 100ms to 500ms, because detection = 600ms, less 100ms of margin, is when the others take over"),
                Arguments.of("lease = 99ms", "director.cluster.lease: is 99ms, must be from 100ms to 500ms, because detection = 600ms, less 100ms of margin, is when the others take over"),
                Arguments.of("arbiter = judge", "director.cluster.arbiter: is judge, must be one of gateway, majority, none, witness"),
                Arguments.of("arbiter = gateway", "director.cluster.arbiter: is gateway, must be { type = gateway, addresses = [\"192.0.2.1@eth0\"] }, because it needs to know which gateways"),
                Arguments.of("arbiter { type = gateway }", "director.cluster.arbiter.addresses: is missing, must be a list of gateways, such as [\"192.0.2.1@eth0\"]"),
                Arguments.of("arbiter { type = gateway, addresses = [] }", "director.cluster.arbiter.addresses: is a list [ ], must be a list of gateways, such as [\"192.0.2.1@eth0\"]"),
                Arguments.of("arbiter { type = gateway, addresses = [\"192.0.2.1\"] }", "director.cluster.arbiter.addresses[0]: is 192.0.2.1, must be address@interface, such as 192.0.2.1@eth0"),
                Arguments.of("arbiter { type = gateway, addresses = [\"192.0.2.1@eth7\"] }", "director.cluster.arbiter: has 192.0.2.1@eth7, must be on an interface of this machine, because lb1 may hold a group and looks for the gateway there"),
                Arguments.of("arbiter { type = none, addresses = [\"192.0.2.1@eth0\"] }", "director.cluster.arbiter.addresses: is for type = gateway, must not be with type = none"),
                Arguments.of("arbiter = majority", "director.cluster.arbiter: is majority, must be with 3 or more members, because of 2 none is more than half when it is alone"),
                Arguments.of("members { lb1 = [], lb2 = \"10.0.9.2:7800\" }", "director.cluster.members.lb1: is a list [ ], must be an address, or one for each cluster network, such as [\"10.0.9.1:7800\", \"10.0.8.1:7800\"]"),
                Arguments.of("members { lb1 = \"10.0.9.1:7800\", lb2 = [\"10.0.9.2:7800\", \"10.0.9.1:7800\"] }", "director.cluster.members.lb2[1]: is 10.0.9.1:7800, must be unique, because it is at director.conf:7 (director.cluster.members.lb1) already"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void saysWhatIsWrong(String lines, String problem) {
        assertThat(new ConfigFile(directory, text(lines)).problems())
                .hasSize(1)
                .first()
                .asString()
                .endsWith(problem);
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

    static Stream<Arguments> trackMistakes() {
        return Stream.of(
                Arguments.of("interfaces = [\"eth7\"]", "track.interfaces[0]: is eth7, must be an interface of this machine, because this director may hold the group"),
                Arguments.of("scripts { db { } }", "track.scripts.db.command: is missing, must be a program by its full path and its words, such as \"/etc/ha-director/check-db\" or [\"/bin/test\", \"-e\", \"/run/ok\"]"),
                Arguments.of("scripts { db { command = \"check-db\" } }", "track.scripts.db.command: is check-db, must be a program by its full path and its words, such as \"/etc/ha-director/check-db\" or [\"/bin/test\", \"-e\", \"/run/ok\"]"),
                Arguments.of("scripts { db { command = \"/bin/a | /bin/b\" } }", "track.scripts.db.command: is /bin/a | /bin/b, must be without what only a shell understands, because there is none; write a list of words, or a script of its own"),
                Arguments.of("scripts { db { command = \"/bin/a\", weight = 0 } }", "track.scripts.db.weight: is 0, must be other than 0; leave it out if the director shall be unfit while the script fails"),
                Arguments.of("scripts { db { command = \"/bin/a\", rise = 0 } }", "track.scripts.db.rise: is 0, must be a whole number from 1 to 1000"));
    }

    @ParameterizedTest
    @MethodSource("trackMistakes")
    void saysWhatIsWrongWithATrack(String lines, String problem) {
        assertThat(new ConfigFile(directory, Sample.with("preempt = false", "track {\n" + lines + "\n}")).problems())
                .singleElement()
                .asString()
                .endsWith(problem);
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

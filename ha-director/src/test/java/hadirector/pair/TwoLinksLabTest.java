package hadirector.pair;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.admin.StatusReport;
import hadirector.lab.Lab;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two cluster networks and clients: losing one changes nothing, losing both is a cut cluster, in which nobody takes from a holder that is heard.
@Lab
class TwoLinksLabTest {
    private static final int CONNECTIONS = 20;
    private static final Duration GAP_MAX = Duration.ofSeconds(10);

    /// No pause of a busy machine is to move the group.
    private static final String PATIENT = "detection = 2s";

    private final DirectorPair pair = new DirectorPair(1);

    @BeforeEach
    void start() throws Exception {
        pair.secondClusterLink().cluster(PATIENT).config(pair.service("shop", "tcp", 80)).startBoth();
    }

    @AfterEach
    void close() {
        pair.close();
    }

    private StatusReport.Group group(String director) {
        return requireNonNull(pair.status(director)).groups().getFirst();
    }

    private void awaitReached(String address, String... directors) throws InterruptedException {
        var reached = List.of(directors);
        pair.awaitStatus("lb1", "%s reaches %s".formatted(address, reached), status -> reached.equals(status.cluster().wire().links().get(address)));
    }

    private void awaitAlarm(String director, String why) throws InterruptedException {
        pair.await(director + " says: " + why, () -> Objects.toString(group(director).alarm(), "").contains(why));
    }

    @Test
    void oneNetworkLostChangesNothingAndBothAreACutCluster() throws Exception {
        awaitReached("10.9.0.1:7800", "lb2");
        awaitReached("10.8.0.1:7800", "lb2");
        var before = group("lb1");
        pair.nic("lb2", 2).unplug();
        awaitReached("10.9.0.1:7800");
        try (var clients = pair.pingPong(CONNECTIONS)) {
            pair.await("lb2 has them by the other network", () -> pair.connections("lb2", "shop").size() == CONNECTIONS);
            assertThat(requireNonNull(pair.status("lb1")).cluster().warnings()).containsKey("link 10.9.0.1:7800");

            pair.nic("lb2", 3).unplug();
            awaitAlarm("lb2", "lb1 holds it and is heard on a client network only");
            awaitAlarm("lb1", "lb2 cannot take over");
            pair.nic("lb2", 3).plug();
            pair.awaitSettled("lb1");
            pair.await("no alarm", () -> group("lb1").alarm() == null && group("lb2").alarm() == null);
            assertThat(group("lb1").since()).as("held throughout").isEqualTo(before.since());

            pair.process("lb1").kill();
            pair.awaitHolder("lb2", "lb2");
            clients.awaitAnswers(10L * CONNECTIONS);
            assertThat(clients.failures()).isEmpty();
            assertThat(clients.longest()).isLessThan(GAP_MAX);
        }
    }
}

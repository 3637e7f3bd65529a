package hadirector.pair;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.admin.StatusReport;
import hadirector.lab.Lab;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two machines and no more: each director is a realserver too, by LVS-DR, with the VIP on `lo`. A hundred connections, half of them on
/// each, go on when the group changes hands, though what was local is remote then and the other way round.
@Lab
class TwoNodeLabTest {
    private static final int CONNECTIONS = 100;
    private static final Path DR_SETUP = Path.of("..", "deploy", "realserver", "dr-setup").toAbsolutePath().normalize();
    private static final String SERVERS = "{ address = \"192.0.2.1:80\" }, { address = \"192.0.2.2:80\" }";

    private final DirectorPair pair = new DirectorPair(0);

    @BeforeEach
    void start() throws Exception {
        for (String director : new String[] {"lb1", "lb2"}) {
            var host = pair.host(director);
            host.with("sh " + DR_SETUP + " " + DirectorPair.VIP);
            var _ = host.in(() -> new EchoServer(director, DirectorPair.PORT));
        }
        String more = "scheduler = rr, method = dr";
        pair.config(DirectorPair.service("web", "tcp", "192.0.2.10:80", "tcp", more, SERVERS)).startBoth();
    }

    @AfterEach
    void close() {
        pair.close();
    }

    @Test
    void connectionsToBothSurviveFailoverAndKill9() throws Exception {
        try (var clients = pair.pingPong(CONNECTIONS)) {
            clients.awaitAnswers(5L * CONNECTIONS);
            assertThat(Stream.of("lb1", "lb2").map(this::locals))
                    .containsExactly("192.0.2.1:80 of 50", "192.0.2.2:80 of 50");
            assertThat(pair.cli("lb2", "failover", "web", "--to", "lb2").awaitExit(Duration.ofSeconds(20))).isZero();
            pair.awaitHolder("lb2", "lb2");
            clients.awaitAnswers(10L * CONNECTIONS);
            pair.failover("lb1");
            clients.awaitAnswers(10L * CONNECTIONS);
            pair.process("lb1").kill();
            pair.awaitHolder("lb2", "lb2");
            clients.awaitAnswers(10L * CONNECTIONS);
            assertThat(clients.failures()).isEmpty();
        }
        assertThat(pair.log("lb2")).doesNotContain("is configured on");
    }

    /// Which realservers are the director itself, and how many connections they have.
    private String locals(String director) {
        var status = requireNonNull(pair.status(director));
        return DirectorPair.servers(status)
                .filter(StatusReport.Server::local)
                .map(server -> server.endpoint() + " of " + server.active())
                .toList()
                .getFirst();
    }
}

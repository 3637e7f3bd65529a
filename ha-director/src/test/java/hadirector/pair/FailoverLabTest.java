package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Lab;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The pair's promise: whatever ends the holder, established connections go on through the other director. A hundred TCP
/// connections ask each 20 ms; every answer must come, from the realserver that gave the first.
@Lab
class FailoverLabTest {
    private static final int CONNECTIONS = 100;
    private static final Duration GAP_MAX = Duration.ofSeconds(5);

    private final DirectorPair pair = new DirectorPair(3);

    @BeforeEach
    void start() throws Exception {
        pair.config(pair.service("shop", "tcp", 80) + pair.service("probe", "udp", 80)).startBoth();
    }

    @AfterEach
    void close() {
        pair.close();
    }

    /// What takes the group from its holder, until the other director holds it.
    @FunctionalInterface
    private interface Fault {
        void strike() throws Exception;
    }

    @Test
    void connectionsSurviveKill9AndTheWayBack() throws Exception {
        try (var clients = pair.pingPong(CONNECTIONS);
                var probe = pair.gapProbe(80)) {
            through("kill -9", clients, probe, () -> {
                pair.process("lb1").kill();
                pair.awaitHolder("lb2", "lb2");
            });
            var rehearsal = pair.cli("lb2", "rehearse", "web");
            assertThat(rehearsal.awaitExit(Duration.ofSeconds(20))).as(rehearsal.output()).isEqualTo(3);
            assertThat(rehearsal.output()).contains("no other director");
            pair.start("lb1");
            pair.awaitSettled("lb2");
            through("back to the rejoined director", clients, probe, () -> {
                assertThat(pair.cli("lb2", "failover", "web").awaitExit(Duration.ofSeconds(20))).isZero();
                pair.awaitHolder("lb2", "lb1");
            });
        }
    }

    @Test
    void connectionsSurviveSigterm() throws Exception {
        through("SIGTERM", () -> {
            pair.process("lb1").signal("TERM");
            assertThat(pair.process("lb1").awaitExit(Duration.ofSeconds(20))).isZero();
            pair.awaitHolder("lb2", "lb2");
        });
    }

    /// Nobody can take over: what is established waits for the next process.
    @Test
    void connectionsSurviveTheRestartOfADirectorThatIsAlone() throws Exception {
        pair.process("lb2").kill();
        pair.awaitStatus("lb1", "lb1 is alone", status -> status.cluster().members().equals(List.of("lb1")));
        through("restart of a lone director", () -> {
            pair.process("lb1").signal("TERM");
            assertThat(pair.process("lb1").awaitExit(Duration.ofSeconds(20))).isZero();
            pair.start("lb1");
            pair.awaitHolder("lb1", "lb1");
        }, Duration.ofSeconds(20));
    }

    @Test
    void connectionsSurviveAnOperatorsFailover() throws Exception {
        through("failover command", () -> {
            var command = pair.cli("lb2", "failover", "web", "--to", "lb2");
            assertThat(command.awaitExit(Duration.ofSeconds(20))).as(command.output()).isZero();
            assertThat(command.output()).contains("lb2").contains("ms");
        });
    }

    @Test
    void connectionsSurviveLinkDownOfTheHolder() throws Exception {
        through("all links of the holder down", () -> {
            for (int nic = 0; nic < 3; nic++) {
                pair.nic("lb1", nic).unplug();
            }
            pair.awaitHolder("lb2", "lb2");
        });
    }

    private void through(String name, Fault fault) throws Exception {
        through(name, fault, GAP_MAX);
    }

    private void through(String name, Fault fault, Duration gapMax) throws Exception {
        try (var clients = pair.pingPong(CONNECTIONS);
                var probe = pair.gapProbe(80)) {
            through(name, clients, probe, fault, gapMax);
        }
    }

    private void through(String name, PingPong clients, GapProbe probe, Fault fault) throws Exception {
        through(name, clients, probe, fault, GAP_MAX);
    }

    private void through(String name, PingPong clients, GapProbe probe, Fault fault, Duration gapMax) throws Exception {
        clients.awaitAnswers(5L * CONNECTIONS);
        var _ = probe.takeGap();
        fault.strike();
        clients.awaitAnswers(20L * CONNECTIONS);
        report(name, clients, probe, gapMax);
    }

    private void report(String fault, PingPong clients, GapProbe probe, Duration gapMax) {
        var gap = probe.takeGap();
        System.out.printf(
                "MEASURED %s: gap %d ms at 1 ms probes, longest answer %d ms, %d answers, failed %d%n",
                fault, gap.toMillis(), clients.longest().toMillis(), clients.answers(), clients.failures().size());
        assertThat(clients.failures()).isEmpty();
        assertThat(gap).isLessThan(gapMax);
    }
}

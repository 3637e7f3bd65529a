package hadirector.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.ConnectionState;
import hadirector.engine.Counter;
import hadirector.engine.EngineStats;
import hadirector.model.Protocol;
import hadirector.model.Timeouts;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ProxyUdpTest {
    private static final int TRY_MILLIS = 500;

    private final ProxyLab lab = new ProxyLab();
    private final DatagramSocket client = new DatagramSocket();

    ProxyUdpTest() throws IOException {}

    @BeforeEach
    void open() throws IOException {
        lab.open(Protocol.UDP);
        client.setSoTimeout(TRY_MILLIS);
    }

    @AfterEach
    void close() {
        client.close();
        lab.close();
    }

    @Test
    void aClientStaysWithItsRealserverAndEachHasItsOwn() throws IOException {
        int name = ask(client, "x").charAt(0);
        for (int i = 0; i < 10; i++) {
            assertThat(ask(client, "hello" + i)).isEqualTo((char) name + "hello" + i);
        }
        var names = new HashSet<Integer>();
        for (int i = 0; i < 6; i++) {
            try (var other = new DatagramSocket()) {
                other.setSoTimeout(TRY_MILLIS);
                names.add((int) ask(other, "y").charAt(0));
            }
        }
        assertThat(names).hasSize(3);
        assertThat(lab.rows().stream().mapToLong(EngineStats.Server::inactive).sum()).isEqualTo(7);
        assertThat(lab.rows().stream().mapToLong(EngineStats.Server::packetsOut).sum()).isGreaterThanOrEqualTo(17);
        assertThat(lab.engine.connections(_ -> true, 100)).hasSize(7).allMatch(c -> c.state() == ConnectionState.UDP);
    }

    @Test
    void aLongDatagramGoesThroughWhole() throws IOException {
        String big = "z".repeat(30_000);
        assertThat(ask(client, big).substring(1)).isEqualTo(big);
    }

    @Test
    void clientsOfARealserverThatIsDownMoveAtOnce() throws IOException {
        int name = ask(client, "x").charAt(0) - '0';
        lab.engine.server("shop", lab.endpoints().get(name - 1), 1, false);
        assertThat(ask(client, "x").charAt(0) - '0').isNotEqualTo(name);
    }

    @Test
    void clientsOfAQuiescedRealserverStay() throws IOException {
        int name = ask(client, "x").charAt(0) - '0';
        lab.engine.server("shop", lab.endpoints().get(name - 1), 0, true);
        assertThat(ask(client, "x").charAt(0) - '0').isEqualTo(name);
    }

    @Test
    void aRealserverThatDoesNotListenIsLeftAtItsFirstRefusal() throws IOException {
        int name = ask(client, "x").charAt(0) - '0';
        lab.servers.get(name - 1).close();
        assertThat(ask(client, "x").charAt(0) - '0').isNotEqualTo(name);
    }

    @Test
    void anIdleClientIsForgotten() throws IOException {
        var brief = new Timeouts(Duration.ofMinutes(1), Duration.ofMinutes(2), Duration.ofMillis(200));
        lab.engine.configure(
                List.of(ProxyLab.group("web")),
                List.of(lab.service(Protocol.UDP, brief, lab.endpoints())));
        assertThat(ask(client, "x")).hasSize(2);
        ProxyLab.await(() -> lab.engine.stats().connections() == 0 && lab.rows().stream().allMatch(row -> row.inactive() == 0));
        ProxyLab.await(() -> lab.engine.stats().counters().getOrDefault(Counter.EXPIRED, 0L) > 0);
        assertThat(ask(client, "x")).hasSize(2);
    }

    @Test
    void withTheGroupClosedNothingAnswers() throws IOException {
        assertThat(ask(client, "x")).hasSize(2);
        lab.engine.close("web");
        ProxyLab.await(() -> lab.engine.stats().connections() == 0);
        try (var again = new DatagramSocket(lab.vip.toSocketAddress())) {
            assertThat(again.isBound()).isTrue();
        }
    }

    /// Asks until there is an answer: UDP may lose a datagram while a realserver changes.
    private String ask(DatagramSocket from, String words) throws IOException {
        byte[] bytes = words.getBytes(US_ASCII);
        var answer = new DatagramPacket(new byte[65_536], 65_536);
        for (int i = 0; i < 2 * ProxyLab.WAIT_SECONDS; i++) {
            from.send(new DatagramPacket(bytes, bytes.length, lab.vip.toSocketAddress()));
            try {
                from.receive(answer);
                return new String(answer.getData(), 0, answer.getLength(), US_ASCII);
            } catch (SocketTimeoutException _) {
                // Again.
            }
        }
        throw new AssertionError("no answer to " + words);
    }
}

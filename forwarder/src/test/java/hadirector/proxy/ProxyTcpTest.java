package hadirector.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.conn.ConnectionState;
import hadirector.engine.Counter;
import hadirector.engine.EngineEvent;
import hadirector.engine.EngineStats;
import hadirector.engine.Whereabouts;
import hadirector.model.AccessList;
import hadirector.model.Endpoint;
import hadirector.model.Prefix;
import hadirector.model.Protocol;
import hadirector.model.ServiceOptions;
import hadirector.model.SyncMode;
import hadirector.model.Timeouts;
import hadirector.model.VirtualService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ProxyTcpTest {
    private static final int MEGABYTES = 50;

    private ProxyLab lab = new ProxyLab();

    ProxyTcpTest() throws IOException {}

    @BeforeEach
    void open() {
        lab.open(Protocol.TCP);
    }

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void connectionsGoToTheRealserversInTurn() throws IOException {
        var names = new ArrayList<Integer>();
        for (int i = 0; i < 30; i++) {
            names.add(lab.connectAndAsk());
        }
        assertThat(names.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting())))
                .isEqualTo(Map.of(1, 10L, 2, 10L, 3, 10L));
        assertThat(lab.rows()).allMatch(row -> row.scheduled() == 10 && row.weight() == 1);
    }

    @Test
    void fiftyMegabytesGoThereAndBackWholeAndEachEndOfStreamIsPassedOn() throws Exception {
        var sent = MessageDigest.getInstance("SHA-256");
        var received = MessageDigest.getInstance("SHA-256");
        try (var socket = lab.connect()) {
            assertThat(socket.getInputStream().read()).isBetween((int) '1', (int) '3');
            var writer = new FutureTask<Void>(() -> send(socket, sent), null);
            var _ = Thread.ofPlatform().start(writer);
            byte[] buffer = new byte[100_000];
            int last = -1;
            long total = 0;
            for (int n = socket.getInputStream().read(buffer); n >= 0; n = socket.getInputStream().read(buffer)) {
                received.update(buffer, 0, n);
                total += n;
                last = buffer[n - 1];
            }
            writer.get(ProxyLab.WAIT_SECONDS, TimeUnit.SECONDS);
            assertThat(total).isEqualTo((long) MEGABYTES * 1_000_000 + 1);
            assertThat(last).isEqualTo('.'); // Sent after our end of stream had arrived.
        }
        sent.update((byte) '.');
        assertThat(received.digest()).isEqualTo(sent.digest());
        ProxyLab.await(() -> lab.engine.stats().connections() == 0);
        assertThat(lab.rows().stream().mapToLong(EngineStats.Server::bytesIn).sum())
                .isEqualTo((long) MEGABYTES * 1_000_000);
        assertThat(lab.rows()).allMatch(row -> row.active() == 0 && row.inactive() == 0);
    }

    private static void send(Socket socket, MessageDigest digest) {
        try {
            var random = new Random(1);
            byte[] block = new byte[1_000_000];
            for (int i = 0; i < MEGABYTES; i++) {
                random.nextBytes(block);
                for (int at = 0; at < block.length; at += 1_000) {
                    block[at] = 'x'; // Never the word for a reset.
                }
                replaceResets(block);
                digest.update(block);
                socket.getOutputStream().write(block);
            }
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void replaceResets(byte[] block) {
        for (int i = 0; i < block.length; i++) {
            if (block[i] == 'r') {
                block[i] = 's';
            }
        }
    }

    @Test
    void aSlowReaderStopsTheWriterInsteadOfFillingMemory() throws Exception {
        try (var socket = lab.connect()) {
            var stuck = Thread.ofPlatform().start(() -> sendWithoutEnd(socket));
            // Buffers of four sockets and two queues of 64 KiB hold some megabytes; then nothing moves.
            ProxyLab.await(() -> stuck.getState() == Thread.State.RUNNABLE && stalled());
            assertThat(lab.rows().stream().mapToLong(EngineStats.Server::bytesIn).sum()).isLessThan(100_000_000);
        }
    }

    private long lastBytes = -1;
    private int unchanged;

    private boolean stalled() {
        long bytes = lab.rows().stream().mapToLong(EngineStats.Server::bytesIn).sum();
        unchanged = bytes > 0 && bytes == lastBytes ? unchanged + 1 : 0;
        lastBytes = bytes;
        return unchanged > 100;
    }

    private static void sendWithoutEnd(Socket socket) {
        try {
            byte[] block = new byte[100_000];
            while (true) {
                socket.getOutputStream().write(block);
            }
        } catch (IOException _) {
            // Closed by the test.
        }
    }

    @Test
    void aRealserverThatRefusesIsPassedOver() throws IOException {
        lab.servers.get(1).close();
        for (int i = 0; i < 12; i++) {
            assertThat(lab.connectAndAsk()).isIn(1, 3);
        }
    }

    @Test
    void withoutAnyRealserverTheClientIsReset() throws IOException {
        lab.endpoints().forEach(e -> lab.engine.server("shop", e, 1, false));
        try (var socket = lab.connect()) {
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
        }
        assertThat(lab.engine.stats().counters()).containsEntry(Counter.DROP_NO_REALSERVER, 1L);
        lab.servers.forEach(EchoServer::close);
        lab.endpoints().forEach(e -> lab.engine.server("shop", e, 1, true));
        try (var socket = lab.connect()) {
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void aResetOfTheRealserverReachesTheClientAsAReset() throws IOException {
        try (var socket = lab.connect()) {
            assertThat(socket.getInputStream().read()).isPositive();
            socket.getOutputStream().write('r');
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void aQuiescedRealserverKeepsItsConnectionsAndGetsNoNewOnes() throws IOException {
        try (var socket = lab.connect()) {
            int name = socket.getInputStream().read() - '0';
            lab.engine.server("shop", lab.endpoints().get(name - 1), 0, true);
            for (int i = 0; i < 6; i++) {
                assertThat(lab.connectAndAsk()).isNotEqualTo(name);
            }
            assertEchoes(socket);
        }
    }

    @Test
    void aRealserverThatIsTakenOutOfTheFileDrains() throws IOException {
        try (var socket = lab.connect()) {
            int name = socket.getInputStream().read() - '0';
            var gone = lab.endpoints().get(name - 1);
            lab.configure(Protocol.TCP, lab.endpoints().stream().filter(e -> !e.equals(gone)).toList());
            for (int i = 0; i < 6; i++) {
                assertThat(lab.connectAndAsk()).isNotEqualTo(name);
            }
            assertEchoes(socket);
            assertThat(lab.rows()).hasSize(3);
            var last = lab.rows().getLast();
            assertThat(last.endpoint()).isEqualTo(gone);
            assertThat(last.weight()).isZero();
            assertThat(last.active()).isEqualTo(1);
        }
        ProxyLab.await(() -> lab.rows().size() == 2);
    }

    @Test
    void aChangeOfOneServiceDoesNotTouchAnother() throws IOException {
        var shop = lab.service(Protocol.TCP, Timeouts.IPVS, lab.endpoints());
        var other = lab.service(Protocol.UDP, Timeouts.IPVS, lab.endpoints());
        var renamed = new VirtualService(
                "dns",
                "web",
                other.protocol(),
                other.vip(),
                other.scheduler(),
                other.timeouts(),
                other.check(),
                other.realServers());
        try (var socket = lab.connect()) {
            assertThat(socket.getInputStream().read()).isPositive();
            lab.engine.configure(List.of(ProxyLab.group("web")), List.of(shop, renamed));
            lab.engine.configure(List.of(ProxyLab.group("web")), List.of(shop));
            assertEchoes(socket);
            lab.engine.configure(List.of(ProxyLab.group("web")), List.of());
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void closingTheGroupEndsItsConnectionsAndASecondDirectorTakesTheAddress() throws IOException {
        var events = new ArrayList<EngineEvent>();
        try (var second = new ProxyEngine(10, events::add);
                var socket = lab.connect()) {
            assertThat(socket.getInputStream().read()).isPositive();
            var service = lab.service(Protocol.TCP, Timeouts.IPVS, lab.endpoints());
            second.configure(List.of(ProxyLab.group("web")), List.of(service));
            ProxyLab.allUp(second, service);
            second.open("web", 2);
            ProxyLab.await(() -> second.mode().contains("not bound: " + lab.vip + "/tcp: Address already in use"));
            lab.engine.close("web");
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            ProxyLab.await(() -> !second.mode().contains("not bound"));
            assertThat(lab.connectAndAsk()).isBetween(1, 3);
            assertThat(second.stats().services().getFirst().servers()).anyMatch(row -> row.scheduled() == 1);
        }
    }

    @Test
    void anAccessListTurnsClientsAway() throws Exception {
        var open = lab.service(Protocol.TCP, Timeouts.IPVS, lab.endpoints());
        var acl = new AccessList(List.of(), List.of(Prefix.of("127.0.0.0/8")));
        var closed = new VirtualService(
                open.name(), open.group(), open.protocol(), open.vip(), open.scheduler(), open.timeouts(), open.check(),
                open.realServers(), new ServiceOptions(acl, false, ServiceOptions.HALF_OPEN_MAX, OptionalInt.empty(), SyncMode.ASYNC));
        lab.engine.configure(List.of(ProxyLab.group("web")), List.of(closed));
        try (var socket = lab.connect()) {
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
        }
        assertThat(lab.engine.stats().counters()).containsEntry(Counter.DROP_DENIED, 1L);
        var where = lab.engine.where(Protocol.TCP, Endpoint.of("127.0.0.1:4000"), open.vip());
        assertThat(where.hook()).isEqualTo(Whereabouts.Hook.NONE);
        assertThat(where.why()).isEqualTo("the acl of shop does not let 127.0.0.1 in");
    }

    @Test
    void tellsWhereAClientIsAndWhereANewOneWouldGo() throws Exception {
        var vip = lab.service(Protocol.TCP, Timeouts.IPVS, lab.endpoints()).vip();
        var anew = lab.engine.where(Protocol.TCP, Endpoint.of("127.0.0.1:1"), vip);
        assertThat(anew.entry()).isEmpty();
        assertThat(anew.why()).matches("no connection: \\w+ would choose this realserver now");
        try (var socket = lab.connect()) {
            assertThat(socket.getInputStream().read()).isPositive();
            var known = lab.engine.where(Protocol.TCP, Endpoint.of("127.0.0.1:" + socket.getLocalPort()), vip);
            assertThat(known.entry()).isPresent();
            assertThat(known.realServer()).isEqualTo(anew.realServer());
            assertThat(known.hook()).isEqualTo(Whereabouts.Hook.JAVA);
        }
        var none = lab.engine.where(Protocol.UDP, Endpoint.of("127.0.0.1:1"), vip);
        assertThat(none.why()).isEqualTo("no service listens on udp " + vip);
    }

    @Test
    void anIdleConnectionEndsByItsTimeout() throws IOException {
        var brief = new Timeouts(Duration.ofSeconds(1), Duration.ofMinutes(2), Duration.ofMinutes(5));
        lab.engine.configure(List.of(ProxyLab.group("web")), List.of(lab.service(Protocol.TCP, brief, lab.endpoints())));
        try (var socket = lab.connect()) {
            assertThat(socket.getInputStream().read()).isPositive();
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
        }
        assertThat(lab.engine.stats().counters()).containsEntry(Counter.EXPIRED, 1L);
    }

    @Test
    void theNumbersShowWhatIsOpen() throws Exception {
        try (var socket = lab.connect()) {
            int name = socket.getInputStream().read() - '0';
            assertThat(lab.engine.stats().connections()).isEqualTo(1);
            assertThat(lab.rows().stream().mapToLong(EngineStats.Server::active).sum()).isEqualTo(1);
            var entries = lab.engine.connections(_ -> true, 10);
            assertThat(entries).hasSize(1);
            assertThat(entries.getFirst().real()).isEqualTo(lab.endpoints().get(name - 1));
            assertThat(entries.getFirst().client())
                    .isEqualTo(Endpoint.of("127.0.0.1:" + socket.getLocalPort()));
            assertThat(entries.getFirst().state()).isEqualTo(ConnectionState.ESTABLISHED);
            assertThat(lab.events).isEmpty();
            assertEchoes(socket);
            assertThat(lab.events.poll(ProxyLab.WAIT_SECONDS, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(EngineEvent.FirstForwarded.class, e -> {
                        assertThat(e.group()).isEqualTo("web");
                        assertThat(e.epoch()).isEqualTo(1);
                    });
        }
    }

    @Test
    void manyClientsAtOnceAreAllServed() {
        int clients = 300;
        var failures = IntStream.range(0, clients)
                .mapToObj(_ -> new FutureTask<>(lab::connectAndAsk))
                .toList();
        failures.forEach(task -> Thread.ofVirtual().start(task));
        assertThat(failures).allSatisfy(task ->
                assertThat(task.get(ProxyLab.WAIT_SECONDS, TimeUnit.SECONDS)).isBetween(1, 3));
        ProxyLab.await(() -> lab.engine.stats().connections() == 0);
        assertThat(lab.rows()).allMatch(row -> row.active() == 0 && row.inactive() == 0 && row.scheduled() == 100);
    }

    private static void assertEchoes(Socket socket) throws IOException {
        socket.getOutputStream().write("ping".getBytes(StandardCharsets.US_ASCII));
        assertThat(socket.getInputStream().readNBytes(4)).asString().isEqualTo("ping");
    }
}

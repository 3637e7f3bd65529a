package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.admin.Reply;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every forwarding method with real packets, three realservers of each kind:
///
/// ```
///   outside (eth0 of client and directors)         inside (eth1)
///   192.0.2.10, .11 VIPs                           10.1.0.1 gateway
///   one1..3  10.2.0.11-13  NAT, one-armed          rs1..3  10.1.0.11-13  NAT, two-armed
///            10.2.0.1 gateway, held on eth0
///   dr1..3   192.0.2.21-23, VIPs on lo
/// ```
@Lab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MethodsLabTest {
    private static final String OTHER_VIP = "192.0.2.11";
    private static final int ECHO = 80;
    private static final int RAW = 7;
    private static final int BULK = 6 << 20;
    private static final List<String> VIPS = List.of(DirectorPair.VIP, OTHER_VIP);
    private static final Path DR_SETUP = Path.of("..", "deploy", "realserver", "dr-setup").toAbsolutePath().normalize();

    private final DirectorPair pair = new DirectorPair(3);
    private final Clients clients = new Clients(pair.client);
    private final List<Host> direct = new ArrayList<>();

    @BeforeAll
    void start() throws Exception {
        pair.host("lb1").with("ip addr add 10.2.0.2/24 dev eth0");
        pair.host("lb2").with("ip addr add 10.2.0.3/24 dev eth0");
        for (int i = 1; i <= 3; i++) {
            raw(pair.realServers.get(i - 1), "0.0.0.0");
            oneArmed(i);
            direct(i);
        }
        pair.config(
                        "\"192.0.2.10/24@eth0\", \"192.0.2.11/24@eth0\"",
                        "\"10.1.0.1/24@eth1\", \"10.2.0.1/24@eth0\"",
                        "",
                        both("two", "192.0.2.10:1080", "192.0.2.10:1007", "nat", "10.1.0.1")
                                + both("one", "192.0.2.10:2080", "192.0.2.10:2007", "nat", "10.2.0.1")
                                + both("direct", "192.0.2.10:80", "192.0.2.10:7", "dr", "192.0.2.2")
                                + mixed("tcp")
                                + mixed("udp"))
                .startBoth();
    }

    private void oneArmed(int number) {
        var host = pair.lab.host("one" + number);
        host.nic("eth0", pair.outside, "10.2.0.1%d/24".formatted(number));
        host.with("ip route add default via 10.2.0.1");
        var _ = host.in(() -> new EchoServer("one" + number, ECHO));
        raw(host, "0.0.0.0");
    }

    private void direct(int number) {
        var host = pair.lab.host("dr" + number);
        host.nic("eth0", pair.outside, "192.0.2.2%d/24".formatted(number));
        host.with("sh " + DR_SETUP + " " + String.join(" ", VIPS));
        direct.add(host);
        var _ = host.in(() -> new EchoServer("dr" + number, ECHO, new InetSocketAddress(OTHER_VIP, ECHO)));
        raw(host, DirectorPair.VIP);
    }

    private static void raw(Host host, String datagramsAt) {
        var _ = host.in(() -> new RawEcho(new InetSocketAddress(datagramsAt, RAW)));
    }

    /// A TCP service to the [EchoServer]s, TCP and UDP services to the [RawEcho]es.
    private static String both(String name, String echo, String raw, String method, String prefix) {
        String more = "scheduler = rr, method = %s, timeouts { fin = 3s }".formatted(method);
        return DirectorPair.service(name, "tcp", echo, "tcp", more, servers(prefix, ECHO, ""))
                + DirectorPair.service(name + "-raw", "tcp", raw, "tcp", more, servers(prefix, RAW, ""))
                + DirectorPair.service(name + "-udp", "udp", raw, "ping", more, servers(prefix, RAW, ""));
    }

    private static String mixed(String protocol) {
        String servers =
                String.join(
                        ", ",
                        servers("10.1.0.1", ECHO, ", method = nat"),
                        servers("10.2.0.1", ECHO, ", method = nat"),
                        servers("192.0.2.2", ECHO, ", method = dr"));
        return DirectorPair.service("mixed-" + protocol, protocol, OTHER_VIP + ":80", "ping", "scheduler = rr, method = dr", servers);
    }

    private static String servers(String prefix, int port, String more) {
        return IntStream.rangeClosed(1, 3)
                .mapToObj(i -> "{ address = \"%s%d:%d\"%s }".formatted(prefix, i, port, more))
                .collect(Collectors.joining(", "));
    }

    @AfterAll
    void close() {
        try {
            direct.forEach(host -> host.with("sh " + DR_SETUP + " --undo " + String.join(" ", VIPS)));
        } finally {
            pair.close();
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"two-armed NAT,1007", "one-armed NAT,2007", "direct routing,7"})
    void bulkGoesBothWaysUnharmedOverEveryRealServer(String method, int port) {
        for (int i = 0; i < 3; i++) {
            clients.exchange(DirectorPair.VIP, port, BULK);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"two-armed NAT,1007", "one-armed NAT,2007", "direct routing,7"})
    void datagramsOfEverySizeComeBackUnharmed(String method, int port) throws Exception {
        for (int server = 0; server < 3; server++) {
            try (var socket = clients.datagrams(DirectorPair.VIP, port)) {
                for (int length = 1; length <= 1472; length += length < 64 || length > 1460 ? 1 : 53) {
                    var datagram = new byte[length];
                    new Random(length).nextBytes(datagram);
                    assertThat(Clients.ask(socket, datagram)).as("%d bytes", length).isEqualTo(datagram);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"two-armed NAT,1080,rs", "one-armed NAT,2080,one", "direct routing,80,dr"})
    void roundRobinServesEachRealServerEqually(String method, int port, String name) {
        assertThat(clients.served(DirectorPair.VIP, port, 9)).containsOnlyKeys(name + 1, name + 2, name + 3).values()
                .containsOnly(3);
    }

    @Test
    void oneServiceUsesAllMethodsSideBySide() throws Exception {
        try (var connections =
                pair.client.in(() -> new PingPong(OTHER_VIP, ECHO, 18, Duration.ofMillis(20))).awaitConnected()) {
            connections.awaitAnswers(18 * 10);
            assertThat(connections.failures()).isEmpty();
            assertThat(
                            pair.connections("lb1", "mixed-tcp").stream()
                                    .filter(connection -> connection.state().equals("ESTABLISHED"))
                                    .collect(Collectors.groupingBy(Reply.Connection::real, Collectors.counting())))
                    .hasSize(9)
                    .values()
                    .containsOnly(2L);
        }
        var names = new ArrayList<String>();
        for (int i = 0; i < 9; i++) {
            try (var socket = clients.datagrams(OTHER_VIP, ECHO)) {
                names.add(Clients.askName(socket));
            }
        }
        assertThat(names).containsExactlyInAnyOrder("rs1", "rs2", "rs3", "one1", "one2", "one3", "dr1", "dr2", "dr3");
    }

    @Test
    void connectionsOfEveryMethodSurviveKill9AndTheWayBack() throws Exception {
        try (var connections =
                pair.client.in(() -> new PingPong(OTHER_VIP, ECHO, 18, Duration.ofMillis(20))).awaitConnected()) {
            connections.awaitAnswers(90);
            pair.process("lb1").kill();
            pair.awaitHolder("lb2", "lb2");
            connections.awaitAnswers(180);
            pair.start("lb1");
            pair.awaitSettled("lb2");
            pair.failover("lb1");
            connections.awaitAnswers(180);
            assertThat(connections.failures()).isEmpty();
        }
        pair.awaitSettled("lb1");
    }

    @Test
    void repliesOfDirectlyRoutedServersPassTheDirectorByAndItsStatesFollowTheClientAlone() throws Exception {
        try (var socket = clients.open(DirectorPair.VIP, ECHO)) {
            assertThat(Clients.askLine(socket)).startsWith("dr");
            pair.await("ESTABLISHED on both", () -> areDirect("ESTABLISHED", 1));
        }
        pair.await("FIN_WAIT or gone", () -> areDirect("ESTABLISHED", 0));
        pair.await("expired", () -> pair.connections("lb1", "direct").isEmpty() && pair.connections("lb2", "direct").isEmpty());
        var status = Objects.requireNonNull(pair.status("lb1"));
        assertThat(DirectorPair.server(status, "direct", "192.0.2.21:80").totals().packetsOut()).isZero();
        assertThat(DirectorPair.server(status, "two", "10.1.0.11:80").method()).isEqualTo("nat");
    }

    private boolean areDirect(String state, int count) {
        return List.of("lb1", "lb2").stream()
                .allMatch(
                        director ->
                                pair.connections(director, "direct").stream()
                                                .filter(connection -> connection.state().equals(state))
                                                .count()
                                        == count);
    }

    @Test
    @NeedsCommand("python3")
    void superFramesOfManyDatagramsComeBackAsTheSameDatagrams() throws Exception {
        var script = Files.createTempFile("hadirector-lab", ".py");
        try {
            Files.writeString(
                    script,
                    """
                    import socket, sys
                    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
                    s.connect((sys.argv[1], int(sys.argv[2])))
                    s.settimeout(10)
                    s.send(b'x')
                    s.recv(2000)
                    s.setsockopt(17, 103, 1400)                       # SOL_UDP, UDP_SEGMENT
                    sent = [bytes([i]) * 1400 for i in range(30)]
                    s.send(b''.join(sent))
                    print(sorted(s.recv(2000) for _ in sent) == sent)
                    """);
            for (String port : List.of("1007", "2007", "7")) {
                assertThat(pair.client.output("python3 " + script + " " + DirectorPair.VIP + " " + port)).as(port).contains("True");
            }
        } finally {
            Files.delete(script);
        }
    }
}

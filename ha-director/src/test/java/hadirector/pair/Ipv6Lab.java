package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Host;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Both forwarding methods over IPv6 with real packets, in one group with an IPv4 VIP:
///
/// ```
///   outside (eth0 of client and directors)         inside (eth1)
///   2001:db8::10 VIP                               fd00:1::1 gateway
///   dr1, dr2  2001:db8::21, ::22, VIP on lo        rs1, rs2  fd00:1::11, ::12  NAT
/// ```
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class Ipv6Lab {
    static final String VIP = "2001:db8::10";
    static final String GATEWAY = "fd00:1::1";
    static final int ECHO = 80;
    static final int RAW = 7;
    static final int WEB = 8080;
    private static final int BULK = 6 << 20;
    private static final Path DR_SETUP = Path.of("..", "deploy", "realserver", "dr-setup").toAbsolutePath().normalize();
    private static final Path NAT_SETUP = Path.of("..", "deploy", "realserver", "nat-setup").toAbsolutePath().normalize();

    final DirectorPair pair = new DirectorPair(2);
    final Clients clients = new Clients(pair.client);
    private final List<Host> direct = new ArrayList<>();

    /// @param engine see [DirectorPair#engine]
    Ipv6Lab(String engine) {
        var _ = pair.engine(engine);
    }

    @BeforeAll
    void start() throws Exception {
        pair.client.ipv6().with("ip addr add 2001:db8::100/64 dev eth0");
        for (int i = 1; i <= 2; i++) {
            director(i);
            behindNat(pair.realServers.get(i - 1), i);
            direct(i);
        }
        pair.config(
                        "\"192.0.2.10/24@eth0\", \"2001:db8::10/64@eth0\"",
                        "\"10.1.0.1/24@eth1\", \"fd00:1::1/64@eth1\"",
                        "",
                        service("nat", 1080, "tcp", "nat", ECHO)
                                + service("nat-raw", 1007, "tcp", "nat", RAW)
                                + service("nat-udp", 1007, "udp", "nat", RAW)
                                + service("nat-web", 1088, "tcp", "nat", WEB)
                                + service("direct", 80, "tcp", "dr", ECHO)
                                + service("direct-raw", 7, "tcp", "dr", RAW)
                                + service("direct-udp", 7, "udp", "dr", RAW)
                                + pair.service("old", "tcp", 80))
                .startBoth();
    }

    private void director(int number) {
        pair.host("lb" + number)
                .ipv6()
                .with("ip addr add 2001:db8::%d/64 dev eth0".formatted(number))
                .with("ip addr add fd00:1::%d/64 dev eth1".formatted(number + 1));
    }

    private void behindNat(Host host, int number) {
        host.ipv6().with("ip addr add fd00:1::1%d/64 dev eth0".formatted(number)).with("sh " + NAT_SETUP + " " + GATEWAY);
        var _ = host.in(() -> new RawEcho(new InetSocketAddress("::", RAW)));
    }

    private void direct(int number) {
        var host = pair.lab.host("dr" + number).ipv6();
        host.nic("eth0", pair.outside, "2001:db8::2%d/64".formatted(number));
        host.with("sh " + DR_SETUP + " " + VIP);
        direct.add(host);
        var _ = host.in(() -> new EchoServer("dr" + number, ECHO));
        var _ = host.in(() -> new RawEcho(new InetSocketAddress(VIP, RAW)));
    }

    private static String service(String name, int vipPort, String protocol, String method, int port) {
        String prefix = method.equals("nat") ? "fd00:1::1" : "2001:db8::2";
        String servers = IntStream.rangeClosed(1, 2)
                .mapToObj(i -> "{ address = \"[%s%d]:%d\" }".formatted(prefix, i, port))
                .collect(Collectors.joining(", "));
        String more = "scheduler = rr, method = %s, timeouts { fin = 3s }".formatted(method);
        String check = protocol.equals("tcp") && port != WEB ? "tcp" : "ping";
        return DirectorPair.service(name, protocol, "[%s]:%d".formatted(VIP, vipPort), check, more, servers);
    }

    @AfterAll
    void close() {
        try {
            direct.forEach(host -> host.with("sh " + DR_SETUP + " --undo " + VIP));
        } finally {
            pair.close();
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"NAT,1007", "direct routing,7"})
    void bulkGoesBothWaysUnharmed(String method, int port) {
        for (int i = 0; i < 2; i++) {
            clients.exchange(VIP, port, BULK);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"NAT,1007", "direct routing,7"})
    void datagramsOfEverySizeComeBackUnharmed(String method, int port) throws Exception {
        for (int server = 0; server < 2; server++) {
            try (var socket = clients.datagrams(VIP, port)) {
                for (int length = 1; length <= 1452; length += length < 64 || length > 1440 ? 1 : 53) {
                    var datagram = new byte[length];
                    new Random(length).nextBytes(datagram);
                    assertThat(Clients.ask(socket, datagram)).as("%d bytes", length).isEqualTo(datagram);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"NAT,1080,rs", "direct routing,80,dr"})
    void roundRobinServesEachRealServerEqually(String method, int port, String name) {
        assertThat(clients.served(VIP, port, 6)).containsOnlyKeys(name + 1, name + 2).values().containsOnly(3);
    }
}

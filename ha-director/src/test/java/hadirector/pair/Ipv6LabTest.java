package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.admin.Reply;
import hadirector.engine.Counter;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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
@Lab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Ipv6LabTest {
    private static final String VIP = "2001:db8::10";
    private static final String GATEWAY = "fd00:1::1";
    private static final int ECHO = 80;
    private static final int RAW = 7;
    private static final int WEB = 8080;
    private static final int BULK = 6 << 20;
    private static final int FILE_BYTES = 200 << 20;
    private static final Path DR_SETUP = Path.of("..", "deploy", "realserver", "dr-setup").toAbsolutePath().normalize();
    private static final Path NAT_SETUP = Path.of("..", "deploy", "realserver", "nat-setup").toAbsolutePath().normalize();

    private final DirectorPair pair = new DirectorPair(2);
    private final Clients clients = new Clients(pair.client);
    private final List<Host> direct = new ArrayList<>();

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

    @Test
    void theOldFamilyIsServedByTheSameGroup() {
        assertThat(clients.served(DirectorPair.VIP, ECHO, 4)).containsOnlyKeys("rs1", "rs2");
    }

    @Test
    void onlyTheHolderAnswersForVipAndGateway() {
        assertThat(pair.client.output("ping -6 -c 2 -i 0.1 " + VIP)).contains(" 2 received");
        assertThat(pair.realServers.getFirst().output("ping -6 -c 2 -i 0.1 " + GATEWAY)).contains(" 2 received");
        assertThat(pair.client.output("ping -6 -c 2 -i 0.1 -s 30000 2001:db8::21")).as("the host's own").contains(" 2 received");
        pair.client.with("ip -6 neigh flush dev eth0");
        assertThat(clients.served(VIP, 80)).startsWith("dr");
        assertThat(pair.client.output("ip -6 neigh show " + VIP)).contains(pair.nic("lb1", 0).mac());
        assertThat(pair.realServers.getFirst().output("ip -6 neigh show " + GATEWAY))
                .contains(pair.nic("lb1", 1).mac() + " router");
    }

    @Test
    void whoProbesForTheVipLearnsThatItIsTaken() throws Exception {
        var stranger = pair.lab.host("stranger");
        stranger.nic("eth0", pair.outside);
        stranger.shell("cd /proc/sys/net/ipv6/conf; echo 2 > eth0/accept_dad; echo 0 > eth0/disable_ipv6");
        stranger.with("ip addr add " + VIP + "/64 dev eth0");
        pair.await("dadfailed", () -> stranger.output("ip -6 addr show dev eth0").contains("dadfailed"));
        assertThat(clients.served(VIP, 80)).startsWith("dr");
    }

    @Test
    void noServiceIsSaidAtOnce() {
        assertThat(clients.connects(VIP, 9, 5_000)).isFalse();
        assertThat(pair.client.tryOutput("curl -sS -m 5 http://[" + VIP + "]:9/")).contains("refused").doesNotContain("timed out");
        assertThat(pair.counter("lb1", Counter.RESETS_SENT)).isPositive();
    }

    @Test
    void connectionsOfBothMethodsSurviveKill9AndTheWayBack() throws Exception {
        try (var nat = pair.client.in(() -> new PingPong(VIP, 1080, 6, Duration.ofMillis(20))).awaitConnected();
                var dr = pair.client.in(() -> new PingPong(VIP, 80, 6, Duration.ofMillis(20))).awaitConnected()) {
            nat.awaitAnswers(60);
            assertThat(pair.connections("lb1", "nat")).extracting(Reply.Connection::real).contains("[fd00:1::11]:80");
            pair.process("lb1").kill();
            pair.awaitHolder("lb2", "lb2");
            nat.awaitAnswers(120);
            dr.awaitAnswers(120);
            assertThat(pair.client.output("ip -6 neigh show " + VIP)).contains(pair.nic("lb2", 0).mac());
            pair.start("lb1");
            pair.awaitSettled("lb2");
            pair.failover("lb1");
            nat.awaitAnswers(120);
            dr.awaitAnswers(120);
            assertThat(nat.failures()).isEmpty();
            assertThat(dr.failures()).isEmpty();
        }
        pair.awaitSettled("lb1");
    }

    @Test
    @NeedsCommand("nginx")
    @NeedsCommand("curl")
    void aLargeFileOfAWebServerArrivesUnharmed() throws Exception {
        var folder = Files.createTempDirectory("hadirector-lab-web");
        try {
            var file = folder.resolve("file");
            var block = new byte[1 << 20];
            try (var out = Files.newOutputStream(file)) {
                for (int i = 0; i < FILE_BYTES / block.length; i++) {
                    new Random(i).nextBytes(block);
                    out.write(block);
                }
            }
            pair.realServers.forEach(host -> web(host, folder));
            String sum = pair.client.output("sha256sum " + file).split(" ", 2)[0];
            for (int i = 0; i < 2; i++) {
                assertThat(pair.client.shell("curl -sS -m 60 --retry 20 --retry-connrefused --retry-delay 1 http://[%s]:1088/file | sha256sum".formatted(VIP)))
                        .startsWith(sum);
            }
        } finally {
            delete(folder);
        }
    }

    private static void web(Host host, Path folder) {
        String config = "daemon off; pid %1$s/%2$s.pid; error_log stderr; events {} http { access_log off; client_body_temp_path %1$s/b; server { listen [::]:%3$d; root %1$s; } }"
                .formatted(folder, host.name(), WEB);
        try {
            Files.writeString(folder.resolve(host.name() + ".conf"), "user root; " + config);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        var _ = host.start("nginx", "-c", folder.resolve(host.name() + ".conf").toString());
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}

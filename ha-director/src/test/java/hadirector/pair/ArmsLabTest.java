package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.engine.Counter;
import hadirector.lab.Lab;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Interfaces that are no plain cards: the VIP on a bridge, the inside gateway on a macvlan, and an MTU of 9000 everywhere.
/// Arms on VLANs and bonds, which not every kernel has: deploy/bench/vm/arms.
@Lab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArmsLabTest {
    private static final int RAW = 7;
    private static final int SWITCH_PORTS = 8;
    private static final int BULK = 50 << 20;

    private final DirectorPair pair = new DirectorPair(1);
    private final Clients clients = new Clients(pair.client);

    @BeforeAll
    void start() throws Exception {
        for (String segment : List.of(pair.outside.bridge(), pair.inside.bridge())) {
            pair.lab.inSwitch("ip link set " + segment + " mtu 9000");
        }
        for (int port = 0; port < SWITCH_PORTS; port++) {
            pair.lab.inSwitch("ip link set p" + port + " mtu 9000");
        }
        pair.client.with("ip link set eth0 mtu 9000");
        pair.realServers.getFirst().with("ip link set eth0 mtu 9000");
        for (int i = 1; i <= 2; i++) {
            var host = pair.host("lb" + i);
            host.shell("""
                    ip link set eth0 mtu 9000
                    ip link set eth1 mtu 9000
                    ip link add br0 mtu 9000 type bridge forward_delay 0 mcast_snooping 0
                    ip addr flush dev eth0
                    ip link set eth0 master br0
                    ip link set br0 up
                    ip addr add 192.0.2.%d/24 dev br0
                    ip addr flush dev eth1
                    ip link add link eth1 name mac1 type macvlan mode bridge
                    ip link set mac1 up mtu 9000
                    ip addr add 10.1.0.%d/24 dev mac1
                    """.formatted(i, i + 1));
        }
        var _ = pair.realServers.getFirst().in(() -> new RawEcho(new InetSocketAddress("0.0.0.0", RAW)));
        pair.config("\"192.0.2.10/24@br0\"", "\"10.1.0.1/24@mac1\"", "", services()).startBoth();
    }

    private static String services() {
        String server = "{ address = \"10.1.0.11:7\" }";
        String web = "{ address = \"10.1.0.11:80\" }";
        return DirectorPair.service("web", "tcp", "192.0.2.10:80", "tcp", "method = nat", web) + DirectorPair.service("raw", "tcp", "192.0.2.10:7", "tcp", "method = nat", server)
                + DirectorPair.service("raw-udp", "udp", "192.0.2.10:7", "ping", "method = nat", server);
    }

    @AfterAll
    void close() {
        pair.close();
    }

    @Test
    void bulkGoesThroughBridgeAndMacvlanByTheKernel() {
        long before = pair.counter("lb1", Counter.FRAMES_OFFLOADED);
        clients.exchange(DirectorPair.VIP, RAW, BULK);
        assertThat(pair.counter("lb1", Counter.FRAMES_OFFLOADED) - before).isGreaterThan(1000);
    }

    @Test
    void jumboDatagramsComeBackUnharmed() throws Exception {
        try (var socket = clients.datagrams(DirectorPair.VIP, RAW)) {
            for (int length : List.of(1, 1472, 1473, 4000, 8972)) {
                var datagram = new byte[length];
                new Random(length).nextBytes(datagram);
                assertThat(Clients.ask(socket, datagram)).as("%d bytes", length).isEqualTo(datagram);
            }
        }
    }

    @Test
    void connectionsSurviveAFailoverOnSuchArms() throws Exception {
        try (var connections = pair.client.in(() -> new PingPong(DirectorPair.VIP, DirectorPair.PORT, 4, Duration.ofMillis(20)))
                .awaitConnected()) {
            connections.awaitAnswers(40);
            pair.failover("lb2");
            connections.awaitAnswers(40);
            assertThat(connections.failures()).isEmpty();
        }
        pair.awaitSettled("lb2");
        pair.failover("lb1");
        pair.awaitSettled("lb1");
    }

    @Test
    void aPortOfABridgeIsRefusedAndItsMasterNamed() throws Exception {
        var config = Files.createTempFile("hadirector-lab", ".conf");
        var socket = Path.of(config + ".sock");
        try {
            Files.writeString(config, Files.readString(pair.configFile()).replace("@br0", "@eth0").replace(":7800", ":7900").replace(":9620", ":9621"));
            var director = pair.host("lb2").start(Map.of(), pair.java("lb2", config, socket, "run"));
            var _ = director.awaitOutput("eth0 is a port of the bridge br0", Duration.ofSeconds(30));
            director.kill();
        } finally {
            Files.deleteIfExists(config);
            Files.deleteIfExists(socket);
        }
    }
}

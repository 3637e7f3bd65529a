package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.Change;
import hadirector.conn.ConnectionEntry;
import hadirector.conn.ConnectionState;
import hadirector.conn.EntryCodec;
import hadirector.conn.EntryLayout;
import hadirector.conn.GroupId;
import hadirector.lab.Await;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.lab.Segment;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.Timeouts;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a director copies from another is ready for the kernel: when it takes the group over, Java is not asked for a packet of such a connection.
@Lab
class StandbyLabTest {
    private static final int PORT = 5300;
    private static final int CLIENT_PORT = 40_000;
    private static final IpAddress VIP = IpAddress.of("192.0.2.10");
    private static final Endpoint SERVICE = new Endpoint(VIP, PORT);
    private static final Endpoint SERVER = new Endpoint(IpAddress.of("10.1.0.11"), PORT);
    private static final String ROUTED = "198.51.100.7";

    private final NetLab lab = new NetLab();
    private final Segment out = lab.segment("out");
    private final Host client = lab.host("client");
    private final Host director = lab.host("lb");
    private final Host server = lab.host("rs");
    private PacketEngine engine;

    StandbyLabTest() {
        var in = lab.segment("in");
        client.nic("eth0", out, "192.0.2.100/24");
        client.with("ip addr add %s/32 dev lo".formatted(ROUTED));
        director.nic("eth0", out, "192.0.2.1/24");
        director.nic("eth1", in, "10.1.0.2/24");
        server.nic("eth0", in, "10.1.0.11/24");
        server.with("ip route add default via 10.1.0.1");
        engine = director.in(() -> new PacketEngine(EngineOptions.of(1_000), _ -> {}));
    }

    @BeforeEach
    void serve() {
        var group = new VipGroup(
                "web",
                List.of(new Vip(VIP, 24, "eth0")),
                List.of(new Vip(IpAddress.of("10.1.0.1"), 24, "eth1")),
                Map.of("lb", 1),
                false);
        var service = new VirtualService(
                "shop",
                "web",
                Protocol.UDP,
                SERVICE,
                SchedulerKind.RR,
                Timeouts.IPVS,
                Optional.empty(),
                List.of(new RealServer(SERVER, 1, ForwardingMethod.NAT)));
        engine.configure(List.of(group), List.of(service));
        engine.server("shop", SERVER, 1, true);
        server.thread("echo", () -> {
            try (var socket = new DatagramSocket(PORT)) {
                var packet = new DatagramPacket(new byte[8], 8);
                while (true) {
                    socket.receive(packet);
                    socket.send(packet);
                }
            } catch (IOException _) {
                return; // The lab is closed.
            }
        });
    }

    @AfterEach
    void close() {
        engine.close();
        lab.close();
    }

    private void copy(String address) throws InterruptedException {
        try (var arena = Arena.ofConfined()) {
            var entry = arena.allocate(EntryLayout.LENGTH, Long.BYTES);
            var connection = new ConnectionEntry(
                    Protocol.UDP,
                    new Endpoint(IpAddress.of(address), CLIENT_PORT),
                    SERVICE,
                    SERVER,
                    ForwardingMethod.NAT,
                    ConnectionState.UDP,
                    300);
            EntryCodec.encode(connection, entry, 0);
            engine.table().receive(Change.UPSERT, GroupId.of("web"), 1, entry, 0, 1);
        }
    }

    private String why(String address) {
        return engine.where(Protocol.UDP, new Endpoint(IpAddress.of(address), CLIENT_PORT), SERVICE).why();
    }

    private void awaitReady(String address) throws Exception {
        Await.until("readiness", () -> why(address).contains("the kernel then forwards it at once"));
    }

    private long forwarded(Counter counter) {
        return engine.stats().counters().getOrDefault(counter, 0L);
    }

    private void talk(String from) throws IOException {
        talk(from, 20_000);
    }

    private void talk(String from, int millis) throws IOException {
        try (var socket = client.in(() -> new DatagramSocket(new InetSocketAddress(from, CLIENT_PORT)))) {
            socket.setSoTimeout(millis);
            socket.send(new DatagramPacket(new byte[8], 8, new InetSocketAddress(VIP.toString(), PORT)));
            socket.receive(new DatagramPacket(new byte[8], 8));
        }
    }

    @Test
    void theKernelForwardsTheFirstPacketAndItsAnswer() throws Exception {
        copy("192.0.2.100");
        awaitReady("192.0.2.100");
        engine.open("web", 2);
        talk("192.0.2.100");
        assertThat(forwarded(Counter.FRAMES_OFFLOADED)).isEqualTo(2);
        assertThat(forwarded(Counter.FRAMES_FORWARDED)).isEqualTo(2);
    }

    @Test
    void soItDoesForAClientBehindARouter() throws Exception {
        director.with("ip route add default via 192.0.2.100");
        copy(ROUTED);
        awaitReady(ROUTED);
        engine.open("web", 2);
        talk(ROUTED);
        assertThat(forwarded(Counter.FRAMES_OFFLOADED)).isEqualTo(2);
    }

    /// The route names a router that is not there; the client comes by itself.
    @Test
    void theWayBackIsThatOfTheClientsFramesInTheEnd() throws Exception {
        director.with("ip route add %s/32 via 192.0.2.77".formatted(ROUTED));
        director.with("ip neigh replace 192.0.2.77 lladdr 02:00:00:00:00:77 dev eth0");
        copy(ROUTED);
        awaitReady(ROUTED);
        engine.open("web", 2);
        Await.until("an answer", () -> {
            try {
                talk(ROUTED, 200);
                return true;
            } catch (SocketTimeoutException _) {
                return false;
            }
        });
        long before = forwarded(Counter.FRAMES_OFFLOADED);
        talk(ROUTED);
        assertThat(forwarded(Counter.FRAMES_OFFLOADED)).isEqualTo(before + 2);
    }

    /// Its answers would leave by an interface that clients do not come by.
    @Test
    void aClientWhoseRouteLeadsElsewhereIsLearnedFromItsFirstPacket() throws Exception {
        director.with("ip route add default via 10.1.0.11");
        copy(ROUTED);
        copy("192.0.2.100");
        awaitReady("192.0.2.100"); // It came later.
        assertThat(why(ROUTED)).doesNotContain("at once");
        engine.open("web", 2);
        talk(ROUTED);
    }
}

package hadirector.engine;

import static hadirector.engine.ServiceLabs.answers;
import static hadirector.engine.ServiceLabs.connect;
import static hadirector.engine.ServiceLabs.options;
import static hadirector.engine.ServiceLabs.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.lab.Await;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.lab.Segment;
import hadirector.model.AccessList;
import hadirector.model.SchedulerKind;
import hadirector.model.VirtualService;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `scheduler-offload = on`, with real clients and servers.
@Lab
class KernelSchedulingLabTest {
    static final VirtualService SHOP =
            service("shop", 80, SchedulerKind.MH, options(AccessList.OPEN, true, 1000), "198.51.100.2", "198.51.100.3");

    private final NetLab lab = new NetLab();
    private final Segment out = lab.segment("out");
    private final Segment in = lab.segment("in");
    private final Host client = lab.host("client");
    private final Host director = lab.host("lb");
    private final List<Socket> sockets = new ArrayList<>();

    @BeforeEach
    void wire() {
        client.nic("eth0", out, "192.0.2.100/24");
        director.nic("eth0", out, "192.0.2.1/24");
        director.nic("eth1", in, "198.51.100.1/24");
        for (int i = 2; i <= 3; i++) {
            var server = lab.host("rs" + i);
            server.nic("eth0", in, "198.51.100." + i + "/24").host().with("ip route add default via 198.51.100.254");
            ServiceLabs.echo(server, 80);
        }
    }

    @AfterEach
    void close() throws Exception {
        for (var socket : sockets) {
            socket.close();
        }
        lab.close();
    }

    private Socket open() {
        var socket = connect(client, 80);
        sockets.add(socket);
        return socket;
    }

    @Test
    void theKernelMakesConnectionsAndJavaTakesThemOverUntilTheirEnd() throws Exception {
        var events = new ConcurrentLinkedQueue<EngineEvent>();
        try (var engine = director.in(() -> new PacketEngine(EngineOptions.of(10_000), events::add))) {
            engine.configure(List.of(ServiceLabs.group()), List.of(SHOP));
            ServiceLabs.up(engine, SHOP);
            engine.open("web", 1);
            assertThat(answers(open())).as("the first resolves the next hop").isTrue();
            for (int i = 0; i < 200; i++) {
                assertThat(answers(open())).isTrue();
            }
            Await.until("the connections", () -> engine.stats().connections() == sockets.size());
            long made = engine.stats().counters().getOrDefault(Counter.CONNECTIONS_MADE, 0L);
            assertThat(made).as("by the kernel").isGreaterThanOrEqualTo(200);
            assertThat(servers(engine)).as("all taken over as established").isEqualTo(sockets.size());
            for (var socket : sockets) {
                assertThat(answers(socket)).as("later").isTrue();
            }
            for (var socket : sockets) {
                socket.close();
            }
            Await.until("realservers without connections", () -> servers(engine) == 0);
            for (int i = 0; i < 200; i++) {
                try (var brief = connect(client, 80)) {
                    assertThat(answers(brief)).isTrue();
                }
            }
            Await.until("realservers without connections", () -> servers(engine) == 0);
        }
        assertThat(events).noneMatch(EngineEvent.Failed.class::isInstance);
    }

    private static long servers(PacketEngine engine) {
        return engine.stats().services().getFirst().servers().stream().mapToLong(EngineStats.Server::active).sum();
    }

    @Test
    void aServerThatIsDownGetsNoNewConnectionsAtOnce() throws Exception {
        try (var engine = director.in(() -> new PacketEngine(EngineOptions.of(10_000), _ -> {}))) {
            engine.configure(List.of(ServiceLabs.group()), List.of(SHOP));
            ServiceLabs.up(engine, SHOP);
            engine.open("web", 1);
            assertThat(answers(open())).isTrue();
            for (var realServer : SHOP.realServers()) {
                SHOP.realServers().forEach(other -> engine.server("shop", other.endpoint(), 1, !other.equals(realServer)));
                for (int cycles = 0; cycles < 2; cycles++) {
                    assertThat(engine.stats().services()).as("asked in turn, so the word has been taken in").hasSize(1);
                }
                assertThat(answers(open())).isTrue();
                Await.until("the connections", () -> engine.stats().connections() == sockets.size());
            }
            assertThat(engine.stats().services().getFirst().servers())
                    .extracting(EngineStats.Server::scheduled)
                    .allSatisfy(scheduled -> assertThat(scheduled).isPositive());
        }
    }

    @Test
    void aPausedProcessCostsNoNewConnection() throws Exception {
        var process = director.startJava(EngineProcess.class);
        process.awaitOutput("open", Duration.ofSeconds(30));
        Await.until("the kernel to schedule", () -> answers(open()) && process.output().contains(EngineProcess.SCHEDULES));
        process.signal("STOP");
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < 1_200_000_000L) {
            assertThat(answers(open())).as("after %d ms", (System.nanoTime() - begin) / 1_000_000).isTrue();
        }
        System.out.println(sockets.size() + " new connections while the process stood still");
        process.signal("CONT");
        for (var socket : sockets) {
            assertThat(answers(socket)).isTrue();
        }
    }

    @Test
    void aKilledProcessCostsNoNewConnectionWhileItsFilterStands() throws Exception {
        var process = director.startJava(List.of("-Dhadirector.ingress=clsact"), EngineProcess.class);
        process.awaitOutput("open", Duration.ofSeconds(30));
        Await.until("the kernel to schedule", () -> answers(open()) && process.output().contains(EngineProcess.SCHEDULES));
        process.kill();
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < 1_000_000_000L) {
            assertThat(answers(open())).as("after %d ms", (System.nanoTime() - begin) / 1_000_000).isTrue();
        }
        System.out.println(sockets.size() + " new connections after the process was killed");
        var socket = sockets.getLast();
        assertThatThrownBy(() -> {
                    socket.setSoTimeout(500);
                    while (System.nanoTime() - begin < 10_000_000_000L) {
                        assertThat(answers(socket)).isTrue();
                    }
                })
                .as("past the deadline nothing is forwarded")
                .isInstanceOf(SocketTimeoutException.class);
        director.startJava(List.of("-Dhadirector.ingress=clsact"), EngineProcess.class).awaitOutput("open", Duration.ofSeconds(30));
        assertThat(answers(open())).as("by the next process").isTrue();
    }
}

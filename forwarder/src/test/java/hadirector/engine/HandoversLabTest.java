package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Await;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import hadirector.lab.NetLab;
import hadirector.lab.Nic;
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
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two engines in the middle of a planned hand-over, between a client and a realserver. What each neighbour believes is set by hand, so that frames come to the
/// one that would get few.
@Lab
@NeedsCommand(value = "arping", debianPackage = "iputils-arping")
class HandoversLabTest {
    private static final IpAddress VIP = IpAddress.of("192.0.2.10");
    private static final IpAddress GATEWAY = IpAddress.of("10.1.0.1");
    private static final Endpoint SERVER = new Endpoint(IpAddress.of("10.1.0.11"), 80);

    private final NetLab lab = new NetLab();
    private final Host client = lab.host("client");
    private final Host server = lab.host("rs");
    private final List<PacketEngine> engines = new ArrayList<>();
    private final List<Nic> outside = new ArrayList<>();

    @BeforeEach
    void start() {
        var out = lab.segment("out");
        var in = lab.segment("in");
        client.nic("eth0", out, "192.0.2.100/24");
        server.nic("eth0", in, "10.1.0.11/24");
        server.with("ip route add default via 10.1.0.1");
        for (int i = 1; i <= 2; i++) {
            var host = lab.host("lb" + i);
            outside.add(host.nic("eth0", out, "192.0.2.%d/24".formatted(i)));
            host.nic("eth1", in, "10.1.0.%d/24".formatted(i + 1));
            engines.add(engine(host));
        }
        var _ = server.in(() -> new ServerSocket(80));
    }

    private static PacketEngine engine(Host host) {
        var engine = host.in(() -> new PacketEngine(EngineOptions.of(1_000), _ -> {}));
        engine.identify(BeaconIdentity.of("lab", host.name(), new byte[] {1}));
        var vips = List.of(new Vip(VIP, 24, "eth0"));
        var gateways = List.of(new Vip(GATEWAY, 24, "eth1"));
        var service = new VirtualService(
                "shop",
                "web",
                Protocol.TCP,
                new Endpoint(VIP, 80),
                SchedulerKind.RR,
                Timeouts.IPVS,
                Optional.empty(),
                List.of(new RealServer(SERVER, 1, ForwardingMethod.NAT)));
        engine.configure(List.of(new VipGroup("web", vips, gateways, Map.of("lb1", 1, "lb2", 1), false)), List.of(service));
        engine.server("shop", SERVER, 1, true);
        return engine;
    }

    @AfterEach
    void close() {
        engines.forEach(PacketEngine::close);
        lab.close();
    }

    private PacketEngine old() {
        return engines.get(0);
    }

    private PacketEngine next() {
        return engines.get(1);
    }

    private void clientBelievesIn(int director) {
        client.with("ip neigh replace 192.0.2.10 lladdr " + outside.get(director - 1).mac() + " dev eth0");
    }

    private Thread connects() {
        return client.thread("connects", () -> {
            try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress("192.0.2.10", 80), 20_000);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private String asksForTheVip() {
        return client.tryOutput("arping -c 2 -w 1 -I eth0 192.0.2.10");
    }

    /// As arping writes it.
    private String mac(int director) {
        return outside.get(director - 1).mac().toUpperCase(Locale.ROOT);
    }

    private static long count(PacketEngine engine, Counter counter) {
        return engine.stats().counters().getOrDefault(counter, 0L);
    }

    private long sentAgain() {
        return Long.parseLong(client.output("nstat -asz TcpRetransSegs").lines()
                .filter(line -> line.startsWith("TcpRetransSegs"))
                .map(line -> line.split(" +", -1)[1])
                .findFirst()
                .orElseThrow());
    }

    @Test
    void whoIsPreparedAnswersNothingAndKeepsNewConnectionsUntilItOpens() throws Exception {
        next().prepare("web", 2, System.nanoTime());
        assertThat(asksForTheVip()).contains("Received 0 response");
        clientBelievesIn(2);
        long before = sentAgain();
        var connection = connects();
        Await.until("a connection waits", () -> count(next(), Counter.WAITED) > 0);
        assertThat(next().stats().connections()).isZero();
        next().open("web", 2);
        connection.join();
        assertThat(next().stats().connections()).isEqualTo(1);
        assertThat(count(next(), Counter.WAITED) - 1).as("its kernel asked again only while it waited").isEqualTo(sentAgain() - before);
        assertThat(asksForTheVip()).contains(mac(2));
    }

    @Test
    void whoHasLeftAnswersNothingForwardsConnectionsAndPassesNewOnesOn() throws Exception {
        old().open("web", 1);
        clientBelievesIn(1);
        try (var known = client.in(() -> new Socket("192.0.2.10", 80))) {
            next().prepare("web", 2, System.nanoTime());
            old().leave("web");
            next().open("web", 2);
            Await.until("the new holder announces", () -> count(next(), Counter.ANNOUNCEMENTS_SENT) > 0);
            assertThat(asksForTheVip()).contains(mac(2)).doesNotContain(mac(1));
            clientBelievesIn(1);
            long packets = packets(old());
            known.getOutputStream().write(1);
            Await.until("the old holder forwards", () -> packets(old()) > packets);
            connects().join();
            assertThat(count(old(), Counter.PASSED_ON)).isPositive();
            assertThat(next().stats().connections()).isEqualTo(1);
        }
    }

    /// What it hears may be old: only the new holder knows who has the client's port by now.
    @Test
    void whoHasLeftPassesOnWhatItKnowsOnlyFromOthers() throws Exception {
        old().open("web", 1);
        next().table().replicate(true);
        next().prepare("web", 2, System.nanoTime());
        old().leave("web");
        next().open("web", 2);
        Await.until("the new holder announces", () -> count(next(), Counter.ANNOUNCEMENTS_SENT) > 0);
        clientBelievesIn(2);
        try (var heard = client.in(() -> new Socket("192.0.2.10", 80))) {
            Await.until("the old holder hears of it", () -> {
                next().table().changes().drain(this::tellOld, 100);
                return old().stats().connections() == 1;
            });
            clientBelievesIn(1);
            long packets = packets(old());
            long passedOn = count(old(), Counter.PASSED_ON);
            heard.getOutputStream().write(1);
            Await.until("the old holder passes it on", () -> count(old(), Counter.PASSED_ON) > passedOn);
            assertThat(packets(old())).isEqualTo(packets);
        }
    }

    private void tellOld(int kind, int group, int peer, int epoch, MemorySegment entry, long at) {
        try {
            old().table().receive(kind, group, epoch, entry, at, 1);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long packets(PacketEngine engine) {
        return count(engine, Counter.FRAMES_FORWARDED) + count(engine, Counter.FRAMES_OFFLOADED);
    }
}

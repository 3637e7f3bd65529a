package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Await;
import hadirector.conn.Change;
import hadirector.conn.ConnectionEntry;
import hadirector.conn.ConnectionState;
import hadirector.conn.EntryCodec;
import hadirector.conn.EntryLayout;
import hadirector.conn.GroupId;
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
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The packet engine by itself in a host of the lab: what the network and the config do to it.
@Lab
class PacketEngineLabTest {
    private static final Endpoint SHOP = new Endpoint(IpAddress.v4(0xc000_020a), 80);
    private static final Endpoint SERVER = new Endpoint(IpAddress.v4(0xc000_0215), 80);

    private final NetLab lab = new NetLab();
    private final Segment segment = lab.segment("out");
    private final Host host = lab.host("lb");
    private final List<PacketEngine> engines = new ArrayList<>();

    @AfterEach
    void close() {
        engines.forEach(PacketEngine::close);
        lab.close();
    }

    private PacketEngine engine(int connectionsMax, ConcurrentLinkedQueue<EngineEvent> events) {
        var engine = host.in(() -> new PacketEngine(EngineOptions.of(connectionsMax), events::add));
        engines.add(engine);
        return engine;
    }

    private static VipGroup group(String name, String interfaceName) {
        return new VipGroup(
                name, List.of(new Vip(SHOP.address(), 24, interfaceName)), List.of(), Map.of("lb", 1), false);
    }

    private static VirtualService shop(Duration established) {
        return shop("web", established);
    }

    private static VirtualService shop(String group, Duration established) {
        return new VirtualService(
                "shop",
                group,
                Protocol.TCP,
                SHOP,
                SchedulerKind.RR,
                new Timeouts(established, Timeouts.IPVS.fin(), Timeouts.IPVS.udp()),
                Optional.empty(),
                List.of(new RealServer(SERVER, 1, ForwardingMethod.NAT)));
    }

    private static Set<String> down(ConcurrentLinkedQueue<EngineEvent> events) {
        Set<String> down = Set.of();
        for (var event : events) {
            assertThat(event).isNotInstanceOf(EngineEvent.Failed.class);
            if (event instanceof EngineEvent.LinksDown(Set<String> names)) {
                down = names;
            }
        }
        return down;
    }

    /// As a director hands over connections to another.
    private static void replicate(PacketEngine engine, int connections) throws Exception {
        try (var arena = Arena.ofConfined()) {
            var entry = arena.allocate(EntryLayout.LENGTH, Long.BYTES);
            for (int i = 0; i < connections; i++) {
                var client = new Endpoint(IpAddress.v4((10 << 24) + (i >>> 8)), 1_024 + (i & 0xff));
                EntryCodec.encode(
                        new ConnectionEntry(
                                Protocol.TCP,
                                client,
                                SHOP,
                                SERVER,
                                ForwardingMethod.NAT,
                                ConnectionState.ESTABLISHED,
                                1),
                        entry,
                        0);
                engine.table().receive(Change.UPSERT, GroupId.of("web"), 1, entry, 0, 1);
            }
        }
        Await.until("connections", () -> engine.stats().connections() == connections);
    }

    @Test
    void connectionsEndAsFastAsTheyCanBeMade() throws Exception {
        host.nic("eth0", segment, "192.0.2.1/24");
        var engine = engine(200_000, new ConcurrentLinkedQueue<>());
        engine.configure(List.of(group("web", "eth0")), List.of(shop(Duration.ofSeconds(1))));
        replicate(engine, 200_000);
        engine.open("web", 2);
        Await.until("connections", () -> engine.stats().connections() == 0);
        assertThat(engine.stats().counters()).containsEntry(Counter.EXPIRED, 200_000L);
    }

    @Test
    void allConnectionsCanBeListedInParts() throws Exception {
        host.nic("eth0", segment, "192.0.2.1/24");
        var engine = engine(20_000, new ConcurrentLinkedQueue<>());
        engine.configure(List.of(group("web", "eth0")), List.of(shop(Duration.ofMinutes(15))));
        replicate(engine, 10_000);
        assertThat(engine.connections(_ -> true, Integer.MAX_VALUE)).doesNotHaveDuplicates().hasSize(10_000);
        assertThat(engine.connections(c -> c.client().port() == 1_024, 9)).hasSize(9);
        engine.close();
        assertThat(engine.connections(_ -> true, 1)).isEmpty();
    }

    @Test
    void connectionsOfAGroupThatIsConfiguredNoMoreEnd() throws Exception {
        host.nic("eth0", segment, "192.0.2.1/24");
        var engine = engine(1_000, new ConcurrentLinkedQueue<>());
        engine.configure(List.of(group("web", "eth0")), List.of(shop(Duration.ofSeconds(1))));
        replicate(engine, 100);
        engine.configure(List.of(group("new", "eth0")), List.of());
        Await.until("connections", () -> engine.stats().connections() == 0);
    }

    @Test
    void connectionsStayWithTheirServiceWhenItsGroupHasAnotherName() throws Exception {
        host.nic("eth0", segment, "192.0.2.1/24");
        var engine = engine(1_000, new ConcurrentLinkedQueue<>());
        engine.configure(List.of(group("web", "eth0")), List.of(shop(Duration.ofMinutes(15))));
        replicate(engine, 100);
        engine.configure(List.of(group("new", "eth0")), List.of(shop("new", Duration.ofMinutes(15))));
        engine.open("new", 2);
        engine.table().snapshot(GroupId.of("new"), 1);
        int[] copied = new int[1];
        Await.until("a snapshot of all", () -> {
            engine.table().changes().drain((kind, _, _, _, _, _) -> copied[0] += kind == Change.SNAPSHOT_ENTRY ? 1 : 0, 100);
            return copied[0] == 100;
        });
    }

    @Test
    void anInterfaceThatAnotherEngineTookFirstIsWaitedFor() throws Exception {
        var firstEvents = new ConcurrentLinkedQueue<EngineEvent>();
        var secondEvents = new ConcurrentLinkedQueue<EngineEvent>();
        var first = engine(1_000, firstEvents);
        var second = engine(1_000, secondEvents);
        for (var engine : List.of(first, second)) {
            engine.configure(List.of(group("web", "eth0")), List.of());
        }
        Await.until("links", () -> down(firstEvents).contains("eth0") && down(secondEvents).contains("eth0"));
        host.nic("eth0", segment, "192.0.2.1/24");
        Await.until("links", () -> down(firstEvents).isEmpty() != down(secondEvents).isEmpty());
        boolean firstHasIt = down(firstEvents).isEmpty();
        (firstHasIt ? first : second).close();
        Await.until("links", () -> down(firstHasIt ? secondEvents : firstEvents).isEmpty());
    }

    @Test
    void anInterfaceIsGivenBackWhenTheConfigNamesItNoMore() throws Exception {
        host.nic("eth0", segment, "192.0.2.1/24");
        host.nic("eth1", segment, "198.51.100.1/24");
        var engine = engine(1_000, new ConcurrentLinkedQueue<>());
        var next = engine(1_000, new ConcurrentLinkedQueue<>());
        engine.configure(List.of(group("web", "eth0")), List.of());
        engine.configure(List.of(group("web", "eth1")), List.of());
        Await.until("the engine", () -> {
            try {
                next.configure(List.of(group("web", "eth0")), List.of());
                return true;
            } catch (RuntimeException _) {
                return false;
            }
        });
    }

    @Test
    void anInterfaceThatComesBackUnderAnotherNumberIsUsedAgain() throws Exception {
        host.nic("eth0", segment, "192.0.2.1/24");
        var events = new ConcurrentLinkedQueue<EngineEvent>();
        var engine = engine(1_000, events);
        engine.configure(List.of(group("web", "eth0")), List.of());
        engine.open("web", 1);
        host.with("ip link del eth0");
        Await.until("links", () -> down(events).contains("eth0"));

        var client = lab.host("client");
        client.nic("eth0", segment, "192.0.2.100/24");
        host.nic("eth0", segment, "192.0.2.1/24");
        Await.until("links", () -> down(events).isEmpty());
        assertThat(client.tryOutput("arping -c 1 -w 5 -f -I eth0 192.0.2.10")).contains("Received 1 response");
        assertThat(events).noneMatch(EngineEvent.Failed.class::isInstance);
    }

    /// What Java sends goes through the loopback device while that is up.
    @Test
    void theLoopbackDeviceMayComeAndGo() throws Exception {
        host.nic("eth0", segment, "192.0.2.1/24");
        var client = lab.host("client");
        client.nic("eth0", segment, "192.0.2.100/24");
        var engine = engine(1_000, new ConcurrentLinkedQueue<>());
        engine.configure(List.of(group("web", "eth0")), List.of());
        engine.open("web", 1);
        for (String state : List.of("up", "down", "up")) {
            host.with("ip link set lo " + state);
            Await.until("an answer with lo " + state, () -> client.tryOutput("arping -c 1 -w 1 -f -I eth0 192.0.2.10").contains("Received 1 response"));
            assertThat(client.tryOutput("arping -c 3 -w 5 -I eth0 192.0.2.10")).as("lo " + state).contains("Received 3 response");
        }
    }
}

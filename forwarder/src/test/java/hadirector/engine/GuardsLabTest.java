package hadirector.engine;

import static hadirector.engine.ServiceLabs.VIP;
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
import hadirector.model.Prefix;
import hadirector.model.SchedulerKind;
import hadirector.model.ServiceOptions;
import hadirector.model.VirtualService;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Access lists and floods, with real clients and servers.
@Lab
class GuardsLabTest {
    private static final int SHOP = 80;
    private static final int MAIL = 25;
    private static final int HALF_OPEN_MAX = 2_000;

    private final NetLab lab = new NetLab();
    private final Segment out = lab.segment("out");
    private final Segment in = lab.segment("in");
    private final Host client = lab.host("client");
    private final Host stranger = lab.host("stranger");
    private final Host director = lab.host("lb");
    private final Host server = lab.host("rs");
    private final ConcurrentLinkedQueue<EngineEvent> events = new ConcurrentLinkedQueue<>();
    private final PacketEngine engine = director.in(() -> new PacketEngine(EngineOptions.of(100_000), events::add));

    @BeforeEach
    void start() {
        client.nic("eth0", out, "192.0.2.100/24");
        stranger.nic("eth0", out, "192.0.2.200/24");
        director.nic("eth0", out, "192.0.2.1/24");
        director.nic("eth1", in, "198.51.100.1/24");
        server.nic("eth0", in, "198.51.100.2/24").host().with("ip route add default via 198.51.100.254");
        ServiceLabs.echo(server, SHOP);
        ServiceLabs.echo(server, MAIL);
    }

    @AfterEach
    void close() {
        engine.close();
        lab.close();
    }

    private void configure(ServiceOptions shop) {
        var services = List.of(at(SHOP, shop), at(MAIL, ServiceOptions.DEFAULT));
        engine.configure(List.of(ServiceLabs.group()), services);
        services.forEach(service -> ServiceLabs.up(engine, service));
    }

    private static VirtualService at(int port, ServiceOptions options) {
        return service("port" + port, port, SchedulerKind.RR, options, "198.51.100.2");
    }

    private long count(Counter counter) {
        return engine.stats().counters().getOrDefault(counter, 0L);
    }

    private static ServiceOptions denying(String prefix) {
        return options(new AccessList(List.of(), List.of(Prefix.of(prefix))), false, 1000);
    }

    @Test
    void aDeniedClientIsDroppedAndANewListEndsItsConnectionsAndNoOthers() throws Exception {
        configure(ServiceOptions.DEFAULT);
        engine.open("web", 1);
        try (var open = connect(client, SHOP);
                var others = connect(stranger, SHOP)) {
            assertThat(answers(open)).isTrue();
            assertThat(answers(others)).isTrue();
            configure(denying("192.0.2.100/31"));
            Await.until("the connections", () -> engine.stats().connections() == 1);
            assertThat(answers(others)).isTrue();
            assertThat(count(Counter.CONNECTIONS_DENIED)).isEqualTo(1);
            try (var mail = connect(client, MAIL)) {
                assertThat(answers(mail)).as("of another service").isTrue();
            }
            assertThat(client.tryOutput("timeout 2 bash -c </dev/tcp/" + VIP + "/80")).isEmpty();
            assertThat(count(Counter.DROP_DENIED)).isPositive();
            configure(ServiceOptions.DEFAULT);
            try (var again = connect(client, SHOP)) {
                assertThat(answers(again)).isTrue();
            }
        }
    }

    @Test
    void aFloodLeavesEstablishedConnectionsAndOtherServicesUnharmedAndRealClientsGetIn() throws Exception {
        configure(options(AccessList.OPEN, false, HALF_OPEN_MAX));
        engine.open("web", 1);
        try (var before = connect(client, SHOP)) {
            assertThat(answers(before)).isTrue();
            long mac = Long.parseLong(director.shell("cat /sys/class/net/eth0/address").strip().replace(":", ""), 16);
            try (var flood = new SynFlood(stranger, "eth0", mac, VIP + ":" + SHOP)) {
                Await.until("challenges", () -> count(Counter.SYN_CHALLENGED) > 10_000);
                long begin = System.nanoTime();
                long sent = flood.sent();
                int trips = 0;
                while (System.nanoTime() - begin < 1_000_000_000L) {
                    assertThat(answers(before)).isTrue();
                    trips++;
                }
                try (var other = connect(client, MAIL)) {
                    assertThat(answers(other)).as("of another service").isTrue();
                }
                int connections = 0;
                while (count(Counter.SOURCES_PROVEN) == 0 || connections < 20) {
                    try (var during = connect(client, SHOP)) {
                        assertThat(answers(during)).isTrue();
                    }
                    connections++;
                }
                System.out.printf(
                        "in a flood of %d SYN/s, of which %d/s are let in: %d round trips in 1 s, %d connections%n",
                        (flood.sent() - sent) * 1_000_000_000L / (System.nanoTime() - begin),
                        HALF_OPEN_MAX / 2,
                        trips,
                        connections);
            }
            assertThat(engine.stats().connections()).isLessThan(HALF_OPEN_MAX + 1_000);
        }
        assertThat(events).filteredOn(EngineEvent.Overloaded.class::isInstance).first()
                .isInstanceOfSatisfying(EngineEvent.Overloaded.class, event -> {
                    assertThat(event.service()).isEqualTo("port" + SHOP);
                    assertThat(event.halfOpen()).isGreaterThanOrEqualTo(HALF_OPEN_MAX / 2);
                    assertThat(event.synsPerSecond()).isEqualTo(HALF_OPEN_MAX / 2);
                });
        assertThat(count(Counter.OVERLOADS)).isPositive();
        assertThat(events).noneMatch(EngineEvent.Failed.class::isInstance);
    }

    @Test
    void withoutAFloodNobodyIsChallenged() throws Exception {
        configure(options(AccessList.OPEN, false, HALF_OPEN_MAX));
        engine.open("web", 1);
        for (int i = 0; i < 50; i++) {
            try (var socket = connect(client, SHOP)) {
                assertThat(answers(socket)).isTrue();
            }
        }
        assertThat(count(Counter.SYN_CHALLENGED)).isZero();
        assertThat(count(Counter.HALF_OPEN_DROPPED)).isZero();
    }

    @Test
    void aPortWithoutServiceIsStillRefused() {
        configure(ServiceOptions.DEFAULT);
        engine.open("web", 1);
        assertThatThrownBy(() -> connect(client, 99)).hasMessageContaining("refused");
    }
}

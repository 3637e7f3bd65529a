package hadirector.engine;

import static hadirector.engine.ServiceLabs.answers;
import static hadirector.engine.ServiceLabs.connect;
import static hadirector.engine.ServiceLabs.options;
import static hadirector.engine.ServiceLabs.service;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Await;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.lab.NeedsCommand;
import hadirector.lab.Segment;
import hadirector.model.AccessList;
import hadirector.model.IpAddress;
import hadirector.model.SchedulerKind;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What others on the VIP's segment do, and what becomes of the VIP's interface.
@Lab
class NeighboursLabTest {
    private static final String VIP6 = "2001:db8::10";
    /// ARP twice for each of VIP and gateway, and an advertisement.
    private static final int FRAMES_OF_AN_ANNOUNCEMENT = 5;

    private static final VirtualService SHOP =
            service("shop", 80, SchedulerKind.RR, options(AccessList.OPEN, false, 1000), "198.51.100.2");

    private final NetLab lab = new NetLab();
    private final Segment out = lab.segment("out");
    private final Host client = lab.host("client").ipv6();
    private final Host director = lab.host("lb").ipv6();
    private final ConcurrentLinkedQueue<EngineEvent> events = new ConcurrentLinkedQueue<>();
    private PacketEngine engine;

    @BeforeEach
    void wire() {
        client.nic("eth0", out, "192.0.2.100/24", "2001:db8::100/64");
        director.nic("eth0", out, "192.0.2.1/24", "2001:db8::1/64");
        var in = lab.segment("in");
        director.nic("eth1", in, "198.51.100.1/24");
        var server = lab.host("rs2");
        server.nic("eth0", in, "198.51.100.2/24").host().with("ip route add default via 198.51.100.254");
        ServiceLabs.echo(server, 80);
        engine = director.in(() -> new PacketEngine(EngineOptions.of(10_000), events::add));
        var group = new VipGroup(
                "web",
                List.of(new Vip(IpAddress.of(ServiceLabs.VIP), 24, "eth0"), new Vip(IpAddress.of(VIP6), 64, "eth0")),
                List.of(new Vip(IpAddress.of("198.51.100.254"), 24, "eth1")),
                Map.of("lb", 1),
                false);
        engine.configure(List.of(group), List.of(SHOP));
        ServiceLabs.up(engine, SHOP);
        engine.open("web", 1);
    }

    @AfterEach
    void close() {
        engine.close();
        lab.close();
    }

    private long count(Counter counter) {
        return engine.stats().counters().getOrDefault(counter, 0L);
    }

    private Set<String> down() {
        Set<String> down = Set.of();
        for (var event : events) {
            assertThat(event).isNotInstanceOf(EngineEvent.Failed.class);
            if (event instanceof EngineEvent.LinksDown(Set<String> names)) {
                down = names;
            }
        }
        return down;
    }

    @Test
    @NeedsCommand(value = "ping", debianPackage = "iputils-ping")
    void pingsThatComeInFragmentsAreAnswered() {
        for (String address : List.of(ServiceLabs.VIP, VIP6)) {
            for (int size : new int[] {1_473, 5_000, 65_000}) {
                assertThat(client.tryOutput("ping -n -c 3 -i 0.2 -W 3 -s " + size + " " + address)).contains(" 0% packet loss");
            }
        }
    }

    @Test
    @NeedsCommand(value = "arping", debianPackage = "iputils-arping")
    void anAddressThatAnotherStationClaimsIsDefendedAtOnce() throws Exception {
        Await.until("all announcements of the burst", () -> count(Counter.ANNOUNCEMENTS_SENT) >= FRAMES_OF_AN_ANNOUNCEMENT * 9); // The next is 10 s away.
        Thread.sleep(1_000); // Behind the last it is defended once a second.
        long announced = count(Counter.ANNOUNCEMENTS_SENT);
        var thief = lab.host("thief");
        thief.nic("eth0", out, "192.0.2.66/24", ServiceLabs.VIP + "/32");
        thief.with("arping -q -c 1 -A -I eth0 " + ServiceLabs.VIP);
        Await.until("the conflict", () -> count(Counter.ARP_CONFLICTS) > 0);
        assertThat(count(Counter.ANNOUNCEMENTS_SENT)).isGreaterThanOrEqualTo(announced + FRAMES_OF_AN_ANNOUNCEMENT);
    }

    @Test
    void anInterfaceThatIsRenamedIsDownUntilItHasItsNameAgain() throws Exception {
        assertThat(answers(connect(client, 80))).isTrue();
        director.with("ip link set eth0 down").with("ip link set eth0 name old0").with("ip link set old0 up");
        Await.until("eth0 down", () -> down().contains("eth0"));
        director.nic("eth0", out, "192.0.2.2/24");
        Await.until("eth0 up", () -> down().isEmpty());
        assertThat(answers(connect(client, 80))).isTrue();
        assertThat(engine.mode()).as("the one that has another name now is let go").doesNotContain("eth0, eth0");
    }

    @Test
    void anInterfaceThatABridgeTakesIsDown() throws Exception {
        assertThat(answers(connect(client, 80))).isTrue();
        director.with("ip link add br0 type bridge").with("ip link set br0 up").with("ip link set eth0 master br0");
        Await.until("eth0 down", () -> down().contains("eth0"));
        director.with("ip link set eth0 nomaster");
        Await.until("eth0 up", () -> down().isEmpty());
        assertThat(answers(connect(client, 80))).isTrue();
    }

    @Test
    void aServiceWithoutARealserverRefuses() throws Exception {
        assertThat(answers(connect(client, 80))).isTrue();
        engine.server("shop", SHOP.realServers().getFirst().endpoint(), 1, false);
        assertThat(client.tryOutput("curl -s -v -m 3 http://192.0.2.10/")).contains("refused");
        assertThat(count(Counter.DROP_NO_REALSERVER)).isPositive();
    }
}

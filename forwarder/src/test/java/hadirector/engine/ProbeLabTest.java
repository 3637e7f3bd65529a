package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Await;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.lab.Segment;
import hadirector.model.IpAddress;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who has an address? Two directors on one LAN, a neighbour, a router.
@Lab
class ProbeLabTest {
    private static final Duration WAIT = Duration.ofMillis(50);
    private static final String FREE = "192.0.2.77";
    private static final String FREE_V6 = "2001:db8::77";

    private final NetLab lab = new NetLab();
    private final Segment lan = lab.segment("lan");
    private final Host one = lab.host("lb1").ipv6();
    private final Host two = lab.host("lb2").ipv6();
    private final Host neighbour = lab.host("neighbour").ipv6();
    private final List<PacketEngine> engines = new ArrayList<>();

    @BeforeEach
    void wire() {
        nic(one, "192.0.2.1/24", "2001:db8::1/64");
        nic(two, "192.0.2.2/24", "2001:db8::2/64");
        nic(neighbour, "192.0.2.3/24", "2001:db8::3/64");
    }

    private void nic(Host host, String v4, String v6) {
        host.nic("eth0", lan, v4, v6);
    }

    @AfterEach
    void close() {
        engines.forEach(PacketEngine::close);
        lab.close();
    }

    private PacketEngine engine(Host host) {
        var engine = host.in(() -> new PacketEngine(EngineOptions.of(1_000), _ -> {}));
        engines.add(engine);
        engine.configure(List.of(group()), List.of());
        return engine;
    }

    private static VipGroup group() {
        var vips = List.of(vip("192.0.2.10", 24), vip(FREE, 24), vip("2001:db8::10", 64), vip(FREE_V6, 64));
        return new VipGroup("web", vips, List.of(), Map.of("lb1", 1, "lb2", 2), false);
    }

    private static Vip vip(String address, int prefix) {
        return new Vip(IpAddress.of(address), prefix, "eth0");
    }

    private static CompletableFuture<Boolean> ask(PacketEngine engine, String interfaceName, String address) {
        var answer = new CompletableFuture<Boolean>();
        engine.probe(interfaceName, IpAddress.of(address), WAIT, answer::complete);
        return answer.orTimeout(20, TimeUnit.SECONDS);
    }

    private static boolean taken(PacketEngine engine, String address) {
        return ask(engine, "eth0", address).join();
    }

    private static long count(PacketEngine engine, Counter counter) {
        return engine.stats().counters().getOrDefault(counter, 0L);
    }

    @Test
    void anAddressThatAnotherDirectorHoldsIsTakenAndOneThatNobodyHasIsNot() {
        var asking = engine(one);
        var holding = engine(two);
        assertThat(taken(asking, "192.0.2.10")).isFalse();
        assertThat(taken(asking, "2001:db8::10")).isFalse();
        holding.open("web", 1);
        assertThat(taken(asking, "192.0.2.10")).isTrue();
        assertThat(taken(asking, "2001:db8::10")).isTrue();
        holding.close("web");
        assertThat(taken(asking, "192.0.2.10")).isFalse();
        assertThat(taken(asking, "2001:db8::10")).isFalse();
        assertThat(count(asking, Counter.PROBES_ANSWERED)).isEqualTo(2);
    }

    @Test
    void anAddressThatAStrangerHasIsTakenAndNobodyLearnsFromTheQuestion() {
        neighbour.with("ip addr add 192.0.2.10/24 dev eth0").with("ip addr add 2001:db8::10/64 dev eth0 nodad");
        two.with("ip neigh add 192.0.2.10 lladdr 02:00:00:00:00:99 dev eth0 nud stale");
        var asking = engine(one);
        assertThat(taken(asking, "192.0.2.10")).isTrue();
        assertThat(taken(asking, "2001:db8::10")).isTrue();
        assertThat(two.output("ip neigh show 192.0.2.10")).contains("02:00:00:00:00:99");
    }

    @Test
    void whoeverHoldsAnAddressHimselfHearsNoAnswerOfHisOwn() throws Exception {
        var holding = engine(one);
        holding.open("web", 1);
        assertThat(taken(holding, "192.0.2.10")).isFalse();
        assertThat(taken(holding, "2001:db8::10")).isFalse();
        engine(two).open("web", 2);
        Await.until("the other", () -> taken(holding, "192.0.2.10") && taken(holding, "2001:db8::10"));
    }

    @Test
    void manyAreAskedForAtOnce() {
        for (int i = 0; i < 100; i++) {
            neighbour.with("ip addr add 192.0.2." + (100 + i) + "/24 dev eth0");
        }
        var asking = engine(one);
        var answers = new ArrayList<CompletableFuture<Boolean>>();
        for (int i = 0; i < 110; i++) {
            answers.add(ask(asking, "eth0", "192.0.2." + (100 + i)));
        }
        var taken = answers.stream().map(CompletableFuture::join).toList();
        assertThat(taken.subList(0, 100)).containsOnly(true);
        assertThat(taken.subList(100, 110)).containsOnly(false);
    }

    @Test
    void aRouterIsReachedAlsoByAnInterfaceThatHasNoVips() {
        var other = lab.segment("other");
        one.nic("eth1", other, "198.51.100.1/24", "fd00::1/64");
        neighbour.nic("eth1", other, "198.51.100.254/24", "fd00::fe/64");
        var asking = engine(one);
        assertThat(taken(asking, "192.0.2.3")).isTrue();
        assertThat(taken(asking, "2001:db8::3")).isTrue();
        assertThat(ask(asking, "eth1", "198.51.100.254").join()).isTrue();
        assertThat(ask(asking, "eth1", "fd00::fe").join()).isTrue();
        assertThat(ask(asking, "eth1", "198.51.100.99").join()).isFalse();
        assertThat(one.tryOutput("ping -c 1 -W 2 198.51.100.254")).as("the host's own use of it").contains(" 0% packet loss");
    }

    @Test
    void aRouterThatAsksForOthersAndDoesNotAnswerUsIsNotReached() {
        neighbour.with("sysctl -qw net.ipv4.conf.all.arp_ignore=8");
        var asking = engine(one);
        var answer = new CompletableFuture<Boolean>();
        asking.probe("eth0", IpAddress.of("192.0.2.3"), Duration.ofMillis(1_500), answer::complete);
        assertThat(neighbour.tryOutput("ping -c 1 -W 1 192.0.2.99")).as("its own question").contains("100% packet loss");
        assertThat(answer.orTimeout(20, TimeUnit.SECONDS).join()).isFalse();
    }

    @Test
    void whereNobodyCanBeAskedTheAnswerIsNoAtOnceAndCounted() throws Exception {
        var asking = engine(one);
        assertThat(ask(asking, "nowhere", FREE).join()).isFalse();
        assertThat(ask(asking, "lo", FREE).join()).isFalse();
        assertThat(count(asking, Counter.PROBES_IMPOSSIBLE)).isEqualTo(2);
        var waiting = new CompletableFuture<Boolean>();
        asking.probe("eth0", IpAddress.of(FREE), Duration.ofHours(1), waiting::complete);
        one.with("ip link set eth0 down");
        assertThat(waiting.orTimeout(20, TimeUnit.SECONDS).join()).as("down meanwhile").isFalse();
        Await.until("down", () -> {
            ask(asking, "eth0", FREE).join();
            return count(asking, Counter.PROBES_IMPOSSIBLE) > 2;
        });
    }

    @Test
    void whoeverStillWaitsWhenTheEngineEndsGetsAnAnswer() {
        var asking = engine(one);
        var waiting = new CompletableFuture<Boolean>();
        asking.probe("eth0", IpAddress.of(FREE), Duration.ofHours(1), waiting::complete);
        asking.close();
        assertThat(waiting.orTimeout(20, TimeUnit.SECONDS).join()).isFalse();
        assertThat(ask(asking, "eth0", FREE).join()).as("asked too late").isFalse();
    }

    @Test
    void whoAsksBadlyDoesNotEndTheEngine() {
        var asking = engine(one);
        asking.probe("nowhere", IpAddress.of(FREE), WAIT, _ -> {
            throw new IllegalStateException("a bug of the listener");
        });
        assertThat(taken(asking, FREE)).isFalse();
    }
}

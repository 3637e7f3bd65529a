package hadirector.engine;

import static hadirector.engine.ServiceLabs.answers;
import static hadirector.engine.ServiceLabs.connect;
import static hadirector.engine.ServiceLabs.service;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.Change;
import hadirector.conn.GroupId;
import hadirector.lab.Await;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.model.AccessList;
import hadirector.model.SchedulerKind;
import hadirector.model.ServiceOptions;
import hadirector.model.SyncMode;
import hadirector.model.VirtualService;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `sync = committed`, with real clients and a realserver; the test is the other director.
@Lab
class CommitsLabTest {
    private static final int WEB = GroupId.of("web");
    private static final VirtualService SHOP = shop(SyncMode.COMMITTED);

    private final NetLab lab = new NetLab();
    private final Host client = lab.host("client");
    private final Host director = lab.host("lb");
    private final ConcurrentLinkedQueue<EngineEvent> events = new ConcurrentLinkedQueue<>();

    private Thread acknowledging = Thread.ofPlatform().unstarted(() -> {});

    @SuppressWarnings("NullAway.Init") // Made by start().
    private PacketEngine engine;

    private static VirtualService shop(SyncMode sync) {
        var options = new ServiceOptions(AccessList.OPEN, false, 1000, OptionalInt.empty(), sync);
        return service("shop", 80, SchedulerKind.RR, options, "198.51.100.2");
    }

    @BeforeEach
    void start() {
        var out = lab.segment("out");
        var in = lab.segment("in");
        client.nic("eth0", out, "192.0.2.100/24");
        director.nic("eth0", out, "192.0.2.1/24");
        director.nic("eth1", in, "198.51.100.1/24");
        var server = lab.host("rs").nic("eth0", in, "198.51.100.2/24").host().with("ip route add default via 198.51.100.254");
        ServiceLabs.echo(server, 80);
        engine = director.in(() -> new PacketEngine(EngineOptions.of(10_000), events::add));
        engine.configure(List.of(ServiceLabs.group()), List.of(SHOP));
        ServiceLabs.up(engine, SHOP);
        engine.open("web", 1);
        engine.table().replicate(true);
    }

    @AfterEach
    void close() throws InterruptedException {
        acknowledging.interrupt();
        acknowledging.join();
        engine.close();
        lab.close();
    }

    private long count(Counter counter) {
        return engine.stats().counters().getOrDefault(counter, 0L);
    }

    private boolean works() throws Exception {
        try (var socket = connect(client, 80)) {
            return answers(socket);
        }
    }

    /// Takes what has come and says that the other has it.
    private int acknowledge() {
        var ring = engine.table().changes();
        var connections = new AtomicInteger();
        ring.drain((kind, group, peer, epoch, entry, at) -> connections.addAndGet(kind == Change.UPSERT ? 1 : 0), Integer.MAX_VALUE);
        engine.table().acknowledged(WEB, ring.passed());
        return connections.get();
    }

    private void acknowledgeOn() {
        acknowledge();
        var ring = engine.table().changes();
        acknowledging = Thread.ofPlatform().daemon().start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                acknowledge();
                ring.await(1_000_000);
            }
        });
    }

    @Test
    void aDirectorThatIsAloneWaitsForNobody() throws Exception {
        assertThat(works()).isTrue();
        assertThat(count(Counter.COMMITS_AWAITED)).isZero();
    }

    @Test
    void theFirstPacketWaitsUntilTheOtherHasTheConnection() throws Exception {
        acknowledgeOn();
        for (int i = 0; i < 100; i++) {
            assertThat(works()).isTrue();
        }
        boolean busyMachine = count(Counter.COMMITS_DEGRADED) > 0; // Then some were not waited for.
        assertThat(count(Counter.COMMITS_AWAITED)).isGreaterThanOrEqualTo(busyMachine ? 1 : 100);
        assertThat(events).noneMatch(EngineEvent.Failed.class::isInstance);
    }

    @Test
    void nothingReachesTheRealserverBeforeAndWhoIsSlowIsNotWaitedForAgainForASecond() throws Exception {
        acknowledge();
        long forwarded = count(Counter.FRAMES_FORWARDED);
        assertThat(works()).as("after the deadline").isTrue();
        assertThat(count(Counter.COMMITS_AWAITED)).isOne();
        assertThat(count(Counter.COMMITS_DEGRADED)).isOne();
        assertThat(count(Counter.FRAMES_FORWARDED)).isGreaterThan(forwarded);
        assertThat(events).contains(new EngineEvent.Uncommitted("shop", "no acknowledgement within 50 ms"));
        acknowledgeOn();
        Await.until("connections are waited for again, and acknowledged", () ->
                works() && events.contains(new EngineEvent.Committed("shop")));
    }

    @Test
    void aServiceThatIsNotReplicatedTellsNothing() throws Exception {
        engine.configure(List.of(ServiceLabs.group()), List.of(shop(SyncMode.NONE)));
        ServiceLabs.up(engine, SHOP);
        acknowledge();
        assertThat(works()).isTrue();
        assertThat(acknowledge()).isZero();
        assertThat(count(Counter.COMMITS_AWAITED)).isZero();
    }
}

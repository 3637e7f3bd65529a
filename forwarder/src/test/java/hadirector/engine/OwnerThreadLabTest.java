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
import hadirector.lab.Segment;
import hadirector.model.AccessList;
import hadirector.model.SchedulerKind;
import hadirector.model.VirtualService;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The engine's thread sleeps when there is nothing to do, whatever has happened before.
@Lab
class OwnerThreadLabTest {
    /// More than the client has ports: none fails because the table is full, however fast the machine is.
    private static final int CONNECTIONS_MAX = 100_000;

    private final NetLab lab = new NetLab();
    private final Segment out = lab.segment("out");
    private final Segment in = lab.segment("in");
    private final Host client = lab.host("client");
    private final Host director = lab.host("lb");
    private final ConcurrentLinkedQueue<EngineEvent> events = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void wire() {
        client.nic("eth0", out, "192.0.2.100/24");
        director.nic("eth0", out, "192.0.2.1/24");
        director.nic("eth1", in, "198.51.100.1/24");
        var server = lab.host("rs2");
        server.nic("eth0", in, "198.51.100.2/24").host().with("ip route add default via 198.51.100.254");
        ServiceLabs.echo(server, 80);
    }

    @AfterEach
    void close() {
        lab.close();
    }

    private PacketEngine engine(VirtualService service) {
        var engine = director.in(() -> new PacketEngine(EngineOptions.of(CONNECTIONS_MAX), events::add));
        engine.configure(List.of(ServiceLabs.group()), List.of(service));
        ServiceLabs.up(engine, service);
        engine.open("web", 1);
        return engine;
    }

    private static VirtualService shop(boolean schedulerOffload) {
        return service("shop", 80, SchedulerKind.MH, options(AccessList.OPEN, schedulerOffload, 1000), "198.51.100.2");
    }

    /// Of a second, in per cent.
    private static long busy() throws InterruptedException {
        var threads = ManagementFactory.getThreadMXBean();
        long owner = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("forwarder-0"))
                .findFirst()
                .orElseThrow()
                .threadId();
        long before = threads.getThreadCpuTime(owner);
        Thread.sleep(1_000);
        return (threads.getThreadCpuTime(owner) - before) / 10_000_000;
    }

    @Test
    void itSleepsWhileALinkIsDown() throws Exception {
        try (var _ = engine(shop(false))) {
            assertThat(answers(connect(client, 80))).isTrue();
            director.with("ip link set eth0 down");
            Await.until("the link is down", () -> events.stream().anyMatch(event -> event instanceof EngineEvent.LinksDown(var names) && !names.isEmpty()));
            assertThat(busy()).isLessThan(50);
        }
    }

    @Test
    void itSleepsAndLosesNoConnectionWhenTheKernelIsToScheduleNoMore() throws Exception {
        try (var engine = engine(shop(true))) {
            assertThat(answers(connect(client, 80))).isTrue();
            var stopped = new AtomicBoolean();
            var failures = new ConcurrentLinkedQueue<Throwable>();
            var clients = IntStream.range(0, 4).mapToObj(i -> client.thread("client " + i, () -> open(stopped, failures))).toList();
            for (int i = 0; i < 20; i++) {
                engine.configure(List.of(ServiceLabs.group()), List.of(shop(i % 2 != 0)));
                Thread.sleep(100);
            }
            engine.configure(List.of(ServiceLabs.group()), List.of(shop(false)));
            stopped.set(true);
            for (var thread : clients) {
                thread.join();
            }
            assertThat(failures).isEmpty();
            assertThat(busy()).isLessThan(50);
        }
    }

    private void open(AtomicBoolean stopped, Collection<Throwable> failures) {
        while (!stopped.get()) {
            try (var socket = connect(client, 80)) {
                assertThat(answers(socket)).isTrue();
            } catch (IOException | RuntimeException | AssertionError e) {
                failures.add(e);
            }
        }
    }
}

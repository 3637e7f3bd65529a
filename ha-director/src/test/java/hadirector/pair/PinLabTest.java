package hadirector.pair;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.ebpf.Attached;
import hadirector.ebpf.BpfMap;
import hadirector.engine.Counter;
import hadirector.lab.BpfFileSystem;
import hadirector.lab.Lab;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `engine.pin`: what a killed director leaves in the kernel, its next process takes over.
@Lab
class PinLabTest {
    private static final int BUSY = 200;
    private static final int IDLE = 100;
    private static final Duration BUSY_PERIOD = Duration.ofMillis(20);
    private static final Duration IDLE_PERIOD = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final BpfFileSystem bpf = new BpfFileSystem();
    private final DirectorPair pair = new DirectorPair(3);

    @BeforeEach
    void configure() throws IOException {
        pair.engine("{ kind = packet, pin = \"%s\" }".formatted(bpf.folder())).config(pair.service("shop", "tcp", 80));
    }

    @AfterEach
    void close() {
        pair.close();
        bpf.close();
    }

    private void startAlone() throws InterruptedException {
        pair.start("lb1");
        pair.awaitHolder("lb1", "lb1");
    }

    private void stopCleanly(String director) throws InterruptedException {
        pair.process(director).signal("TERM");
        assertThat(pair.process(director).awaitExit(PATIENCE)).isZero();
    }

    /// Clients that wait for as long as a start takes on a busy machine, and for TCP's next attempt after it.
    private PingPong clients(int connections, Duration period) throws InterruptedException {
        return pair.client.in(() -> new PingPong(DirectorPair.VIP, DirectorPair.PORT, connections, period, Duration.ofSeconds(90)))
                .awaitConnected();
    }

    @Test
    void connectionsSurviveKill9OfADirectorThatIsAlone() throws Exception {
        startAlone();
        try (var busy = clients(BUSY, BUSY_PERIOD);
                var idle = clients(IDLE, IDLE_PERIOD)) {
            busy.awaitAnswers(5L * BUSY);
            var last = CompletableFuture.supplyAsync(() -> lastAnswer(busy));
            long killed = System.nanoTime();
            pair.process("lb1").kill();
            System.out.printf("MEASURED answers for %d ms after kill -9 of a lone director%n", TimeUnit.NANOSECONDS.toMillis(last.join() - killed));
            startAlone();
            busy.awaitAnswers(20L * BUSY);
            idle.awaitAnswers(IDLE);
            assertThat(busy.failures()).isEmpty();
            assertThat(idle.failures()).isEmpty();
        }
        assertThat(pair.log("lb1")).contains("event=connections-adopted connections=%d damaged=0".formatted(BUSY + IDLE));
        stopCleanly("lb1");
        assertThat(bpf.pinned()).isEmpty();
        assertThat(bpf.folders(2)).isEmpty();
    }

    /// When the last answer came before a second without any.
    private static long lastAnswer(PingPong clients) {
        long last = System.nanoTime();
        long before = clients.answers();
        while (System.nanoTime() - last < TimeUnit.SECONDS.toNanos(1)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            if (clients.answers() != before) {
                before = clients.answers();
                last = System.nanoTime();
            }
        }
        return last;
    }

    @Test
    void whatIsTooOldOrOfAnotherLayoutIsRefusedAndRemoved() throws Exception {
        startAlone();
        Path dead = bpf.folders(2).getFirst();
        Path other = dead.resolveSibling("v0-1");
        try (var clients = pair.pingPong(10)) {
            clients.awaitAnswers(10);
            pair.process("lb1").kill();
            age(dead.resolve("groups"));
            Files.createDirectory(other);
            startAlone();
        }
        assertThat(pair.log("lb1"))
                .contains("event=connections-not-adopted why=\"%s is not of the layout v1-\"".formatted(other))
                .contains("event=connections-not-adopted why=\"10 connections of %s are older than 120 s\"".formatted(dead))
                .contains("event=connections-adopted connections=0 damaged=0");
        assertThat(bpf.folders(2)).hasSize(1).doesNotContain(dead, other);
    }

    /// Lets the leases have ended two minutes earlier.
    private static void age(Path groups) {
        try (var map = BpfMap.pinnedArray(groups, Long.BYTES)) {
            var leases = map.memory();
            for (long at = 0; at < leases.byteSize(); at += Long.BYTES) {
                if (leases.get(JAVA_LONG, at) != 0) {
                    leases.set(JAVA_LONG, at, leases.get(JAVA_LONG, at) - TimeUnit.MINUTES.toNanos(2));
                }
            }
        }
    }

    @Test
    void inAPairTheOtherTakesOverAndTheNextProcessIsABackup() throws Exception {
        pair.startBoth();
        try (var clients = pair.pingPong(BUSY)) {
            clients.awaitAnswers(5L * BUSY);
            var before = programs();
            pair.process("lb1").kill();
            assertThat(programs()).as("the program stays for the rest of its lease").isEqualTo(before);
            pair.awaitHolder("lb2", "lb2");
            clients.awaitAnswers(20L * BUSY);
            pair.start("lb1");
            pair.awaitSettled("lb2");
            assertThat(programs()).as("taken over by the next process").hasSize(1).doesNotContainAnyElementsOf(before);
            clients.awaitAnswers(20L * BUSY);
            assertThat(pair.counter("lb1", Counter.FRAMES_FORWARDED)).isZero();
            assertThat(pair.counter("lb1", Counter.ANNOUNCEMENTS_SENT)).isZero();
            pair.failover("lb1");
            clients.awaitAnswers(20L * BUSY);
            assertThat(pair.counter("lb1", Counter.FRAMES_OFFLOADED)).isPositive();
            assertThat(clients.failures()).isEmpty();
        }
        stopCleanly("lb2");
        stopCleanly("lb1");
        assertThat(bpf.pinned()).isEmpty();
    }

    private List<Attached> programs() {
        return pair.host("lb1").in(() -> Attached.atTcxIngress(NetworkInterface.getByName("eth0").getIndex()));
    }
}

package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.engine.Counter;
import hadirector.lab.Lab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What `sync = committed` is for: whoever has been connected is not lost with the director, however short before. Clients connect one after the other
/// until the holder is gone, and say their first word only when the other one holds.
@Lab
class CommittedLabTest {
    private static final int CLIENTS = 8;
    private static final Duration BETWEEN = Duration.ofMillis(2);
    private static final int ENOUGH = 500;
    private static final int ROUNDS_MAX = 6;
    private static final int WARM_UPS_MAX = 8;
    private static final int CONNECT_MILLIS = 8_000;
    private static final int ANSWER_MILLIS = 15_000;
    private static final String SYNC = System.getProperty("committed.sync", "committed");

    private final DirectorPair pair = new DirectorPair(3);
    private final Queue<Socket> connected = new ConcurrentLinkedQueue<>();
    private volatile boolean enough;

    @BeforeEach
    void start() throws Exception {
        pair.config(pair.service("shop", "tcp", 80, "method = nat, scheduler = rr, sync = " + SYNC)).startBoth();
        warm();
    }

    @AfterEach
    void close() throws IOException {
        forget();
        pair.close();
    }

    @Test
    void whoeverIsConnectedSurvivesKill9() throws Exception {
        through(() -> pair.process("lb1").kill());
    }

    @Test
    void whoeverIsConnectedSurvivesAHandOver() throws Exception {
        through(() -> pair.failover("lb2"));
    }

    @FunctionalInterface
    private interface Move {
        void make() throws Exception;
    }

    /// A director that is not waited for any more says so, as its clients are promised less until it is again: that round says nothing.
    private void through(Move move) throws Exception {
        for (int round = 1; ; round++) {
            var outcome = round(move);
            System.out.printf("MEASURED %s: %d connections, %s%n", SYNC, connected.size(), outcome);
            if (outcome.promised() || outcome.lost().isEmpty()) {
                assertThat(outcome.lost()).as("of %d connections", connected.size()).isEmpty();
                return;
            }
            assertThat(round).as("rounds in which lb2 was too late").isLessThan(ROUNDS_MAX);
            again();
        }
    }

    /// @param promised whether lb2 was waited for each time
    private record Outcome(boolean promised, List<String> lost) {}

    /// What lb1 says, before it goes on, when it does not wait for lb2 any more.
    private long excuses() {
        return pair.log("lb1").lines()
                .filter(line -> line.contains(" goes on without waiting ") || line.contains(" event=peer-gone "))
                .count();
    }

    private long awaited() {
        return pair.counter("lb1", Counter.COMMITS_AWAITED);
    }

    private void again() throws Exception {
        if (pair.status("lb1") == null) {
            pair.start("lb1");
        }
        pair.settle();
        warm();
    }

    private Outcome round(Move move) throws Exception {
        forget();
        long excuses = excuses();
        long awaited = awaited();
        var clients = begin();
        pair.await("connections", () -> connected.size() >= ENOUGH);
        int made = connected.size();
        boolean promised = awaited() - awaited >= made;
        move.make();
        end(clients);
        pair.awaitHolder("lb2", "lb2");
        var lost = new ArrayList<String>();
        for (var socket : connected) {
            ask(socket, lost);
        }
        return new Outcome(promised && excuses() == excuses, lost);
    }

    /// What has just been started is slow.
    private void warm() throws Exception {
        long awaited;
        int rounds = 0;
        do {
            awaited = awaited();
            var clients = begin();
            pair.await("connections", () -> connected.size() >= ENOUGH);
            end(clients);
            forget();
        } while (awaited() - awaited < ENOUGH && ++rounds < WARM_UPS_MAX);
        assertThat(!SYNC.equals("committed") || awaited() > 0).as("lb2 is waited for").isTrue();
    }

    private List<Thread> begin() {
        enough = false;
        return IntStream.range(0, CLIENTS).mapToObj(_ -> pair.client.thread("client", this::connectUntilEnough)).toList();
    }

    private void end(List<Thread> clients) throws InterruptedException {
        enough = true;
        for (var client : clients) {
            client.join();
        }
    }

    private void forget() throws IOException {
        for (var socket = connected.poll(); socket != null; socket = connected.poll()) {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    private void connectUntilEnough() {
        while (!enough) {
            connect();
            LockSupport.parkNanos(BETWEEN.toNanos());
        }
    }

    /// Who is not connected has been promised nothing.
    private void connect() {
        try {
            var socket = new Socket();
            socket.connect(new InetSocketAddress(DirectorPair.VIP, DirectorPair.PORT), CONNECT_MILLIS);
            socket.setSoTimeout(ANSWER_MILLIS);
            connected.add(socket);
        } catch (IOException _) {
            // Tries again.
        }
    }

    private static void ask(Socket socket, List<String> lost) {
        try {
            var _ = Clients.askLine(socket);
        } catch (IOException e) {
            lost.add("port %d: %s".formatted(socket.getLocalPort(), e));
        }
    }
}

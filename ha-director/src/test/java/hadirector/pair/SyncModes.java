package hadirector.pair;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/// What `sync = committed` costs beside `async`, in one run: new connections, each with one line to and fro, of one client and of many at
/// once, in turns. A program, not a test: run its main as root with this module's test class path.
public final class SyncModes {
    private static final int[] CLIENTS = {1, 16};
    private static final int ROUNDS = 4; // The first warms up.
    private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(4);
    private static final String[] MODES = {"async", "committed"};

    private SyncModes() {}

    public static void main(String[] words) throws Exception {
        try (var pair = new DirectorPair(3)) {
            var services = new StringBuilder();
            for (int i = 0; i < MODES.length; i++) {
                services.append(pair.service(MODES[i], "tcp", 80 + i, "method = nat, scheduler = rr, sync = " + MODES[i]));
            }
            pair.config(services.toString()).startBoth();
            for (int clients : CLIENTS) {
                for (int round = 0; round < ROUNDS; round++) {
                    for (int mode = 0; mode < MODES.length; mode++) {
                        measure(pair, MODES[mode], 80 + mode, clients);
                    }
                }
            }
            var counters = requireNonNull(pair.status("lb1")).engine().counters();
            System.out.printf("waited for %d, in vain %d times%n", counters.get("COMMITS_AWAITED"), counters.get("COMMITS_DEGRADED"));
            System.exit(0);
        }
    }

    private static void measure(DirectorPair pair, String mode, int port, int clients) throws Exception {
        var nanos = new ConcurrentLinkedQueue<Long>();
        long until = System.nanoTime() + ROUND_NANOS;
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < clients; i++) {
            threads.add(pair.client.thread("client", () -> {
                while (System.nanoTime() - until < 0) {
                    nanos.add(connect(port));
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        List<Long> sorted = new ArrayList<>(nanos);
        Collections.sort(sorted);
        System.out.printf("%2d clients %-10s %7.0f connections/s, connect p50 %6d us, p99 %6d us, max %6d us%n",
                clients, mode, sorted.size() / (ROUND_NANOS / 1e9), sorted.get(sorted.size() / 2) / 1_000,
                sorted.get(sorted.size() * 99 / 100) / 1_000, sorted.getLast() / 1_000);
    }

    /// @return nanoseconds until it is connected
    private static long connect(int port) {
        try (var socket = new Socket()) {
            socket.setSoLinger(true, 0); // Its port is free at once.
            long start = System.nanoTime();
            socket.connect(new InetSocketAddress(DirectorPair.VIP, port), 5_000);
            long took = System.nanoTime() - start;
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write('\n');
            int _ = socket.getInputStream().read();
            return took;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}

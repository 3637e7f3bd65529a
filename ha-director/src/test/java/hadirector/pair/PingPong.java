package hadirector.pair;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/// Many long TCP connections through the VIP, each sending a numbered line every `period` and demanding its answer, from the
/// realserver that answered first. Make it on a thread inside the client's namespace; [#close] ends it.
final class PingPong implements AutoCloseable {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(30);

    private final InetSocketAddress target;
    private final Duration period;
    private final Duration answerWithin;
    private final List<Thread> threads = new ArrayList<>();
    private final List<SocketChannel> sockets = new ArrayList<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong longestNanos = new AtomicLong();
    private final CountDownLatch connected;
    private volatile boolean stopped;

    PingPong(String address, int port, int connections, Duration period) throws IOException {
        this(address, port, connections, period, ANSWER_WITHIN);
    }

    /// @param answerWithin a longer time is a failure; TCP that was not answered for some seconds asks again ever more seldom
    PingPong(String address, int port, int connections, Duration period, Duration answerWithin) throws IOException {
        target = new InetSocketAddress(address, port);
        this.period = period;
        this.answerWithin = answerWithin;
        connected = new CountDownLatch(connections);
        for (int i = 0; i < connections; i++) {
            var socket = SocketChannel.open();
            int number = i;
            sockets.add(socket);
            threads.add(Thread.startVirtualThread(() -> run(number, socket)));
        }
    }

    private void run(int number, SocketChannel channel) {
        String at = "connect";
        try (channel) {
            channel.connect(target);
            var socket = channel.socket();
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(Math.toIntExact(answerWithin.toMillis()));
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String server = "";
            for (long line = 0; !stopped; line++) {
                at = "line " + line;
                long asked = System.nanoTime();
                socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
                String answer = in.readLine();
                if (answer == null) {
                    throw new IOException("closed by the other side");
                }
                server = check(answer, line, server);
                answers.incrementAndGet();
                longestNanos.accumulateAndGet(System.nanoTime() - asked, Math::max);
                if (line == 0) {
                    connected.countDown();
                }
                Thread.sleep(period);
            }
        } catch (IOException | InterruptedException e) {
            if (!stopped) {
                failures.add("connection " + number + " at " + at + ": " + e);
            }
            connected.countDown();
        }
    }

    private static String check(String answer, long line, String server) throws IOException {
        var words = answer.split(" ", 2);
        if (!words[1].equals(String.valueOf(line))) {
            throw new IOException("asked " + line + ", got " + answer);
        }
        if (!server.isEmpty() && !server.equals(words[0])) {
            throw new IOException("moved from " + server + " to " + words[0]);
        }
        return words[0];
    }

    /// Waits until every connection has had its first answer or has failed.
    PingPong awaitConnected() throws InterruptedException {
        connected.await();
        return this;
    }

    /// Waits until, from now, `count` more answers have come over all connections, or one connection has failed.
    void awaitAnswers(long count) throws InterruptedException {
        long from = answers.get();
        while (answers.get() - from < count && failures.isEmpty()) {
            Thread.sleep(5);
        }
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    long answers() {
        return answers.get();
    }

    /// The longest time from a line to its answer.
    Duration longest() {
        return Duration.ofNanos(longestNanos.get());
    }

    @Override
    public void close() throws IOException {
        stopped = true;
        for (var thread : threads) {
            boolean _ = join(thread);
        }
        for (var socket : sockets) {
            socket.close();
        }
    }

    private static boolean join(Thread thread) {
        try {
            return thread.join(Duration.ofSeconds(2));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}

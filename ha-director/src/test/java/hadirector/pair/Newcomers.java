package hadirector.pair;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicLong;

/// Clients that come to a service one after the other, each with a port of its own: in turn a TCP connection that must be made and one datagram that must be
/// answered. Make it on a thread inside the client's namespace; [#finish] ends it.
final class Newcomers implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 3_000;

    private final InetSocketAddress target;
    private final Duration period;
    private final AtomicLong served = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Phaser present = new Phaser(1);
    private final Thread door;
    private volatile boolean stopped;

    Newcomers(String address, int port, Duration period) {
        target = new InetSocketAddress(address, port);
        this.period = period;
        door = Thread.ofPlatform().daemon().start(this::run); // Inside, as its maker.
    }

    private void run() {
        try {
            while (!stopped) {
                var connection = SocketChannel.open();
                come("TCP", () -> connect(connection));
                var datagrams = new DatagramSocket();
                come("UDP", () -> ask(datagrams));
                Thread.sleep(period);
            }
        } catch (IOException | InterruptedException e) {
            failures.add(e.toString());
        }
    }

    @FunctionalInterface
    private interface Visit {
        void pay() throws IOException;
    }

    private void come(String how, Visit visit) {
        present.register();
        Thread.startVirtualThread(() -> {
            try {
                visit.pay();
                served.incrementAndGet();
            } catch (IOException e) {
                failures.add(how + ": " + e);
            } finally {
                present.arriveAndDeregister();
            }
        });
    }

    private void connect(SocketChannel channel) throws IOException {
        try (channel) {
            channel.socket().connect(target, PATIENCE_MILLIS);
        }
    }

    private void ask(DatagramSocket socket) throws IOException {
        try (socket) {
            socket.connect(target);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.send(new DatagramPacket(new byte[8], 8));
            socket.receive(new DatagramPacket(new byte[64], 64));
        }
    }

    long served() {
        return served.get();
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    /// Lets nobody in any more, and waits for those who are there.
    void finish() throws InterruptedException {
        stopped = true;
        door.join();
        present.arriveAndAwaitAdvance();
    }

    @Override
    public void close() {
        stopped = true;
    }
}

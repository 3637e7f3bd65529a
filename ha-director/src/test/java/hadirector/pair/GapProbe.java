package hadirector.pair;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// A UDP datagram each millisecond to the VIP, and the longest time without an answer. Make it on a thread inside the client's
/// namespace; [#close] ends it.
final class GapProbe implements AutoCloseable {
    private static final long PERIOD_NANOS = 1_000_000;
    private static final long CATCH_UP_NANOS = 20 * PERIOD_NANOS;
    private static final Duration QUIET = Duration.ofMillis(300);

    private final DatagramChannel socket;
    private final Thread sender;
    private final Thread receiver;
    private volatile boolean stopped;
    private volatile boolean silent;
    private long sent;
    private long answered;
    private long lastNanos;
    private long gapNanos;

    GapProbe(String address, int port) throws IOException {
        socket = DatagramChannel.open();
        socket.connect(new InetSocketAddress(address, port));
        sender = Thread.ofPlatform().daemon().start(this::send);
        receiver = Thread.ofPlatform().daemon().start(this::receive);
    }

    private void send() {
        long due = System.nanoTime();
        while (!stopped) {
            LockSupport.parkNanos(due - System.nanoTime());
            if (System.nanoTime() - due >= 0) {
                due = Math.max(due + PERIOD_NANOS, System.nanoTime() - CATCH_UP_NANOS); // A flood would be lost by the machines of the lab.
                if (!silent) {
                    write();
                }
            }
        }
    }

    private void write() {
        countSent();
        try {
            socket.write(ByteBuffer.allocate(8));
        } catch (IOException _) {
            return; // Refused at this moment: a lost probe.
        }
    }

    private void receive() {
        var buffer = ByteBuffer.allocate(2048);
        while (!stopped) {
            buffer.clear();
            try {
                socket.read(buffer);
                note(System.nanoTime());
            } catch (ClosedChannelException _) {
                return;
            } catch (IOException _) {
                LockSupport.parkNanos(PERIOD_NANOS / 10);
            }
        }
    }

    private synchronized void countSent() {
        sent++;
    }

    private synchronized void note(long now) {
        if (answered++ > 0) {
            gapNanos = Math.max(gapNanos, now - lastNanos);
        }
        lastNanos = now;
    }

    /// The longest gap since the last call, one that still lasts included.
    synchronized Duration takeGap() {
        long gap = Math.max(gapNanos, answered > 0 ? System.nanoTime() - lastNanos : 0);
        gapNanos = 0;
        return Duration.ofNanos(gap);
    }

    /// Sends no more, and waits until nothing has been answered for a while.
    void finish() throws InterruptedException {
        silent = true;
        long before;
        do {
            before = answered();
            Thread.sleep(QUIET);
        } while (answered() > before);
    }

    /// Datagrams without an answer.
    synchronized long lost() {
        return sent - answered;
    }

    synchronized long answered() {
        return answered;
    }

    synchronized long sent() {
        return sent;
    }

    @Override
    public void close() throws IOException {
        stopped = true;
        sender.interrupt();
        socket.close();
        receiver.interrupt();
    }
}

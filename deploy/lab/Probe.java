import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.locks.LockSupport;

/// Measures a gap as a client sees it: `java Probe.java ADDRESS PORT SECONDS` sends a numbered UDP datagram each
/// millisecond from one socket and prints the longest time between two answers, as
/// `sent=N answered=N lost=N gap_ms=N gap_at_epoch_ms=N`.
void main(String[] args) throws Exception {
    var target = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
    long end = System.nanoTime() + Long.parseLong(args[2]) * 1_000_000_000L;
    try (var socket = DatagramChannel.open()) {
        socket.connect(target);
        var answers = new Answers();
        var reader = Thread.ofPlatform().daemon().start(() -> answers.read(socket));
        long sent = 0;
        for (long due = System.nanoTime(); due < end; due += 1_000_000) {
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            send(socket, sent++);
        }
        Thread.sleep(300);
        reader.interrupt();
        IO.println(answers.report(sent));
    }
}

/// A refusal of the moment (nobody has the VIP) is a lost probe, no more.
void send(DatagramChannel socket, long number) {
    try {
        socket.write(ByteBuffer.allocate(8).putLong(0, number));
    } catch (java.io.IOException _) {
        return;
    }
}

static final class Answers {
    private long answered;
    private long last;
    private long gap;
    private long gapAt;

    void read(DatagramChannel socket) {
        var buffer = ByteBuffer.allocate(2048);
        while (!Thread.currentThread().isInterrupted()) {
            buffer.clear();
            try {
                socket.read(buffer);
                note(System.nanoTime());
            } catch (java.nio.channels.ClosedChannelException _) {
                return;
            } catch (java.io.IOException _) {
                LockSupport.parkNanos(100_000);
            }
        }
    }

    private synchronized void note(long now) {
        if (answered++ > 0 && now - last > gap) {
            gap = now - last;
            gapAt = System.currentTimeMillis() - gap / 1_000_000;
        }
        last = now;
    }

    synchronized String report(long sent) {
        return "sent=%d answered=%d lost=%d gap_ms=%d gap_at_epoch_ms=%d"
                .formatted(sent, answered, sent - answered, gap / 1_000_000, gapAt);
    }
}

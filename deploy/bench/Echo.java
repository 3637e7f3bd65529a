import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/// UDP echo: `Echo serve ADDRESS PORT` answers; `Echo ask ADDRESS PORT PER-SECOND SECONDS` asks at an even pace and prints
/// `p50 P99 p99.9 lost`, in ms, of the time from request to answer. A first second is not counted.
void main(String[] args) throws Exception {
    var at = new InetSocketAddress(args[1], Integer.parseInt(args[2]));
    switch (args[0]) {
        case "serve" -> serve(at);
        case "ask" -> ask(at, Integer.parseInt(args[3]), Integer.parseInt(args[4]));
        default -> throw new IllegalArgumentException(args[0]);
    }
}

static final int LENGTH = 64;
static final long LATE_NANOS = 1_000_000_000L;

static void serve(InetSocketAddress at) throws Exception {
    try (var channel = DatagramChannel.open().bind(at)) {
        for (var buffer = ByteBuffer.allocateDirect(2048); ; buffer.clear()) {
            var client = channel.receive(buffer);
            channel.send(buffer.flip(), client);
        }
    }
}

static void ask(InetSocketAddress at, int perSecond, int seconds) throws Exception {
    int warmUp = perSecond;
    int count = perSecond * (seconds + 1);
    var nanos = new long[count];
    Arrays.fill(nanos, Long.MAX_VALUE);
    try (var channel = DatagramChannel.open().connect(at)) {
        Thread.ofPlatform().daemon().start(() -> receive(channel, nanos));
        var buffer = ByteBuffer.allocateDirect(LENGTH);
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long due = start + i * 1_000_000_000L / perSecond;
            for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
                LockSupport.parkNanos(early);
            }
            buffer.clear().putInt(i).putLong(System.nanoTime()).position(LENGTH).flip();
            channel.write(buffer);
        }
        Thread.sleep(LATE_NANOS / 1_000_000);
    }
    var counted = Arrays.copyOfRange(nanos, warmUp, count);
    Arrays.sort(counted);
    long lost = Arrays.stream(counted).filter(n -> n == Long.MAX_VALUE).count();
    IO.println("%.3f %.3f %.3f %d".formatted(at(counted, 0.5), at(counted, 0.99), at(counted, 0.999), lost));
}

static void receive(DatagramChannel channel, long[] nanos) {
    try {
        for (var buffer = ByteBuffer.allocateDirect(2048); ; buffer.clear()) {
            if (channel.read(buffer) >= LENGTH) {
                nanos[buffer.getInt(0)] = System.nanoTime() - buffer.getLong(4);
            }
        }
    } catch (Exception _) {
        // Closed at the end.
    }
}

static double at(long[] sorted, double part) {
    long nanos = sorted[(int) (part * (sorted.length - 1))];
    return nanos == Long.MAX_VALUE ? 9999 : nanos / 1e6;
}

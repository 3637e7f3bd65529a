import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// The clients of the fault lab: `java Clients.java VIP PORT BUSY IDLE`. Each millisecond a UDP datagram from the same port
/// (an established flow) and one from a new port (a new connection); BUSY TCP connections to PORT + 1 that send a line
/// each 10 ms without waiting, IDLE ones that say nothing. Obeys lines on standard input and answers each by one of JSON:
///
/// * `fill` opens connections until there are BUSY and IDLE again
/// * `take` tells the longest silences since the last `take`, the datagrams that had no answer, and how long this process itself stood still
/// * `silence` tells for how many milliseconds the established flow has had no answer
/// * `check` asks on each idle connection, and tells how many connections are dead (5 s without an answer)
void main(String[] args) throws Exception {
    var vip = args[0];
    int port = Integer.parseInt(args[1]);
    var established = new Probes();
    var fresh = new Probes();
    probeFromOnePort(new InetSocketAddress(vip, port), established);
    probeFromNewPorts(new InetSocketAddress(vip, port), fresh);
    var talks = new Talks(new InetSocketAddress(vip, port + 1), Integer.parseInt(args[2]), Integer.parseInt(args[3]));
    for (String line = IO.readln(); line != null; line = IO.readln()) {
        IO.println(
                switch (line) {
                    case "fill" -> "{\"opened\":%d}".formatted(talks.fill());
                    case "check" -> "{\"dead\":%d}".formatted(talks.check());
                    case "silence" -> Long.toString(established.gap.millis());
                    case "take" -> take(established, fresh, talks);
                    default -> "{\"unknown\":true}";
                });
    }
    System.exit(0);
}

/// Between two datagrams of one thread: longer than a millisecond when this process, and not the pair, stood still.
final Silence own = new Silence();

String take(Probes established, Probes fresh, Talks talks) throws Exception {
    var gaps = List.of(established.gap.take(), fresh.gap.take(), talks.takeStall());
    long[] sent = {established.mark(), fresh.mark()};
    Thread.sleep(200); // For the answers to the last datagrams.
    return "{\"flow_gap\":%s,\"new_gap\":%s,\"stall\":%s,\"flow_lost\":%d,\"new_lost\":%d,\"timeouts\":%d,\"own\":%s}"
            .formatted(gaps.get(0), gaps.get(1), gaps.get(2), established.lost(sent[0]), fresh.lost(sent[1]), tcpTimeouts(), own.take());
}

/// Retransmission timeouts of TCP in this network namespace, since it exists (Linux, TcpExt of net/netstat).
long tcpTimeouts() throws IOException {
    var lines = Files.readAllLines(Path.of("/proc/thread-self/net/netstat"));
    var names = List.of(lines.get(0).split(" "));
    return Long.parseLong(lines.get(1).split(" ")[names.indexOf("TCPTimeouts")]);
}

/// The longest time between two signs of life.
static final class Silence {
    private long last = System.nanoTime();
    private long longest;

    synchronized void heard() {
        long now = System.nanoTime();
        longest = Math.max(longest, now - last);
        last = now;
    }

    /// In tenths of a millisecond's precision; one that lasts counts, in this window and with its whole length in the next.
    synchronized double take() {
        long gap = Math.max(longest, System.nanoTime() - last);
        longest = 0;
        return Math.round(gap / 1e5) / 10.0;
    }

    synchronized long millis() {
        return (System.nanoTime() - last) / 1_000_000;
    }
}

/// Numbered datagrams and which of them were answered.
static final class Probes {
    final Silence gap = new Silence();
    private final BitSet answered = new BitSet();
    private int next;
    private int from;

    synchronized int next() {
        return next++;
    }

    synchronized void answered(int number) {
        answered.set(number);
        gap.heard();
    }

    synchronized int mark() {
        return next;
    }

    /// How many from the last time up to `end` had no answer.
    synchronized int lost(long end) {
        int lost = (int) end - from - answered.get(from, (int) end).cardinality();
        from = (int) end;
        return lost;
    }
}

void eachMillisecond(Runnable send) {
    Thread.ofPlatform().daemon().start(() -> {
        for (long due = System.nanoTime(); ; due += 1_000_000) {
            for (long now = System.nanoTime(); now < due; now = System.nanoTime()) {
                LockSupport.parkNanos(due - now);
            }
            send.run();
        }
    });
}

ByteBuffer datagram(int number) {
    return ByteBuffer.allocate(4).putInt(0, number);
}

/// The realserver's answer ends with what it was sent.
void read(DatagramChannel channel, ByteBuffer buffer, Probes probes) throws IOException {
    buffer.clear();
    if (channel.read(buffer) >= 4) {
        probes.answered(buffer.getInt(buffer.position() - 4));
    }
}

void probeFromOnePort(InetSocketAddress vip, Probes probes) throws IOException {
    var channel = DatagramChannel.open().connect(vip);
    Thread.ofPlatform().daemon().start(() -> {
        var buffer = ByteBuffer.allocate(2048);
        while (true) {
            try {
                read(channel, buffer, probes);
            } catch (IOException _) {
                LockSupport.parkNanos(100_000); // Unreachable for the moment: the answer is missing, which is counted.
            }
        }
    });
    eachMillisecond(() -> {
        own.heard();
        try {
            channel.write(datagram(probes.next()));
        } catch (IOException _) {
            return; // As above.
        }
    });
}

void probeFromNewPorts(InetSocketAddress vip, Probes probes) throws IOException {
    var selector = Selector.open();
    Thread.ofPlatform().daemon().start(() -> readAll(selector, probes));
    var open = new ArrayDeque<DatagramChannel>();
    eachMillisecond(() -> {
        int number = probes.next();
        try {
            var channel = DatagramChannel.open().connect(vip);
            open.add(channel);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            selector.wakeup(); // It looks at new ones only as it begins to wait.
            channel.write(datagram(number));
            if (open.size() > 1_000) {
                open.remove().close();
            }
        } catch (IOException _) {
            return;
        }
    });
}

void readAll(Selector selector, Probes probes) {
    var buffer = ByteBuffer.allocate(2048);
    while (true) {
        try {
            selector.select(key -> {
                try (var channel = (DatagramChannel) key.channel()) {
                    read(channel, buffer, probes);
                } catch (IOException _) {
                    key.cancel();
                }
            });
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}

/// A TCP connection to the echo of a realserver, which puts its name before each line.
static final class Talk {
    private final Socket socket = new Socket();
    private final BufferedReader in;
    private final String realserver;
    private final Silence silence = new Silence();
    private volatile boolean dead;
    private boolean busy;

    Talk(InetSocketAddress at) throws IOException {
        socket.setTcpNoDelay(true);
        socket.connect(at, 5_000);
        socket.setSoTimeout(5_000);
        in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
        say("hello");
        String first = in.readLine();
        if (first == null) {
            throw new IOException("closed at once");
        }
        realserver = first.split(" ")[0];
    }

    Talk busy() {
        busy = true;
        Thread.startVirtualThread(() -> orDead(this::send));
        Thread.startVirtualThread(() -> orDead(this::receive));
        return this;
    }

    boolean isBusy() {
        return busy;
    }

    boolean isAlive() {
        return !dead;
    }

    private interface Work {
        void run() throws Exception;
    }

    private void orDead(Work work) {
        try {
            work.run();
        } catch (Exception e) {
            if (!dead) {
                System.err.println("a %s connection died: %s".formatted(busy ? "busy" : "idle", e));
            }
            close();
        }
    }

    private void say(String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes());
    }

    private void send() throws Exception {
        for (long n = 0; !dead; n++) {
            say(Long.toString(n));
            Thread.sleep(10);
        }
    }

    private void receive() throws IOException {
        for (long n = 0; !dead; n++) {
            expect(Long.toString(n));
            silence.heard();
        }
    }

    private void expect(String line) throws IOException {
        String got = in.readLine();
        if (!(realserver + " " + line).equals(got)) {
            throw new IOException("expected " + line + " of " + realserver + ", got " + got);
        }
    }

    void ask() {
        if (!busy) {
            orDead(() -> {
                say("still there?");
                expect("still there?");
            });
        } else if (silence.millis() > 3_000) {
            orDead(() -> {
                throw new IOException("nothing for " + silence.millis() + " ms");
            });
        }
    }

    void close() {
        dead = true;
        try {
            socket.close();
        } catch (IOException _) {
            return;
        }
    }
}

static final class Talks {
    private final InetSocketAddress at;
    private final int busy;
    private final int idle;
    private List<Talk> all = new ArrayList<>();

    Talks(InetSocketAddress at, int busy, int idle) {
        this.at = at;
        this.busy = busy;
        this.idle = idle;
    }

    int fill() throws Exception {
        var living = all.stream().filter(Talk::isAlive).toList();
        int quiet = (int) living.stream().filter(talk -> !talk.isBusy()).count();
        int talking = living.size() - quiet;
        all = new ArrayList<>(living);
        try (var threads = Executors.newFixedThreadPool(16, Thread.ofVirtual().factory())) {
            var opened = Stream.generate(() -> threads.submit(() -> open(at)))
                    .limit((long) idle - quiet + busy - talking).toList();
            for (int i = 0; i < opened.size(); i++) {
                var talk = opened.get(i).get();
                all.add(i < busy - talking ? talk.busy() : talk);
            }
            return opened.size();
        }
    }

    /// What was broken before may still be so for a while.
    private static Talk open(InetSocketAddress at) throws IOException, InterruptedException {
        long until = System.nanoTime() + 60_000_000_000L;
        while (true) {
            try {
                return new Talk(at);
            } catch (IOException e) {
                if (System.nanoTime() - until >= 0) {
                    throw e;
                }
                Thread.sleep(200);
            }
        }
    }

    int check() throws InterruptedException {
        var asking = all.stream().map(talk -> Thread.startVirtualThread(talk::ask)).toList();
        for (var thread : asking) {
            thread.join();
        }
        return (int) all.stream().filter(talk -> !talk.isAlive()).count();
    }

    double takeStall() {
        return all.stream().filter(talk -> talk.isBusy() && talk.isAlive()).mapToDouble(talk -> talk.silence.take()).max().orElse(0);
    }
}

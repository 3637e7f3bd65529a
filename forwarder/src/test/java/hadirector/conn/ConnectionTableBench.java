package hadirector.conn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// A table of a million NAT connections, asked in random order. Budget: 0 B/op; find 60 ns, insert 300 ns, expire 200 ns; 260 bytes a
/// connection. Thread CPU time on a busy machine (load 18 on 4 processors): find 28 ns of 1,000 connections, 150 of 64,000, 230-280
/// of a million, where it waits for two cache lines and their page tables; insert 280-330, expire 130-145. The set-up prints what the process grew by.
/// `deploy/bench/jmh forwarder ConnectionTableBench -prof gc`
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
public class ConnectionTableBench {
    private static final int BATCH = 1_000;
    private static final int VIP = 0xc000020a;
    private static final long TIMEOUT = 60_000_000_000L;

    @Param("1000000")
    public int connections;

    private final Groups groups = new Groups();
    private final Silent silent = new Silent();
    private ConnectionTable table = new ConnectionTable(1, 0, 0, groups, silent);
    private SplittableRandom random = new SplittableRandom(1);
    private long now;
    private int first;
    private int next;

    @Setup
    public void fill() throws IOException {
        table.close();
        random = new SplittableRandom(1);
        groups.open(groups.index(1), 1, 0);
        long before = residentKilobytes();
        table = new ConnectionTable(connections + BATCH, 42, 0, groups, silent);
        long empty = residentKilobytes();
        for (next = 0; next < connections; next++) {
            insert(next, TIMEOUT * 10);
        }
        System.out.printf(
                "resident: table of %,d empty %,d KiB, full %,d KiB, %d bytes a connection%n",
                connections,
                empty - before,
                residentKilobytes() - before,
                (residentKilobytes() - before) * 1024 / connections);
    }

    private static long residentKilobytes() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            var line = lines.filter(l -> l.startsWith("VmRSS:")).findAny().orElseThrow();
            return Long.parseLong(line.replaceAll("\\D", ""));
        }
    }

    private int insert(int i, long deadline) {
        int state = ConnectionState.ESTABLISHED.number();
        int real = 0x0a010000 + i % 3;
        return table.insert(6, client(i), port(i), VIP, 80, real, 80, 0, state, 1, i % 3, 0, deadline, now);
    }

    private static int client(int i) {
        return 0x0b000000 + i / 50_000;
    }

    private static int port(int i) {
        return 1_024 + i % 50_000;
    }

    @Benchmark
    public int find() {
        int i = first + random.nextInt(connections);
        return table.find(6, client(i), port(i), VIP, 80);
    }

    @Benchmark
    public int findReply() {
        int i = first + random.nextInt(connections);
        return table.find(6, 0x0a010000 + i % 3, 80, client(i), port(i));
    }

    @Benchmark
    public int findNothing() {
        return table.find(6, 0x0c000000, random.nextInt(0x10000), VIP, 80);
    }

    /// What a packet of a known connection costs here.
    @Benchmark
    public void findAndTouch() {
        now += 100;
        table.deadline(ConnectionTable.slot(find()), now + TIMEOUT);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void insertAndRemove() {
        now += ConnectionTable.QUARANTINE_NANOS;
        for (int i = 0; i < BATCH; i++) {
            table.remove(ConnectionTable.slot(table.find(6, client(first), port(first), VIP, 80)), now);
            first++;
            insert(next++, now + TIMEOUT * 10);
        }
    }

    /// What the walk that checks the sums of the shards costs for each slot.
    @Benchmark
    @OperationsPerInvocation(8_192)
    public void walk() {
        now += 4_000_000_000L;
        table.shards().walk(now);
    }

    /// A batch of connections ends by its timeout and is replaced.
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int insertAndExpire() {
        for (int i = 0; i < BATCH; i++) {
            insert(next + i, now + 1);
        }
        now += 1_000_000_000;
        return table.expire(now, Integer.MAX_VALUE, silent);
    }

    @TearDown
    public void close() {
        table.close();
    }

    private static final class Silent extends NoListener implements Expiry {
        @Override
        public long timeoutNanos(int slot) {
            return 1;
        }

        @Override
        public long lastChance(int slot, long at) {
            return at;
        }

        @Override
        public void expired(int slot) {}
    }
}

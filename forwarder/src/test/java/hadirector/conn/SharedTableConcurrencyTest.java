package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.forward.FlowRecords;
import hadirector.model.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Readers, as the processors that run the program, against the one writer. Half of the connections stand all the time, among
/// cells that come, go and move.
class SharedTableConcurrencyTest {
    private static final int CONNECTIONS = 2_000;
    private static final int READERS = 3;
    private static final int CHANGES = 200_000;
    private static final IpAddress VIP = IpAddress.of("192.0.2.10");
    private static final IpAddress REAL = IpAddress.of("10.1.0.11");

    /// A processor is never kept from going on for so long while it holds a slot; a thread here may be.
    private static final long STALL_NANOS = ConnectionTable.QUARANTINE_NANOS / 2;

    private final KeyHash hashing = new KeyHash(11);
    private final SharedReader shared = new SharedReader(CONNECTIONS, hashing);
    private final Groups groups = new Groups();
    private final int group = groups.index(1);
    private final ConnectionTable table =
            new ConnectionTable(CONNECTIONS, hashing, System.nanoTime(), groups, new NoListener(), shared);
    private final int[] slots = new int[CONNECTIONS];
    private final AtomicLong hits = new AtomicLong();
    private final AtomicLong misses = new AtomicLong();
    private volatile boolean ended;

    private static IpAddress client(int i) {
        return IpAddress.v4(0x0b000000 + i / 500);
    }

    private static int port(int i) {
        return 1_024 + i % 500;
    }

    private void connect(int i) {
        var client = client(i);
        int slot = table.insert(
                6, 0, client.low(), port(i), 0, VIP.low(), 80, 0, REAL.low(), 80, 0, 1, 0, 0, group, 0, System.nanoTime());
        assertThat(slot).isNotNegative();
        slots[i] = slot;
        for (int direction = 0; direction < 2; direction++) {
            var records = table.records(slot);
            long record = table.recordAt(slot, direction);
            FlowRecords.toRealServer(records, record, 0, VIP.low(), 80, 0, i, i);
            FlowRecords.nextHop(records, record, i, i, i + 1);
            FlowRecords.flags(records, record, FlowRecord.OFFLOAD);
        }
    }

    @Test
    @Timeout(60)
    void aReaderFindsTheRightConnectionOrNone() throws Exception {
        for (int i = 0; i < CONNECTIONS / 2; i++) {
            connect(i);
        }
        try (var readers = Executors.newFixedThreadPool(READERS)) {
            var results = new ArrayList<java.util.concurrent.Future<Void>>();
            for (int reader = 0; reader < READERS; reader++) {
                var random = new SplittableRandom(reader);
                results.add(readers.submit((Callable<Void>) () -> read(random)));
            }
            try {
                change();
            } finally {
                ended = true;
            }
            for (var result : results) {
                result.get();
            }
        }
        assertThat(hits.get()).isPositive();
        table.close();
    }

    private void change() throws InterruptedException {
        var random = new SplittableRandom(99);
        List<Integer> standing = new ArrayList<>();
        for (int change = 0; change < CHANGES; change++) {
            boolean full = standing.size() == CONNECTIONS / 2;
            if (full || (!standing.isEmpty() && random.nextBoolean())) {
                int i = standing.removeLast();
                table.remove(slots[i], System.nanoTime());
            } else {
                int i = free(standing, random);
                connect(i);
                standing.add(random.nextInt(standing.size() + 1), i);
            }
            if (change % 8_000 == 0) {
                TimeUnit.NANOSECONDS.sleep(ConnectionTable.QUARANTINE_NANOS); // There are not slots for all of them.
            }
        }
    }

    private static int free(List<Integer> standing, SplittableRandom random) {
        int i = CONNECTIONS / 2 + random.nextInt(CONNECTIONS / 2);
        while (standing.contains(i)) {
            i = CONNECTIONS / 2 + (i + 1) % (CONNECTIONS / 2);
        }
        return i;
    }

    private Void read(SplittableRandom random) {
        while (!ended) {
            int i = random.nextInt(CONNECTIONS);
            boolean reply = random.nextBoolean();
            long begun = System.nanoTime();
            int flow = reply ? shared.find(6, REAL, 80, client(i), port(i)) : shared.find(6, client(i), port(i), VIP, 80);
            if (flow == ConnectionTable.NONE) {
                misses.incrementAndGet();
                continue;
            }
            var records = shared.chunk(flow);
            long record = SharedReader.recordAt(flow);
            boolean offloaded = (FlowRecords.flags(records, record) & FlowRecord.OFFLOAD) != 0;
            int port = FlowRecords.port(records, record);
            int ifindex = FlowRecords.ifindex(records, record);
            long mac = FlowRecords.destinationMac(records, record);
            if (offloaded && System.nanoTime() - begun < STALL_NANOS) {
                hits.incrementAndGet();
                assertThat(flow & 1).isEqualTo(reply ? 1 : 0);
                assertThat(port).isEqualTo(i);
                assertThat(ifindex).isEqualTo(i + 1);
                assertThat(mac).isEqualTo(i);
            }
        }
        return null;
    }
}

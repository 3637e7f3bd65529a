package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.conn.Expiry;
import hadirector.conn.FlowRecord;
import hadirector.conn.Groups;
import hadirector.conn.NoListener;
import hadirector.forward.FlowRecords;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Connections whose packets only the kernel sees, at any time of the clock.
class IdleTest implements Expiry {
    private static final long SECOND = 1_000_000_000L;
    private static final long STEP = SECOND / 10;

    /// Two ticks of the wheel, and a step of this test.
    private static final long LATE_MAX = 2 * (1L << 28) + STEP;

    private final Random random = new Random(21);
    private final long begun = random.nextLong();
    private final Groups groups = new Groups();
    private final int group = groups.index(1);
    private final ConnectionTable table = new ConnectionTable(10, 1, begun, groups, new NoListener());
    private long timeout;

    @AfterEach
    void close() {
        table.close();
    }

    private int connect(ConnectionState state, long now) {
        groups.open(group, 1, now - 1_000 * SECOND);
        int slot = table.insert(6, 1, 1, 2, 80, 3, 80, 0, state.number(), 0, 0, group, now + timeout, now);
        assertThat(slot).isNotNegative();
        return slot;
    }

    /// Runs the clock from `now` until the connection ends; when that was.
    private long end(int slot, long now) {
        for (long at = now; at - now < 100 * timeout; at += STEP) {
            int _ = table.expire(at, 10, this);
            if (!table.live(slot)) {
                return at;
            }
        }
        throw new AssertionError("the connection does not end");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 60, 900})
    void aConnectionOfWhichTheKernelSawNothingEndsByItsEntry(long seconds) {
        timeout = seconds * SECOND;
        int slot = connect(ConnectionState.FIN_WAIT, begun);
        assertThat(end(slot, begun) - begun - timeout).isBetween(0L, LATE_MAX);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 60, 900})
    void aConnectionEndsItsTimeoutAfterTheLastPacketThatTheKernelSawInEitherDirection(long seconds) {
        timeout = seconds * SECOND;
        int slot = connect(ConnectionState.ESTABLISHED, begun);
        long now = begun;
        for (int packet = 0; packet < 200; packet++) {
            long next = now + random.nextLong(timeout);
            for (; next - now > 0; now += Math.min(STEP, next - now)) {
                int _ = table.expire(now, 10, this);
                assertThat(table.live(slot)).as("after %d packets", packet).isTrue();
            }
            FlowRecords.touch(table.records(slot), table.recordAt(slot, random.nextInt(2)), FlowRecord.time(now));
        }
        assertThat(end(slot, now) - now - timeout).isBetween(0L, LATE_MAX);
    }

    @Override
    public long timeoutNanos(int slot) {
        return timeout;
    }

    @Override
    public long lastChance(int slot, long now) {
        return Idle.deadline(table.records(slot), table.recordAt(slot, 0), table.recordAt(slot, 1), timeout, now);
    }

    @Override
    public void expired(int slot) {}
}

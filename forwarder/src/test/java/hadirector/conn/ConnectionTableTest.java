package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionTableTest {
    private final TestTable test = new TestTable(2, 1, 0);
    private final ConnectionTable table = test.table;
    private final int group = test.groups.index(TestTable.GROUP_ID);
    private final Random random = new Random(3);

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void aNewConnectionHasEmptyFlowRecordsOfItsSlotsGeneration() {
        long now = 0;
        for (int generation = 0; generation < 3; generation++) {
            int slot = test.insert(TestTable.connection(random), 1, group, TestTable.SECOND, now);
            assertThat(slot).isZero();
            assertThat(table.generation(slot)).isEqualTo(generation);
            for (int direction = 0; direction < 2; direction++) {
                var record = table.records(slot).asSlice(table.recordAt(slot, direction), FlowRecord.LENGTH);
                assertThat(record.get(ValueLayout.JAVA_SHORT, FlowRecord.GENERATION)).isEqualTo((short) generation);
                record.set(ValueLayout.JAVA_SHORT, FlowRecord.GENERATION, (short) 0);
                assertThat(record.toArray(ValueLayout.JAVA_LONG)).containsOnly(0);
                record.fill((byte) -1);
            }
            table.remove(slot, now);
            now += ConnectionTable.QUARANTINE_NANOS;
        }
    }

    @Test
    void keepsWhatTheEngineStores() {
        int slot = table.insert(
                6, 0xc0000201, 65_535, 0xc000020a, 443, 0x0a01000b, 8_443, 2, 3, 65_534, 9, group, 77, 0);
        assertThat(table.protocol(slot)).isEqualTo(6);
        assertThat(table.addressV4(slot, EntryLayout.CLIENT)).isEqualTo(0xc0000201);
        assertThat(table.addressHigh(slot, EntryLayout.REAL)).isZero();
        assertThat(table.addressLow(slot, EntryLayout.REAL)).isEqualTo(0xffff_0a01_000bL);
        assertThat(table.port(slot, EntryLayout.CLIENT_PORT)).isEqualTo(65_535);
        assertThat(table.port(slot, EntryLayout.VIRTUAL_PORT)).isEqualTo(443);
        assertThat(table.port(slot, EntryLayout.REAL_PORT)).isEqualTo(8_443);
        assertThat(table.method(slot)).isEqualTo(2);
        assertThat(table.state(slot)).isEqualTo(3);
        assertThat(table.service(slot)).isEqualTo(65_534);
        assertThat(table.server(slot)).isEqualTo(9);
        assertThat(table.group(slot)).isEqualTo(group);
        assertThat(table.deadline(slot)).isEqualTo(77);
        table.server(slot, ConnectionTable.NO_SERVER);
        assertThat(table.server(slot)).isEqualTo(ConnectionTable.NO_SERVER);
    }

    @Test
    void connectionsOfABackupStayUntilTheirGroupIsGone() {
        int slot = test.insert(TestTable.connection(random), 1, group, 0, 0);
        long now = 600 * TestTable.SECOND;
        int _ = table.expire(now, 10, new NoTime());
        assertThat(table.live(slot)).isTrue();

        test.groups.retain(id -> id != TestTable.GROUP_ID);
        int _ = table.expire(2 * now, 10, new NoTime());
        assertThat(table.size()).isZero();
    }

    private static final class NoTime implements Expiry {
        @Override
        public long timeoutNanos(int slot) {
            return TestTable.SECOND;
        }

        @Override
        public long lastChance(int slot, long now) {
            return now;
        }

        @Override
        public void expired(int slot) {}
    }

    @Test
    void refusesAnImpossibleSize() {
        assertThatThrownBy(() -> new TestTable(0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}

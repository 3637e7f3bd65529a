package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
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
    void aNewConnectionHasEmptyFlowRecordsButForGroupAndServer() {
        long now = 0;
        for (int generation = 0; generation < 3; generation++) {
            int slot = table.insert(6, 1, 1, 2, 80, 3, 80, 0, 0, 7, 300, group, TestTable.SECOND, now);
            assertThat(slot).isZero();
            assertThat(table.generation(slot)).isEqualTo(generation);
            for (int direction = 0; direction < 2; direction++) {
                var record = table.records(slot).asSlice(table.recordAt(slot, direction), FlowRecord.LENGTH);
                assertThat(record.get(ValueLayout.JAVA_SHORT, FlowRecord.GROUP)).isEqualTo((short) group);
                assertThat(record.get(ValueLayout.JAVA_SHORT, FlowRecord.SERVER)).isEqualTo((short) 300);
                record.set(ValueLayout.JAVA_SHORT, FlowRecord.GROUP, (short) 0);
                record.set(ValueLayout.JAVA_SHORT, FlowRecord.SERVER, (short) 0);
                assertThat(record.toArray(ValueLayout.JAVA_LONG)).containsOnly(0);
                record.fill((byte) -1);
            }
            table.remove(slot, now);
            now += ConnectionTable.QUARANTINE_NANOS;
        }
    }

    @Test
    void aConnectionThatIsGivenToAnotherGroupIsReplicatedAndFoundThere() {
        int slot = table.insert(6, 1, 1, 2, 80, 3, 80, 0, 0, 7, 0, group, TestTable.SECOND, 0);
        int other = test.groups.index(TestTable.GROUP_ID + 1);
        test.groups.open(other, 1, 0);
        table.recording(true);
        table.group(slot, other);
        assertThat(table.group(slot)).isEqualTo(other);
        assertThat(table.dirty().peek()).as("told as its new group's").isEqualTo(slot);
        for (int direction = 0; direction < 2; direction++) {
            assertThat(table.records(slot).get(ValueLayout.JAVA_SHORT, table.recordAt(slot, direction) + FlowRecord.GROUP))
                    .isEqualTo((short) other);
        }
    }

    /// As after a halt of the machine between the beginning of a turn and what frees the slot.
    @Test
    void aSlotThatWasFreedInALongTurnRestsFromItsEnd() {
        long halt = 10 * ConnectionTable.QUARANTINE_NANOS;
        table.turn(5);
        table.remove(table.insert(6, 1, 1_000, 2, 80, 3, 80, 0, 0, 7, 0, group, 77, 5), 5);
        for (long now : new long[] {halt, halt + ConnectionTable.QUARANTINE_NANOS / 2, halt + ConnectionTable.QUARANTINE_NANOS - 1}) {
            table.turn(now);
            assertThat(table.insert(6, 1, 1_001, 2, 80, 3, 80, 0, 0, 7, 0, group, 77, now)).isPositive();
            table.remove(table.slotsUsed() - 1, now);
        }
        long rested = halt + ConnectionTable.QUARANTINE_NANOS;
        table.turn(rested);
        assertThat(table.insert(6, 1, 1_001, 2, 80, 3, 80, 0, 0, 7, 0, group, 77, rested)).isZero();
    }

    @Test
    void oneLookUpTellsEitherDirection() {
        int slot = table.insert(6, 1, 1_000, 2, 80, 3, 8_080, 0, 0, 7, 0, group, 77, 0);
        int there = table.find(6, 1, 1_000, 2, 80);
        int back = table.find(6, 3, 8_080, 1, 1_000);
        assertThat(ConnectionTable.slot(there)).isEqualTo(slot);
        assertThat(ConnectionTable.direction(there)).isZero();
        assertThat(ConnectionTable.slot(back)).isEqualTo(slot);
        assertThat(ConnectionTable.direction(back)).isOne();
        assertThat(ConnectionTable.slot(table.find(6, 2, 80, 1, 1_000))).isEqualTo(ConnectionTable.NONE);
    }

    @Test
    void packetsThatCouldBelongToTwoConnectionsMakeNoSecondOne() {
        int slot = table.insert(6, 1, 1_000, 2, 80, 3, 80, 0, 0, 7, 0, group, 77, 0);
        assertThat(slot).isNotNegative();
        assertThat(table.insert(6, 1, 1_000, 2, 80, 9, 80, 0, 0, 7, 0, group, 77, 0)).isEqualTo(ConnectionTable.EXISTS);
        assertThat(table.insert(6, 1, 1_000, 4, 80, 3, 80, 0, 0, 7, 0, group, 77, 0)).isEqualTo(ConnectionTable.REPLY_TAKEN);
        assertThat(table.insert(6, 3, 80, 1, 1_000, 9, 80, 0, 0, 7, 0, group, 77, 0)).isEqualTo(ConnectionTable.REPLY_TAKEN);
        assertThat(table.insert(6, 5, 5, 5, 5, 5, 5, 0, 0, 7, 0, group, 77, 0)).isEqualTo(ConnectionTable.REPLY_TAKEN);
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
        long record = table.recordAt(slot, 1);
        assertThat(table.records(slot).get(ValueLayout.JAVA_SHORT, record + FlowRecord.SERVER)).isEqualTo((short) -1);
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
    void withoutMemoryForMoreATableIsFullUntilThereIsSome() {
        var memory = new ScarceMemory();
        try (var scarce = new ConnectionTable(2, new KeyHash(1), 0, test.groups, new NoListener(), memory)) {
            assertThat(TestTable.insert(scarce, TestTable.connection(random), 1, group, 0, 0)).isEqualTo(ConnectionTable.FULL);
            memory.isThere = true;
            assertThat(TestTable.insert(scarce, TestTable.connection(random), 1, group, 0, 0)).isZero();
        }
    }

    private static final class ScarceMemory implements TableMemory {
        private final TableMemory arena = TableMemory.ofArena();
        boolean isThere;

        @Override
        public MemorySegment index(long bytes) {
            return arena.index(bytes);
        }

        @Override
        public MemorySegment chunk(int number, long bytes) {
            return isThere ? arena.chunk(number, bytes) : MemorySegment.NULL;
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    @Test
    void refusesAnImpossibleSize() {
        assertThatThrownBy(() -> new TestTable(0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}

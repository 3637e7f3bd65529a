package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.TestTable.Connection;
import hadirector.conn.TestTable.FlowKey;
import hadirector.model.IpAddress;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A follower whose table is not what it was told: found out and mended, and only then.
class ShardRepairTest {
    private static final int GROUP = TestTable.GROUP_ID;
    private static final int PEER = 1;
    private static final int ESTABLISHED = ConnectionState.ESTABLISHED.number();
    private static final int CONNECTIONS = 2_000;
    private static final int ROUND = 9; // Of eight shards each, and one more.

    private final TestDirector holder = new TestDirector(2 * CONNECTIONS, 1 << 14, 1, 0);
    private final TestDirector backup = new TestDirector(2 * CONNECTIONS, 1 << 14, 2, 0);
    private long now = 1;

    @BeforeEach
    void copy() {
        holder.replication.open(GROUP, 3, now);
        holder.replication.replicate(true);
        backup.replication.replicate(true);
        for (int i = 0; i < CONNECTIONS; i++) {
            holder.insert(connection(i), ESTABLISHED, now);
        }
        holder.replication.snapshot(GROUP, PEER);
        turn(20);
        assertThat(backup.connections()).isEqualTo(holder.connections()).hasSize(CONNECTIONS);
        backup.events.clear();
    }

    @AfterEach
    void close() {
        holder.close();
        backup.close();
    }

    private static Connection connection(int i) {
        var key = new FlowKey(6, IpAddress.v4(0x0a000000 + i), 40_000, IpAddress.v4(0x0a640001), 80);
        return new Connection(key, IpAddress.v4(0x0a010001 + i % 3), 8_080, i % 2 == 0 ? 0 : 3);
    }

    /// Half a second each, in which the holder tells of eight shards, and the backup asks for what differs.
    private void turn(int times) {
        for (int i = 0; i < times; i++) {
            now += TableReplication.DIGESTS_NANOS;
            holder.replication.run(now);
            holder.passTo(backup, PEER, Integer.MAX_VALUE, now);
            boolean more = true;
            while (more) {
                more = backup.replication.run(now);
            }
            backup.differing.forEach(shard -> holder.replication.resend(GROUP, PEER, shard));
            backup.differing.clear();
        }
    }

    private List<String> events() {
        return backup.events;
    }

    private int slot(int connection) {
        return backup.test.find(connection(connection).key());
    }

    /// Flips a bit of the entry behind the table's back.
    private void flip(int slot, long field) {
        var memory = backup.test.table.records(slot);
        long at = Entries.slotAt(slot) + field;
        memory.set(ValueLayout.JAVA_BYTE, at, (byte) (memory.get(ValueLayout.JAVA_BYTE, at) ^ 2));
    }

    @Test
    void equalTablesDifferInNothingHoweverTheyChange() {
        var random = new Random(1);
        int next = CONNECTIONS;
        for (int i = 0; i < 2 * ROUND; i++) {
            for (int n = 0; n < 50; n++) {
                int slot = holder.test.find(connection(random.nextInt(next)).key());
                if (slot != ConnectionTable.NONE && random.nextBoolean()) {
                    holder.test.table.remove(slot, now);
                } else if (slot != ConnectionTable.NONE) {
                    holder.test.table.state(slot, random.nextInt(ConnectionState.UDP.number()));
                }
                holder.insert(connection(next++), ESTABLISHED, now);
            }
            turn(1);
        }
        assertThat(backup.compared).isGreaterThan(2 * Shards.COUNT);
        assertThat(events()).isEmpty();
        assertThat(backup.connections()).isEqualTo(holder.connections());
    }

    @Test
    void aLostEntryComesBack() {
        backup.test.table.remove(slot(7), now);
        turn(ROUND);
        assertThat(events()).hasSize(2).first().asString().matches("shard \\d+ has (\\d+) entries of \\d+");
        assertThat(events().getLast()).endsWith(" 0 removed");
        assertThat(backup.connections()).isEqualTo(holder.connections());
    }

    @Test
    void anEntryTooManyGoes() {
        backup.insert(connection(1_000_000), ESTABLISHED, now);
        turn(ROUND);
        assertThat(events()).hasSize(2);
        assertThat(events().getLast()).endsWith(" 1 removed");
        assertThat(backup.connections()).isEqualTo(holder.connections());
    }

    @Test
    void anotherStateIsMended() {
        backup.test.table.state(slot(7), ConnectionState.CLOSE.number());
        turn(ROUND);
        assertThat(events()).hasSize(2);
        assertThat(backup.connections()).isEqualTo(holder.connections());
    }

    @ParameterizedTest(name = "byte {0}")
    @ValueSource(longs = {EntryLayout.REAL + 15, EntryLayout.REAL_PORT, EntryLayout.CLIENT + 15, EntryLayout.VIRTUAL_PORT})
    void memoryThatWasOverwrittenIsFoundByTheWalkAndMended(long field) {
        for (int connection : new int[] {6, 7}) {
            flip(slot(connection), field);
        }
        turn(3 * ROUND);
        assertThat(events()).hasSizeGreaterThanOrEqualTo(2);
        assertThat(backup.connections()).isEqualTo(holder.connections());
    }

    @Test
    void whatCannotBeMendedIsAskedForEverMoreSeldom() {
        int refused = holder.test.find(connection(7).key());
        holder.test.table.remove(refused, now);
        var key = new FlowKey(6, IpAddress.v4(0x0a000007), 40_000, IpAddress.v4(0x0a640001), 81); // No service of the backup's.
        holder.insert(new Connection(key, IpAddress.v4(0x0a010001), 8_080, 0), ESTABLISHED, now);
        turn(1_000);
        assertThat(events().stream().filter(event -> event.contains(" entries of "))).hasSizeBetween(4, 9);
    }

    @Test
    void nothingIsComparedBeforeTheSnapshotIsWholeNorByAHolder() {
        backup.replication.open(GROUP, 9, now);
        backup.test.table.remove(slot(7), now);
        turn(ROUND);
        assertThat(events()).isEmpty();
    }

    @Test
    void whatIsKeptHereIsToldToNobody() {
        holder.test.table.keep(service -> service == 7);
        holder.insert(connection(1_000_000), ESTABLISHED, now);
        holder.replication.snapshot(GROUP, PEER);
        turn(2 * ROUND);
        assertThat(backup.connections()).hasSize(CONNECTIONS);
        assertThat(holder.connections()).hasSize(CONNECTIONS + 1);
        assertThat(events()).containsExactly("snapshot of epoch 3 verified, " + CONNECTIONS + " entries");
    }
}

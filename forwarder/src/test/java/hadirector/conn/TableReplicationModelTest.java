package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/// Random life of a holder's table with a slow link to a backup, and a joiner that gets a snapshot in the middle of it; in
/// the end all three are equal. The seed is the repetition's number.
class TableReplicationModelTest {
    private static final int GROUP = TestTable.GROUP_ID;
    private static final int BACKUP = 1;
    private static final int JOINER = 2;
    private static final int OPERATIONS = 3_000;

    @RepeatedTest(40)
    void theOtherDirectorsEndWithTheHoldersTable(RepetitionInfo run) {
        var r = new Random(run.getCurrentRepetition());
        long now = r.nextLong();
        int capacity = 20 + r.nextInt(300);
        int roomy = 20 * capacity; // Freed slots rest, and here a backlog of changes arrives in no time.
        int ring = 4 << r.nextInt(6);
        try (var holder = new TestDirector(capacity, ring, r.nextLong(), now);
                var backup = new TestDirector(roomy, 8_192, r.nextLong(), now);
                var joiner = new TestDirector(roomy, 8_192, r.nextLong(), now)) {
            holder.replication.open(GROUP, 3, now);
            holder.replication.replicate(true);
            holder.replication.run(now);
            leaveStaleConnections(joiner, r, now);
            for (int i = 0; i < OPERATIONS; i++) {
                now += r.nextLong(20_000_000);
                operate(holder, r, now);
                if (i == OPERATIONS / 2) {
                    holder.replication.snapshot(GROUP, JOINER);
                }
                if (r.nextInt(4) == 0) {
                    turn(holder, backup, joiner, r.nextInt(ring + 1), now);
                }
            }
            holder.replication.handover(GROUP, JOINER, 4);
            for (int i = 0; i < OPERATIONS; i++) {
                turn(holder, backup, joiner, ring, now);
            }
            assertThat(backup.refused + joiner.refused).isZero();
            assertThat(backup.connections()).isEqualTo(holder.connections());
            assertThat(joiner.connections()).isEqualTo(holder.connections());
            assertThat(joiner.events).hasSize(2);
            assertThat(joiner.events.getFirst()).startsWith("snapshot of epoch 3 verified");
            assertThat(joiner.events.getLast())
                    .isEqualTo("handover at epoch 4 with " + holder.test.table.size() + " connections");
            assertThat(backup.refused + joiner.refused).isZero();
            assertThat(holder.test.table.dirty().peek()).isEqualTo(ConnectionTable.NONE);
        }
    }

    private static void leaveStaleConnections(TestDirector joiner, Random r, long now) {
        for (int i = 0; i < 10; i++) {
            var connection = TestTable.connection(r);
            joiner.insert(connection, TestTable.someState(r, connection), now);
        }
    }

    private static void operate(TestDirector holder, Random r, long now) {
        var table = holder.test.table;
        var connection = TestTable.connection(r);
        int slot = holder.test.find(connection.key());
        if (slot == ConnectionTable.NONE) {
            holder.insert(connection, TestTable.someState(r, connection), now);
        } else if (r.nextBoolean()) {
            table.remove(slot, now);
            holder.insert(connection, TestTable.someState(r, connection), now); // At once on another realserver.
        } else if (r.nextBoolean()) {
            table.remove(slot, now);
        } else {
            table.state(slot, TestTable.someState(r, connection));
            table.deadline(slot, now + TestDirector.TIMEOUT);
        }
        table.expire(now, 10, holder);
    }

    private static void turn(TestDirector holder, TestDirector backup, TestDirector joiner, int limit, long now) {
        holder.replication.run(now);
        holder.replication.changes().drain(
                (kind, group, peer, epoch, entry, at) -> {
                    if (peer == ReplicatedTable.EVERY_PEER || peer == BACKUP) {
                        backup.receive(kind, group, epoch, entry, at, 1);
                    }
                    if (peer == ReplicatedTable.EVERY_PEER || peer == JOINER) {
                        joiner.receive(kind, group, epoch, entry, at, 1);
                    }
                },
                limit);
        backup.replication.run(now);
        joiner.replication.run(now);
    }
}

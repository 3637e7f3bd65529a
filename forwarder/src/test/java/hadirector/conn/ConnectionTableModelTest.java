package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.TestTable.Connection;
import hadirector.conn.TestTable.FlowKey;
import hadirector.conn.TestTable.ReplyKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/// Random operations on a small table and on maps; both must agree after every one. The seed is the repetition's number.
class ConnectionTableModelTest implements Expiry {
    private static final int OPERATIONS = 1_500;
    private static final long TICK = 1L << 28;
    private static final long TIMEOUT = 5 * TestTable.SECOND;

    private static final class Modelled {
        final Connection connection;
        final int slot;
        final int generation;
        int state;
        long deadline;

        Modelled(Connection connection, int slot, int generation, int state, long deadline) {
            this.connection = connection;
            this.slot = slot;
            this.generation = generation;
            this.state = state;
            this.deadline = deadline;
        }
    }

    private final Map<FlowKey, Modelled> model = new HashMap<>();
    private final Map<ReplyKey, FlowKey> replies = new HashMap<>();
    private final Map<Integer, Long> freedAt = new HashMap<>();
    private final Map<Integer, Long> seenLately = new HashMap<>();
    private Random r = new Random();
    private long now;
    private TestTable test = new TestTable(1, 0, 0);

    @RepeatedTest(60)
    void agreesWithAMap(RepetitionInfo run) {
        r = new Random(run.getCurrentRepetition());
        now = r.nextLong();
        int capacity = 1 + r.nextInt(r.nextBoolean() ? 40 : 400);
        try (var made = new TestTable(capacity, r.nextLong(), now)) {
            test = made;
            test.groups.open(test.groups.index(TestTable.GROUP_ID), 1, now - TIMEOUT);
            for (int i = 0; i < OPERATIONS; i++) {
                operate(capacity);
                check();
            }
        }
    }

    private void operate(int capacity) {
        var connection = TestTable.connection(r);
        var existing = model.get(connection.key());
        switch (r.nextInt(10)) {
            case 0, 1, 2, 3 -> insert(connection, capacity);
            case 4 -> remove(existing);
            case 5 -> state(existing);
            case 6, 7 -> touch(existing);
            case 8 -> expire(r.nextInt(3) == 0 ? r.nextLong(3 * TICK) : r.nextLong(TICK / 4));
            default -> {
                if (r.nextInt(40) == 0) {
                    expire(r.nextLong(6_000 * TICK)); // Further than the wheel reaches.
                }
            }
        }
    }

    private void insert(Connection c, int capacity) {
        int state = TestTable.someState(r, c);
        long deadline = now + (r.nextInt(8) == 0 ? r.nextLong(9_000 * TICK) : r.nextLong(20 * TICK));
        boolean hadRoom = model.size() < capacity && model.size() + resting() < TableLayout.slots(capacity);
        int slot = test.insert(c, state, 0, deadline, now);
        if (model.containsKey(c.key())) {
            assertThat(slot).isEqualTo(ConnectionTable.EXISTS);
        } else if (c.method() == 0 && replies.containsKey(c.reply())) {
            assertThat(slot).isEqualTo(ConnectionTable.REPLY_TAKEN);
        } else if (!hadRoom) {
            assertThat(slot).isEqualTo(ConnectionTable.FULL);
        } else {
            assertThat(slot).isNotNegative();
            Long freed = freedAt.get(slot);
            if (freed != null) {
                assertThat(now - freed).isGreaterThanOrEqualTo(ConnectionTable.QUARANTINE_NANOS);
            }
            enter(new Modelled(c, slot, test.table.generation(slot), state, deadline));
        }
    }

    private void enter(Modelled entry) {
        model.put(entry.connection.key(), entry);
        if (entry.connection.method() == 0) {
            replies.put(entry.connection.reply(), entry.connection.key());
        }
        freedAt.remove(entry.slot);
    }

    private long resting() {
        return freedAt.values().stream().filter(at -> now - at < ConnectionTable.QUARANTINE_NANOS).count();
    }

    private void remove(@org.jspecify.annotations.Nullable Modelled entry) {
        if (entry != null) {
            test.table.remove(entry.slot, now);
            leave(entry);
        }
    }

    private void leave(Modelled entry) {
        model.remove(entry.connection.key());
        replies.remove(entry.connection.reply(), entry.connection.key());
        freedAt.put(entry.slot, now);
        assertThat(test.table.generation(entry.slot)).isEqualTo((entry.generation + 1) & 0xffff);
    }

    private void state(@org.jspecify.annotations.Nullable Modelled entry) {
        if (entry != null) {
            entry.state = TestTable.someState(r, entry.connection);
            test.table.state(entry.slot, entry.state);
        }
    }

    private void touch(@org.jspecify.annotations.Nullable Modelled entry) {
        if (entry != null) {
            entry.deadline = now + r.nextLong(r.nextBoolean() ? 2 * TICK : 5_000 * TICK);
            test.table.deadline(entry.slot, entry.deadline);
        }
    }

    private void expire(long nanos) {
        now += nanos;
        seenLately.clear();
        for (var entry : List.copyOf(model.values())) {
            if (r.nextInt(10) == 0) {
                seenLately.put(entry.slot, now + 1 + r.nextLong(10 * TICK));
            }
        }
        while (test.table.expire(now, 1 + r.nextInt(5), this) > 0) {
            check();
        }
        for (var entry : model.values()) {
            assertThat(now - entry.deadline).as("late").isLessThan(2 * TICK);
        }
    }

    @Override
    public long timeoutNanos(int slot) {
        return TIMEOUT;
    }

    @Override
    public long lastChance(int slot, long at) {
        long deadline = seenLately.getOrDefault(slot, at);
        bySlot(slot).deadline = Math.max(bySlot(slot).deadline - now, deadline - now) + now;
        return deadline;
    }

    @Override
    public void expired(int slot) {
        var entry = bySlot(slot);
        assertThat(entry.deadline - now).as("early").isNotPositive();
        model.remove(entry.connection.key());
        replies.remove(entry.connection.reply(), entry.connection.key());
        freedAt.put(slot, now);
    }

    private Modelled bySlot(int slot) {
        return model.values().stream().filter(e -> e.slot == slot).findAny().orElseThrow();
    }

    private void check() {
        assertThat(test.table.size()).isEqualTo(model.size());
        var slots = new HashSet<Integer>();
        model.forEach((key, entry) -> {
            assertThat(test.find(key)).isEqualTo(entry.slot);
            assertThat(test.reader.find(key.protocol(), key.client(), key.clientPort(), key.virtual(), key.virtualPort()))
                    .isEqualTo(2 * entry.slot);
            assertThat(slots.add(entry.slot)).isTrue();
            assertThat(test.table.live(entry.slot)).isTrue();
            assertThat(test.table.state(entry.slot)).isEqualTo(entry.state);
            assertThat(test.statesBySlot).containsEntry(entry.slot, entry.state);
            assertThat(test.table.method(entry.slot)).isEqualTo(entry.connection.method());
        });
        replies.forEach((reply, key) -> {
            assertThat(test.findReply(reply)).isEqualTo(bySlot(key));
            assertThat(test.reader.find(reply.protocol(), reply.real(), reply.realPort(), reply.client(), reply.clientPort()))
                    .isEqualTo(2 * bySlot(key) + 1);
        });
        assertThat(test.statesBySlot).hasSize(model.size());
        var other = TestTable.connection(r);
        if (!model.containsKey(other.key())) {
            assertThat(test.find(other.key())).isEqualTo(ConnectionTable.NONE);
        }
        if (!replies.containsKey(other.reply())) {
            assertThat(test.findReply(other.reply())).isEqualTo(ConnectionTable.NONE);
        }
    }

    private int bySlot(FlowKey key) {
        var entry = model.get(key);
        return entry == null ? ConnectionTable.NONE : entry.slot;
    }
}

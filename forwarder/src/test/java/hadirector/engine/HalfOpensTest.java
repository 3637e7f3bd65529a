package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.conn.Groups;
import hadirector.conn.NoListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HalfOpensTest {
    private static final int SERVICE = 3;
    private static final int MAX = 4_096;

    private final Groups groups = new Groups();
    private final ConnectionTable table = new ConnectionTable(100_000, 1, 0, groups, new NoListener());
    private final HalfOpens halfOpens = new HalfOpens(table, SERVICE, MAX, 1);
    private int present;
    private int port;
    private int dropped;

    @AfterEach
    void close() {
        table.close();
    }

    private int begin() {
        int victim = halfOpens.makeRoom(present);
        if (victim != HalfOpens.NOBODY) {
            table.remove(victim, 0);
            present--;
            dropped++;
        }
        int slot = table.insert(
                6, 0x0a000001 + (port >>> 15), port++ & 0x7fff, 0x0a000064, 80, 0x0a010001, 80, 1,
                ConnectionState.SYN_RECV.number(), SERVICE, 1, 0, Long.MAX_VALUE / 2, 0);
        assertThat(slot).isNotNegative();
        halfOpens.add(slot);
        present++;
        return slot;
    }

    @Test
    void withRoomNobodyIsDropped() {
        for (int i = 0; i < 40_000; i++) {
            int slot = begin();
            if (present > MAX / 8) {
                table.state(slot, ConnectionState.ESTABLISHED.number());
                present--;
            }
        }
        assertThat(dropped).isLessThan(10);
    }

    @Test
    void thereAreNeverMoreThanAllowed() {
        for (int i = 0; i < 20_000; i++) {
            begin();
            assertThat(present).isLessThanOrEqualTo(MAX);
        }
        assertThat(dropped).isGreaterThan(20_000 - MAX - 1);
    }

    @Test
    void whoIsEstablishedIsNotDropped() {
        int slot = begin();
        table.state(slot, ConnectionState.ESTABLISHED.number());
        for (int i = 0; i < 20_000; i++) {
            begin();
        }
        assertThat(table.live(slot)).isTrue();
        assertThat(table.state(slot)).isEqualTo(ConnectionState.ESTABLISHED.number());
    }

    @Test
    void inAFloodAHandshakeHasTimeInProportionToTheRoom() {
        int lived = 0;
        for (int i = 0; i < 5_000; i++) {
            begin();
        }
        for (int round = 0; round < 50; round++) {
            int slot = begin();
            int generation = table.generation(slot);
            for (int i = 0; i < MAX / 8; i++) {
                begin();
            }
            lived += table.live(slot) && table.generation(slot) == generation ? 1 : 0;
        }
        assertThat(lived).as("of 50, after an eighth of the room came").isGreaterThan(30);
    }
}

package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeftTableTest {
    private static final int CONNECTIONS = 5_000;
    private static final int NAT = 0;
    private static final int ESTABLISHED = ConnectionState.ESTABLISHED.number();
    private static final Duration AGE_MAX = Duration.ofMinutes(2);
    private static final long NOW = 1_000_000_000_000L;

    private final Groups groups = new Groups();
    private final int group = groups.required(7);
    private final KeyHash hashing = new KeyHash(3);
    private final Memory memory = new Memory();
    private final ConnectionTable table = new ConnectionTable(CONNECTIONS, hashing, NOW, groups, new NoListener(), memory);
    private final long[] leases = new long[4];
    private final List<ConnectionEntry> inherited = new ArrayList<>();

    /// Lets the test see what a BPF map would keep.
    private static final class Memory implements TableMemory {
        private final TableMemory real = TableMemory.ofArena();
        private MemorySegment index = MemorySegment.NULL;
        private final List<MemorySegment> chunks = new ArrayList<>();

        @Override
        public MemorySegment index(long bytes) {
            index = real.index(bytes);
            return index;
        }

        @Override
        public MemorySegment chunk(int number, long bytes) {
            chunks.add(real.chunk(number, bytes));
            return chunks.getLast();
        }

        @Override
        public void close() {
            real.close();
        }
    }

    @AfterEach
    void close() {
        table.close();
    }

    private int insert(int client) {
        return table.insert(6, 1, client, 2, 80, 3, 8_080, NAT, ESTABLISHED, 7, 0, group, NOW + 1, NOW);
    }

    private LeftTable.Found read() throws Exception {
        inherited.clear();
        var left = new LeftTable(
                memory.index,
                chunk -> chunk < memory.chunks.size() ? memory.chunks.get(chunk) : MemorySegment.NULL,
                MemorySegment.ofArray(leases),
                hashing);
        return left.give(NOW, AGE_MAX, this::inherit);
    }

    private boolean inherit(MemorySegment entry, long at) {
        try {
            return inherited.add(EntryCodec.decode(entry, at));
        } catch (MalformedEntryException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void connectionsOfHeldGroupsAreFoundOnceEachWhateverWasRemovedBetween() throws Exception {
        leases[group] = NOW - 1;
        var slots = new ArrayList<Integer>();
        for (int client = 1; client <= CONNECTIONS; client++) {
            slots.add(insert(client));
        }
        for (int i = 0; i < CONNECTIONS; i += 2) {
            table.remove(slots.get(i), NOW);
        }
        assertThat(read()).isEqualTo(new LeftTable.Found(CONNECTIONS / 2, 0, 0));
        assertThat(inherited).map(entry -> entry.client().port()).doesNotHaveDuplicates();
        assertThat(inherited).allSatisfy(entry -> {
            assertThat(entry.client().port()).isEven();
            assertThat(entry.client().address()).isEqualTo(IpAddress.v4(1));
            assertThat(entry.virtual().port()).isEqualTo(80);
            assertThat(entry.real().port()).isEqualTo(8_080);
            assertThat(entry.state()).isEqualTo(ConnectionState.ESTABLISHED);
            assertThat(entry.expiresSeconds()).isEqualTo(120);
        });
    }

    @Test
    void whatIsOfAGroupThatWasNotHeldIsLeft() throws Exception {
        var _ = insert(1);
        assertThat(read()).isEqualTo(new LeftTable.Found(0, 0, 0));
    }

    @Test
    void whatIsTooOldIsCountedAndLeft() throws Exception {
        var _ = insert(1);
        leases[group] = NOW - AGE_MAX.toNanos();
        assertThat(read()).isEqualTo(new LeftTable.Found(1, 0, 0));
        leases[group]--;
        assertThat(read()).isEqualTo(new LeftTable.Found(0, 1, 0));
    }

    @Test
    void anyByteOfAKeyThatIsNotItsOwnMakesItDamaged() throws Exception {
        leases[group] = NOW;
        int slot = insert(1);
        var _ = insert(2);
        for (long at = 0; at < EntryLayout.STATE; at++) {
            boolean hashed = at < EntryLayout.REAL || (at >= EntryLayout.CLIENT_PORT && at < EntryLayout.REAL_PORT) || at == EntryLayout.PROTOCOL;
            if (hashed) {
                flip(memory.chunks.getFirst(), Entries.slotAt(slot) + at);
                assertThat(read()).as("byte %d", at).isEqualTo(new LeftTable.Found(1, 0, 1));
                flip(memory.chunks.getFirst(), Entries.slotAt(slot) + at);
            }
        }
        assertThat(read()).isEqualTo(new LeftTable.Found(2, 0, 0));
    }

    @Test
    void cellsThatLeadNowhereAreDamaged() throws Exception {
        leases[group] = NOW;
        for (long cell : new long[] {-2, 1L << 32, 5L << 32 | 2, 0x7fff_fffeL, 1L << 63}) {
            memory.index.set(ValueLayout.JAVA_LONG, 0, cell);
            assertThat(read()).as("cell %x", cell).isEqualTo(new LeftTable.Found(0, 0, 1));
        }
    }

    private static void flip(MemorySegment memory, long at) {
        memory.set(ValueLayout.JAVA_BYTE, at, (byte) ~memory.get(ValueLayout.JAVA_BYTE, at));
    }
}

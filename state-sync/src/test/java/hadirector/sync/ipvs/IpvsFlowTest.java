package hadirector.sync.ipvs;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.Change;
import hadirector.conn.ConnectionEntry;
import hadirector.conn.EntryCodec;
import hadirector.conn.EntryLayout;
import hadirector.conn.GroupId;
import hadirector.conn.ReplicatedTable;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// From messages to the table, and from the table's changes to messages.
class IpvsFlowTest {
    private static final int NAT = 0;
    private static final int OTHER_SYNC_ID = 8;

    private final IpvsCounts counts = new IpvsCounts();
    private final Set<String> held = new HashSet<>();
    private final InheritedTable table = new InheritedTable();
    private final IpvsIntake intake =
            new IpvsIntake(7, table, () -> IpvsServicesTest.SERVICES, group -> !held.contains(group), counts);
    private final IpvsOutlet outlet = new IpvsOutlet(7, 120, () -> IpvsServicesTest.SERVICES, counts);

    @Test
    void whatAMasterSaysGoesToTheTableAsInherited() throws Exception {
        intake.take(message(7, "192.0.2.10:80", "192.0.2.10:80"));
        assertThat(table.taken).hasSize(2).allSatisfy(entry -> assertThat(entry.virtual()).hasToString("192.0.2.10:80"));
        assertThat(counts.stats().connectionsInherited()).isEqualTo(2);
        assertThat(counts.stats().heard()).isPresent();
    }

    @Test
    void onceADirectorOfTheClusterHoldsTheGroupAMasterIsNotBelieved() throws Exception {
        held.add("web");
        intake.take(message(7, "192.0.2.10:80"));
        assertThat(table.taken).isEmpty();
        assertThat(counts.stats().refused()).isEqualTo(Map.of(IpvsRefusal.HELD, 1L));
    }

    @Test
    void anotherSyncIdIsAnotherPairs() throws Exception {
        intake.take(message(OTHER_SYNC_ID, "192.0.2.10:80"));
        intake.take(MemorySegment.ofArray(new byte[3]));
        assertThat(table.taken).isEmpty();
        assertThat(counts.stats().refused()).isEqualTo(Map.of(IpvsRefusal.SYNC_ID, 2L));
        assertThat(counts.stats().messagesReceived()).isEqualTo(2);
    }

    @Test
    void refusalsAreCountedAndTheOthersTaken() throws Exception {
        intake.take(message(7, "192.0.2.10:80", "192.0.2.10:99", "192.0.2.10:80"));
        assertThat(table.taken).hasSize(2);
        assertThat(counts.stats().refused()).isEqualTo(Map.of(IpvsRefusal.SERVICE, 1L));
    }

    @Test
    void whatTheTableTellsComesOutInOrderAndMessagesHoldWhatFits() throws Exception {
        intake.take(message(7, "192.0.2.10:80"));
        for (int i = 0; i < 7; i++) {
            change(Change.UPSERT, table.taken.getFirst());
        }
        change(Change.SNAPSHOT_BEGIN, table.taken.getFirst());
        change(Change.DELETE, table.taken.getFirst());
        var messages = new ArrayList<IpvsMessage>();
        for (byte[] next = outlet.next(0); next != null; next = outlet.next(0)) {
            messages.add(IpvsMessage.decode(MemorySegment.ofArray(next)));
        }
        assertThat(messages).extracting(message -> message.connections().size()).containsExactly(3, 3, 2);
        assertThat(messages).extracting(IpvsMessage::syncId).containsOnly(7);
        assertThat(messages.getLast().connections().getLast().timeoutSeconds()).isEqualTo(1);
        assertThat(counts.stats().connectionsTold()).isEqualTo(8);
    }

    private void change(int kind, ConnectionEntry entry) {
        var bytes = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
        EntryCodec.encode(entry, bytes, 0);
        outlet.change(kind, GroupId.of("web"), ReplicatedTable.EVERY_PEER, 1, bytes, 0);
    }

    private static MemorySegment message(int syncId, String... virtuals) {
        var writer = new IpvsWriter(syncId, 1472);
        for (String virtual : virtuals) {
            assertThat(writer.add(IpvsServicesTest.said(6, virtual, "10.1.0.11:8080", NAT, 1))).isTrue();
        }
        return MemorySegment.ofArray(writer.take());
    }
}

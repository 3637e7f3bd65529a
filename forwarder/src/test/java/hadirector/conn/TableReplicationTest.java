package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.TestTable.Connection;
import hadirector.conn.TestTable.FlowKey;
import hadirector.model.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TableReplicationTest {
    private static final int GROUP = TestTable.GROUP_ID;
    private static final int PEER = 1;
    private static final int ESTABLISHED = ConnectionState.ESTABLISHED.number();
    private static final int CLOSE = ConnectionState.CLOSE.number();
    private static final long NOW = Long.parseLong("9223372036854775802"); // Times wrap.

    private final TestDirector holder = new TestDirector(100, 1_024, 1, NOW);
    private final TestDirector backup = new TestDirector(100, 1_024, 2, NOW);
    private final MemorySegment payload = MemorySegment.ofArray(new byte[10 * EntryLayout.LENGTH]);

    @BeforeEach
    void hold() {
        holder.replication.open(GROUP, 3, NOW);
        holder.replication.replicate(true);
        holder.replication.run(NOW);
    }

    @AfterEach
    void close() {
        holder.close();
        backup.close();
    }

    @Test
    void whileNobodyListensNothingIsKeptForOthers() {
        holder.replication.replicate(false);
        holder.replication.run(NOW);
        int slot = holder.insert(connection(1), ESTABLISHED, NOW);
        holder.test.table.remove(slot, NOW);
        holder.replication.run(NOW);
        assertThat(holder.replication.changes().size()).isZero();
        assertThat(holder.insert(connection(2), ESTABLISHED, NOW + ConnectionTable.QUARANTINE_NANOS)).isEqualTo(slot);
    }

    @Test
    void whatWaitedIsDroppedWhenTheLastListenerLeaves() {
        int slot = holder.insert(connection(1), ESTABLISHED, NOW);
        holder.test.table.remove(slot, NOW);
        holder.replication.replicate(false);
        holder.replication.run(NOW);
        assertThat(holder.replication.changes().size()).isZero();
        assertThat(holder.test.table.dirty().peek()).isEqualTo(ConnectionTable.NONE);
    }

    @Test
    void aConnectionThatChangesOftenIsSentOnceWithItsNewestState() {
        int slot = holder.insert(connection(1), ESTABLISHED, NOW);
        holder.test.table.state(slot, ConnectionState.FIN_WAIT.number());
        holder.test.table.state(slot, CLOSE);
        holder.replication.run(NOW);
        assertThat(holder.replication.changes().size()).isEqualTo(1);
        pass();
        assertThat(backup.connections()).isEqualTo(holder.connections());
    }

    @Test
    void anEndedConnectionKeepsItsSlotUntilTheOthersAreTold() {
        int slot = holder.insert(connection(1), ESTABLISHED, NOW);
        holder.replication.run(NOW);
        holder.test.table.remove(slot, NOW);
        long later = NOW + ConnectionTable.QUARANTINE_NANOS;
        assertThat(holder.insert(connection(2), ESTABLISHED, later)).isNotEqualTo(slot);
        holder.replication.run(later);
        pass();
        assertThat(backup.connections()).isEqualTo(holder.connections());
        assertThat(holder.insert(connection(3), ESTABLISHED, later + ConnectionTable.QUARANTINE_NANOS))
                .isEqualTo(slot);
    }

    @Test
    void aFullRingDelaysChangesAndLosesNone() {
        try (var slow = new TestDirector(100, 4, 3, NOW)) {
            slow.replication.open(GROUP, 1, NOW);
            slow.replication.replicate(true);
            slow.replication.run(NOW);
            for (int i = 0; i < 50; i++) {
                slow.insert(connection(i), ESTABLISHED, NOW);
                slow.replication.run(NOW);
            }
            assertThat(slow.replication.changes().size()).isEqualTo(4);
            for (int i = 0; i < 50; i++) {
                slow.passTo(backup, PEER, 4, NOW);
                slow.replication.run(NOW);
            }
            backup.replication.run(NOW);
            assertThat(backup.connections()).hasSize(50).isEqualTo(slow.connections());
        }
    }

    @Test
    void whatFindsNoRoomIsCountedWithItsAge() {
        try (var slow = new TestDirector(100, 4, 3, NOW)) {
            slow.replication.open(GROUP, 1, NOW);
            slow.replication.replicate(true);
            slow.replication.run(NOW);
            for (int i = 0; i < 50; i++) {
                slow.insert(connection(i), ESTABLISHED, NOW + i);
                slow.replication.run(NOW + i);
            }
            var ring = slow.replication.changes();
            assertThat(ring.withheld()).isEqualTo(new ChangeRing.Withheld(46, NOW + 4));
            assertThat(ring.oldest()).isEqualTo(NOW);
            slow.passTo(backup, PEER, 4, NOW);
            assertThat(ring.since()).isEqualTo(NOW + 3);
            slow.replication.run(NOW + 100);
            assertThat(ring.withheld()).isEqualTo(new ChangeRing.Withheld(42, NOW + 4)); // Or later.
            for (int i = 0; i < 20; i++) {
                slow.passTo(backup, PEER, 4, NOW);
                slow.replication.run(NOW + 200 + i);
            }
            assertThat(ring.withheld().changes()).isZero();
            assertThat(ring.size()).isZero();
        }
    }

    @Test
    void whoTakesNothingForLongGetsASnapshotAndKeepsNoSlots() {
        try (var slow = new TestDirector(100, 4, 3, NOW)) {
            slow.replication.open(GROUP, 1, NOW);
            slow.replication.replicate(true);
            slow.replication.run(NOW);
            long now = NOW;
            for (int i = 0; i < 30_000; i++) {
                now += 1_000_000;
                int slot = slow.insert(connection(i), ESTABLISHED, now);
                assertThat(slot).isNotNegative();
                if (i < 29_950) {
                    slow.test.table.remove(slot, now);
                }
                slow.replication.run(now);
            }
            slow.replication.handover(GROUP, PEER, 2);
            for (int i = 0; i < 200; i++) {
                slow.passTo(backup, PEER, 4, now);
                slow.replication.run(now);
                backup.replication.run(now);
            }
            assertThat(backup.connections()).hasSize(50).isEqualTo(slow.connections());
            assertThat(backup.events)
                    .containsExactly(
                            "snapshot of epoch 1 verified, 50 entries", "handover at epoch 2 with 50 connections");
        }
    }

    @Test
    void aHandoverComesAfterAllThatChangedBeforeIt() {
        try (var slow = new TestDirector(100, 4, 3, NOW)) {
            slow.replication.open(GROUP, 1, NOW);
            slow.replication.replicate(true);
            slow.replication.run(NOW);
            for (int i = 0; i < 20; i++) {
                slow.insert(connection(i), ESTABLISHED, NOW);
            }
            slow.replication.handover(GROUP, PEER, 2);
            for (int i = 0; i < 20; i++) {
                slow.replication.run(NOW);
                slow.insert(connection(100 + i), ESTABLISHED, NOW);
                slow.passTo(backup, PEER, 4, NOW);
            }
        }
        assertThat(backup.events).hasSize(1);
        assertThat(backup.events.getFirst()).matches("handover at epoch 2 with 2[0-4] connections");
    }

    @Test
    void aSnapshotRemovesWhatTheHolderDoesNotHave() {
        backup.insert(connection(1), ESTABLISHED, NOW);
        backup.insert(connection(2), CLOSE, NOW);
        holder.insert(connection(2), ESTABLISHED, NOW);
        holder.insert(connection(3), ESTABLISHED, NOW);
        holder.replication.snapshot(GROUP, PEER);
        holder.replication.run(NOW);
        pass();
        assertThat(backup.connections()).hasSize(2).isEqualTo(holder.connections());
        assertThat(backup.events).containsExactly("snapshot of epoch 3 verified, 2 entries");
    }

    @Test
    void aSnapshotOfManyConnectionsGoesOutAndIsSweptInSlices() {
        int many = 20_000;
        try (var big = new TestDirector(2 * many, 1_024, 3, NOW);
                var joiner = new TestDirector(2 * many, 1_024, 4, NOW)) {
            big.replication.open(GROUP, 5, NOW);
            int other = big.test.groups.index(GroupId.of("other"));
            for (int i = 0; i < many; i++) {
                big.test.insert(connection(2 * many + i), ESTABLISHED, other, NOW + TestDirector.TIMEOUT, NOW);
            }
            for (int i = 0; i < many; i++) {
                big.insert(connection(i), ESTABLISHED, NOW);
                joiner.insert(connection(many + i), ESTABLISHED, NOW);
            }
            big.replication.snapshot(GROUP, PEER);
            while (joiner.events.isEmpty()) {
                big.replication.run(NOW);
                big.passTo(joiner, PEER, 1_024, NOW);
                joiner.replication.run(NOW);
            }
            assertThat(joiner.events).containsExactly("snapshot of epoch 5 verified, 20000 entries");
            assertThat(joiner.connections()).hasSize(many);
            assertThat(big.connections().containsAll(joiner.connections())).isTrue();
        }
    }

    @Test
    void connectionsOfOtherGroupsAreNotSwept() {
        int other = backup.test.groups.index(GroupId.of("other"));
        backup.test.insert(connection(1), ESTABLISHED, other, NOW + TestDirector.TIMEOUT, NOW);
        holder.replication.snapshot(GROUP, PEER);
        holder.replication.run(NOW);
        pass();
        assertThat(backup.connections()).hasSize(1);
    }

    @Test
    void theFormerLifeOfASlotDoesNotSaveItsConnectionFromBeingSwept() {
        int other = GroupId.of("other");
        entry(connection(1));
        snapshot(other, 1);
        snapshot(other, 1);
        backup.receive(Change.DELETE, other, 3, payload, 0, 1);
        snapshot(GROUP, 0);
        backup.replication.run(NOW);
        backup.replication.open(GROUP, 4, NOW);
        assertThat(backup.insert(connection(2), ESTABLISHED, NOW + ConnectionTable.QUARANTINE_NANOS)).isZero();
        backup.replication.close(GROUP);
        snapshot(GROUP, 0);
        assertThat(backup.connections()).isEmpty();
    }

    /// A peer may name groups that nobody here has configured, and as many as it likes.
    @Test
    void changesOfGroupsBeyondThoseThatFitAreRefused() {
        fillGroups(backup.test.groups);
        entry(connection(1));
        backup.receive(Change.UPSERT, GROUP, 3, payload, 0, 1);
        backup.replication.run(NOW);
        assertThat(backup.refused).isOne();
        assertThat(backup.connections()).isEmpty();
        backup.replication.snapshot(GROUP, PEER);
        backup.replication.close(GROUP);
        backup.replication.run(NOW);
        assertThat(backup.events).isEmpty();
    }

    @Test
    void aSweepOfAGroupThatIsGoneSparesTheGroupThatHasItsIndexNow() {
        int gone = backup.test.groups.index(GroupId.of("gone"));
        var end = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
        EntryCodec.encodeEnd(0, 0, end, 0);
        backup.receive(Change.SNAPSHOT_BEGIN, GroupId.of("gone"), 3, end, 0, 1);
        backup.receive(Change.SNAPSHOT_END, GroupId.of("gone"), 3, end, 0, 1);
        backup.replication.settle(NOW);
        fillGroups(backup.test.groups);
        backup.test.groups.retain(id -> id != GroupId.of("gone"));
        int next = backup.test.groups.index(GroupId.of("next"));
        assertThat(next).isEqualTo(gone);
        backup.test.insert(connection(1), ESTABLISHED, next, NOW + TestDirector.TIMEOUT, NOW);
        backup.replication.run(NOW);
        assertThat(backup.connections()).hasSize(1);
    }

    private static void fillGroups(Groups groups) {
        for (int i = 0; groups.size() < Groups.GROUPS_MAX; i++) {
            groups.index(GroupId.of("group" + i));
        }
    }

    private void snapshot(int group, int entries) {
        var end = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
        EntryCodec.encodeEnd(entries, entries == 0 ? 0 : EntryCodec.digest(payload, 0), end, 0);
        backup.receive(Change.SNAPSHOT_BEGIN, group, 3, end, 0, 1);
        backup.receive(Change.SNAPSHOT_ENTRY, group, 3, payload, 0, entries);
        backup.receive(Change.SNAPSHOT_END, group, 3, end, 0, 1);
        backup.replication.run(NOW);
    }

    @Test
    void aSnapshotThatIsNotWholeIsNotVerifiedAndRemovesNothing() {
        backup.insert(connection(1), ESTABLISHED, NOW);
        entry(connection(2));
        backup.receive(Change.SNAPSHOT_BEGIN, GROUP, 3, payload, 0, 0);
        backup.receive(Change.SNAPSHOT_ENTRY, GROUP, 3, payload, 0, 1);
        long digest = EntryCodec.digest(payload, 0);
        EntryCodec.encodeEnd(1, digest + 1, payload, 0);
        backup.receive(Change.SNAPSHOT_END, GROUP, 3, payload, 0, 0);
        backup.replication.run(NOW);
        EntryCodec.encodeEnd(1, digest, payload, 0);
        backup.receive(Change.SNAPSHOT_END, GROUP, 3, payload, 0, 0);
        backup.replication.run(NOW);
        assertThat(backup.events)
                .containsExactly("snapshot of epoch 3 bad, 1 entries", "snapshot of epoch 3 bad, 1 entries");
        assertThat(backup.connections()).hasSize(2);
    }

    @Test
    void aSnapshotThatDoesNotFitIsNotVerified() {
        try (var small = new TestDirector(2, 64, 3, NOW)) {
            for (int i = 0; i < 3; i++) {
                holder.insert(connection(i), ESTABLISHED, NOW);
            }
            holder.replication.snapshot(GROUP, PEER);
            holder.replication.run(NOW);
            holder.passTo(small, PEER, 100, NOW);
            small.replication.run(NOW);
            assertThat(small.events).containsExactly("snapshot of epoch 3 bad, 3 entries");
            assertThat(small.refused).isPositive();
        }
    }

    @Test
    void aHolderLearnsUnknownConnectionsAndIsNeverOverruled() {
        backup.replication.open(GROUP, 4, NOW);
        backup.insert(connection(1), ESTABLISHED, NOW);
        int slot = holder.insert(connection(1), ESTABLISHED, NOW);
        holder.insert(connection(2), ESTABLISHED, NOW);
        holder.test.table.state(slot, CLOSE);
        holder.replication.run(NOW);
        pass();
        assertThat(backup.connections()).hasSize(2).allMatch(c -> c.state() == ConnectionState.ESTABLISHED);
        holder.test.table.remove(slot, NOW);
        holder.replication.run(NOW);
        pass();
        assertThat(backup.connections()).hasSize(2);
        holder.replication.snapshot(GROUP, PEER);
        holder.replication.run(NOW);
        pass();
        assertThat(backup.connections()).hasSize(2);
    }

    @Test
    void aLateEntryOfAnOldHolderFillsAHoleAndReplacesNothing() {
        entry(connection(1));
        backup.receive(Change.UPSERT, GROUP, 3, payload, 0, 1);
        entry(connection(1));
        payload.set(ValueLayout.JAVA_BYTE, EntryLayout.STATE, (byte) CLOSE);
        backup.receive(Change.UPSERT_IF_ABSENT, GROUP, 2, payload, 0, 1);
        entry(connection(2));
        backup.receive(Change.UPSERT_IF_ABSENT, GROUP, 2, payload, 0, 1);
        backup.replication.run(NOW);
        assertThat(backup.connections()).hasSize(2).allMatch(c -> c.state() == ConnectionState.ESTABLISHED);
        assertThat(backup.refused).isZero();
    }

    @Test
    void whatAnOldHolderBeginsByThePortOfAnEndedConnectionIsTaken() {
        var again = new Connection(connection(1).key(), IpAddress.of("10.1.0.99"), 80, 3);
        for (int kind : new int[] {Change.UPSERT, Change.UPSERT_IF_ABSENT}) {
            try (var taker = new TestDirector(8, 64, 3, NOW)) {
                taker.insert(connection(1), CLOSE, NOW);
                taker.replication.open(GROUP, 4, NOW);
                entry(again);
                taker.receive(kind, GROUP, 3, payload, 0, 1);
                taker.replication.run(NOW);
                assertThat(taker.connections()).singleElement().extracting(e -> e.real().address()).isEqualTo(again.real());
            }
        }
    }

    @Test
    void anOldHolderKnowsBestUntilTheNewOneAnswers() {
        var again = new Connection(connection(1).key(), IpAddress.of("10.1.0.99"), 80, 3);
        backup.insert(connection(1), ESTABLISHED, NOW);
        backup.replication.prepare(GROUP, 4, NOW);
        tellLate(again);
        assertThat(backup.connections()).singleElement().extracting(e -> e.real().address()).isEqualTo(again.real());
        backup.replication.open(GROUP, 4, NOW);
        tellLate(connection(1));
        assertThat(backup.connections()).singleElement().extracting(e -> e.real().address()).isEqualTo(again.real());
    }

    /// The offer comes before what it is an offer of has been prepared.
    @Test
    void anOldHolderKnowsBestAfterItsOfferToo() {
        var again = new Connection(connection(1).key(), IpAddress.of("10.1.0.99"), 80, 3);
        entry(connection(1));
        backup.receive(Change.UPSERT, GROUP, 3, payload, 0, 1);
        backup.receive(Change.HANDOVER, GROUP, 4, payload, 0, 1);
        tellLate(again);
        assertThat(backup.connections()).singleElement().extracting(e -> e.real().address()).isEqualTo(again.real());
    }

    @Test
    void whoNeverAnsweredGivesNobodyItsTable() {
        backup.replication.replicate(true);
        backup.replication.prepare(GROUP, 4, NOW);
        backup.replication.snapshot(GROUP, PEER);
        backup.replication.run(NOW);
        backup.replication.close(GROUP);
        backup.replication.run(NOW);
        assertThat(backup.replication.changes().size()).isZero();
    }

    private void tellLate(Connection connection) {
        entry(connection);
        backup.receive(Change.UPSERT_IF_ABSENT, GROUP, 3, payload, 0, 1);
        backup.replication.run(NOW);
    }

    @Test
    void whoIsPreparedTellsNothingUntilItAnswers() {
        backup.replication.replicate(true);
        backup.replication.prepare(GROUP, 4, NOW);
        backup.replication.snapshot(GROUP, PEER);
        tellLate(connection(1));
        assertThat(backup.replication.changes().size()).isZero();
        backup.replication.open(GROUP, 4, NOW);
        backup.replication.run(NOW);
        backup.passTo(holder, PEER, 100, NOW);
        holder.replication.leave(GROUP);
        holder.replication.run(NOW);
        assertThat(holder.events).containsExactly("snapshot of epoch 4 verified, 1 entries");
        assertThat(holder.connections()).hasSize(1);
    }

    @Test
    void whatIsToldAfterLeavingIsHearsayUntilTheGroupIsClosed() {
        int own = holder.insert(connection(1), ESTABLISHED, NOW);
        holder.replication.leave(GROUP);
        for (int each = 1; each <= 2; each++) {
            entry(connection(each));
            holder.receive(Change.UPSERT, GROUP, 4, payload, 0, 1);
        }
        holder.replication.run(NOW);
        var groups = holder.test.table.groups();
        int group = groups.index(GROUP);
        int other = own + 1;
        assertThat(holder.connections()).hasSize(2);
        assertThat(groups.isHearsay(group, own)).isFalse();
        assertThat(groups.isHearsay(group, other)).isTrue();
        holder.replication.close(GROUP);
        assertThat(groups.isHearsay(group, other)).isFalse();
    }

    @Test
    void aRescheduledConnectionReplacesTheOldOne() {
        var connection = connection(1);
        int slot = holder.insert(connection, ESTABLISHED, NOW);
        holder.replication.run(NOW);
        pass();
        holder.test.table.remove(slot, NOW);
        holder.insert(
                new Connection(connection.key(), IpAddress.of("10.1.0.99"), 80, 3), ESTABLISHED, NOW);
        holder.replication.run(NOW);
        pass();
        assertThat(backup.connections()).hasSize(1).isEqualTo(holder.connections());
    }

    @Test
    void aReplicatedConnectionDoesNotExpireUntilItsGroupIsHeldHere() {
        holder.insert(connection(1), ESTABLISHED, NOW);
        holder.replication.run(NOW);
        pass();
        long later = NOW;
        for (int i = 0; i < 100; i++) {
            later += TestDirector.TIMEOUT / 3;
            backup.test.table.expire(later, 1_000, backup);
        }
        assertThat(backup.connections()).hasSize(1);
        long opened = later + TestDirector.TIMEOUT / 2;
        backup.replication.open(GROUP, 4, opened);
        backup.test.table.expire(opened + TestDirector.TIMEOUT - 1, 1_000, backup);
        assertThat(backup.connections()).hasSize(1);
        backup.test.table.expire(opened + TestDirector.TIMEOUT + TestTable.SECOND, 1_000, backup);
        assertThat(backup.connections()).isEmpty();
        assertThat(backup.expired).isEqualTo(1);
    }

    @Test
    void whatCameFromOutsideTheClusterExpiresUntilADirectorOfItSpeaks() {
        entry(connection(1));
        backup.receive(Change.INHERIT, GROUP, 0, payload, 0, 1);
        backup.replication.run(NOW);
        backup.test.table.expire(NOW + TestDirector.TIMEOUT - TestTable.SECOND, 1_000, backup);
        assertThat(backup.connections()).hasSize(1);
        backup.test.table.expire(NOW + TestDirector.TIMEOUT + TestTable.SECOND, 1_000, backup);
        assertThat(backup.connections()).isEmpty();
        assertThat(backup.expired).isEqualTo(1);

        entry(connection(2));
        backup.receive(Change.INHERIT, GROUP, 0, payload, 0, 1);
        entry(connection(3));
        backup.receive(Change.UPSERT, GROUP, 1, payload, 0, 1);
        backup.replication.run(NOW + TestDirector.TIMEOUT);
        backup.test.table.expire(NOW + 10 * TestDirector.TIMEOUT, 1_000, backup);
        assertThat(backup.connections()).hasSize(2);
    }

    @Test
    void whoTakesOverGivesInheritedConnectionsTheirWholeTimeAndIsNotOverruled() {
        entry(connection(1));
        backup.receive(Change.INHERIT, GROUP, 0, payload, 0, 1);
        backup.replication.run(NOW);
        long opened = NOW + TestDirector.TIMEOUT - TestTable.SECOND;
        backup.replication.open(GROUP, 1, opened);
        payload.set(ValueLayout.JAVA_BYTE, EntryLayout.STATE, (byte) CLOSE);
        backup.receive(Change.INHERIT, GROUP, 0, payload, 0, 1);
        backup.replication.run(opened);
        backup.test.table.expire(opened + TestDirector.TIMEOUT - TestTable.SECOND, 1_000, backup);
        assertThat(backup.connections()).extracting(ConnectionEntry::state).containsExactly(ConnectionState.ESTABLISHED);
    }

    @Test
    void refusesMalformedEntriesAndUnknownServices() {
        entry(connection(1));
        payload.set(ValueLayout.JAVA_BYTE, EntryLayout.PROTOCOL, (byte) 1);
        backup.receive(Change.UPSERT, GROUP, 3, payload, 0, 1);
        backup.receive(Change.DELETE, GROUP, 3, payload, 0, 1);
        var key = connection(1).key();
        entry(new Connection(new FlowKey(6, key.client(), 1, key.virtual(), 81), key.client(), 80, 0));
        backup.receive(Change.UPSERT, GROUP, 3, payload, 0, 1);
        backup.replication.run(NOW);
        assertThat(backup.refused).isEqualTo(3);
        assertThat(backup.connections()).isEmpty();
    }

    @Test
    void severalThreadsHandInMoreThanTheRingHoldsAndNothingIsLost() throws InterruptedException {
        int threads = 4;
        int each = 5_000;
        try (var small = new TestDirector(threads * each, 64, 3, NOW)) {
            var senders = new ArrayList<Thread>();
            var failed = new AtomicBoolean();
            for (int t = 0; t < threads; t++) {
                int from = t * each;
                senders.add(Thread.ofPlatform().start(() -> send(small, from, each, failed)));
            }
            while (senders.stream().anyMatch(Thread::isAlive) || small.applied < threads * each) {
                small.replication.run(NOW);
                if (failed.get()) {
                    break;
                }
            }
            for (var sender : senders) {
                sender.join();
            }
            assertThat(failed).isFalse();
            assertThat(small.test.table.size()).isEqualTo(threads * each);
        }
    }

    private static void send(TestDirector to, int from, int count, AtomicBoolean failed) {
        try (var test = new TestTable(1, 0, NOW)) {
            var wire = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
            for (int i = from; i < from + count; i++) {
                int slot = test.insert(connection(i), ESTABLISHED, test.groups.index(GROUP), NOW, NOW + i * 1_000_000_000L);
                test.table.encode(slot, NOW, wire, 0);
                test.table.remove(slot, NOW + i * 1_000_000_000L);
                to.replication.receive(Change.UPSERT, GROUP, 1, wire, 0, 1);
            }
        } catch (InterruptedException | RuntimeException e) {
            failed.set(true);
        }
    }

    private void pass() {
        holder.passTo(backup, PEER, 1_000, NOW);
        backup.replication.run(NOW);
        backup.replication.run(NOW);
    }

    private void entry(Connection c) {
        try (var test = new TestTable(1, 0, NOW)) {
            int slot = test.insert(c, ESTABLISHED, test.groups.index(GROUP), NOW + TestDirector.TIMEOUT, NOW);
            test.table.encode(slot, NOW, payload, 0);
        }
    }

    private static Connection connection(int i) {
        var client = IpAddress.v4(0xc6336400 + (i >>> 14));
        return new Connection(
                new FlowKey(6, client, 1024 + (i & 0x3fff), IpAddress.of("192.0.2.10"), 80),
                IpAddress.v4(0x0a010001 + i % 3),
                80,
                0);
    }
}

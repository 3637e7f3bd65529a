package hadirector.sync;

import static hadirector.sync.Node.GROUP;
import static hadirector.sync.Node.await;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.Change;
import hadirector.sync.FakeTable.Seen;
import hadirector.sync.wire.SyncHeader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Replication with its threads over a group in memory.
class ConnectionSyncTest {
    private static final int RING = 1 << 10;
    private static final int SYNC_KIND = 1;

    private final FakeGroup group = new FakeGroup();
    private final Deque<Node> nodes = new ArrayDeque<>();

    @AfterEach
    void close() {
        nodes.forEach(Node::close);
        group.close();
    }

    private Node node(String name) throws Exception {
        var node = new Node(name, group.channel(name), RING);
        nodes.push(node);
        return node;
    }

    private static void awaitEqual(Node one, Node two) {
        await(two.name + " equals " + one.name, () -> one.table.copy().equals(two.table.copy()));
    }

    private static void changeSome(FakeTable table, Random random, int changes) {
        for (int i = 0; i < changes; i++) {
            int key = random.nextInt(5_000);
            if (random.nextInt(3) == 0) {
                table.remove(key);
            } else {
                table.put(key, random.nextInt());
            }
        }
    }

    @Test
    void changesOfOneDirectorReachTheOthers() throws Exception {
        var one = node("lb1");
        var two = node("lb2");
        var three = node("lb3");
        await("all meet", () -> one.sees("lb2") && one.sees("lb3"));
        changeSome(one.table, new Random(1), 50_000);
        awaitEqual(one, two);
        awaitEqual(one, three);
        await("nothing is under way", () -> one.peer("lb2").gapEntries() == 0 && one.peer("lb2").lagNanos() == 0);
        assertThat(one.peer("lb2").entriesAcked()).isEqualTo(one.peer("lb2").entriesSent()).isPositive();
        assertThat(two.peer("lb1").entriesReceived()).isEqualTo(one.peer("lb2").entriesSent());
    }

    @Test
    void theGapCountsWhatWaitsAnywhereAndTheLagItsAge() throws Exception {
        var one = node("lb1");
        var two = node("lb2");
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        one.table.put(0, 0);
        await("all is calm", () -> one.peer("lb2").gapEntries() == 0);
        long before = System.nanoTime();
        two.table.stuck(true);
        int changes = 100_000; // More than window, queue and ring have room for, so that some wait in the table.
        for (int key = 0; key < changes; key++) {
            one.table.put(key, 1);
        }
        await("all is counted once, wherever it waits", () -> { // But for what the other side took before it got stuck.
            long gap = one.peer("lb2").gapEntries();
            return gap > changes - 2 * Batch.RECORDS_MAX && gap <= changes;
        });
        assertThat(one.peer("lb2").lagNanos()).isPositive().isLessThan(System.nanoTime() - before);
        two.table.stuck(false);
        awaitEqual(one, two);
        await("nothing is under way", () -> one.peer("lb2").gapEntries() == 0 && one.peer("lb2").lagNanos() == 0);
    }

    @Test
    void digestsAreForWhomTheCopyIsWholeAndShardsAreAskedOfTheHolder() throws Exception {
        var one = node("lb1");
        var two = node("lb2");
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        one.table.put(1, 1);
        one.table.tellDigest();
        await("the entry is there", () -> two.table.size() == 1);
        two.sync.requestSnapshot("lb1", GROUP);
        await("the copy is whole", () -> two.sync.snapshot(GROUP) == SnapshotState.COMPLETE);
        assertThat(two.table.digests()).isZero();
        one.table.tellDigest();
        await("it is compared", () -> two.table.digests() == 1);
        two.sync.requestShard(GROUP, 17);
        await("it is asked for", () -> one.table.resent.equals(List.of(17)));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aJoinerGetsTheWholeTableWhileItChanges(long seed) throws Exception {
        var one = node("lb1");
        var random = new Random(seed);
        changeSome(one.table, random, 30_000);
        var two = node("lb2");
        two.table.leftOver(1_000_000); // The snapshot will not have it.
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        two.sync.requestSnapshot("lb1", GROUP);
        do {
            changeSome(one.table, random, 100);
        } while (two.sync.snapshot(GROUP) != SnapshotState.COMPLETE);
        changeSome(one.table, random, 1_000);
        awaitEqual(one, two);
        assertThat(two.table.verified()).isPositive();
        assertThat(two.table.wrong()).isZero();
    }

    /// A slow peer asks again: it would only wait longer.
    @Test
    void asLongAsTheBeginningOfASnapshotIsNotAcknowledgedNoOtherIsMade() throws Exception {
        var one = node("lb1");
        var two = node("lb2");
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        one.table.put(1, 1);
        await("all is calm", () -> two.table.size() == 1 && one.peer("lb2").gapEntries() == 0);
        group.loses = (from, bytes) -> from.equals("lb2") && bytes[SYNC_KIND] == (byte) SyncHeader.ACK;
        two.sync.requestSnapshot("lb1", GROUP);
        await("it has come", () -> two.table.verified() == 1);
        two.sync.requestSnapshot("lb1", GROUP);
        two.sync.requestShard(GROUP, 17);
        await("what was asked after it is served", () -> one.table.resent.equals(List.of(17)));
        assertThat(one.table.asked()).isEqualTo(1);
        group.loses = (_, _) -> false;
        one.table.put(2, 2);
        await("it is asked for again in time, and served", () -> two.table.verified() == 2);
    }

    @Test
    void aSnapshotWithAWrongDigestIsNotVerified() throws Exception {
        var one = node("lb1");
        changeSome(one.table, new Random(1), 1_000);
        one.table.lies = true;
        var two = node("lb2");
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        two.sync.requestSnapshot("lb1", GROUP);
        await("it has come", () -> two.table.wrong() > 0);
        assertThat(two.table.verified()).isZero();
    }

    @Test
    void changesOfAnEndedEpochAreRefused() throws Exception {
        var one = node("lb1");
        var two = node("lb2");
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        two.sync.epoch(GROUP, 7);
        two.sync.epoch(GROUP, 8);
        one.table.epoch(5);
        one.table.put(1, 1);
        await("it is refused", () -> two.refused("lb1", Refusal.EPOCH) == 1);
        one.table.epoch(9);
        one.table.put(2, 2);
        await("a newer one is taken", () -> two.table.size() == 1);
        assertThat(two.table.copy()).containsOnlyKeys(2);
        assertThat(two.sync.stats().groups()).singleElement().satisfies(g -> {
            assertThat(g.epoch()).isEqualTo(9);
            assertThat(g.source()).contains("lb1");
        });
    }

    @Test
    void lateEntriesOfThePreviousHolderFillOnlyHoles() throws Exception {
        var one = node("lb1");
        var two = node("lb2");
        two.table.remembers = true;
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        one.table.epoch(3);
        one.table.put(1, 10);
        await("the first is there", () -> two.table.size() == 1);
        two.sync.epoch(GROUP, 4); // lb2 takes over.
        one.table.put(1, 11);
        one.table.put(2, 20);
        one.table.remove(1);
        await("the late ones are there", () -> two.table.size() == 2);
        await("the removal is refused", () -> two.refused("lb1", Refusal.EPOCH) == 1);
        assertThat(two.table.copy()).containsEntry(1, 10).containsEntry(2, 20);
    }

    @Test
    void anotherClusterIsRefused() throws Exception {
        var one = node("lb1");
        var two = new Node("staging", "lb2", group.channel("lb2"), RING);
        nodes.push(two);
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        one.table.put(1, 1);
        await("it is refused", () -> two.refused("lb1", Refusal.CLUSTER) > 1);
        assertThat(two.table.size()).isZero();
    }

    @Test
    void nonsenseIsRefusedAndHurtsNobody() throws Exception {
        var one = node("lb1");
        var two = node("lb2");
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        var raw = group.channel("nobody");
        two.sync.message("nobody", new byte[40], 0, 40);
        assertThat(two.sync.stats().strangers()).isEqualTo(1);
        for (int length : new int[] {0, 1, 31, 40}) {
            two.sync.message("lb1", new byte[length], 0, length);
        }
        assertThat(two.refused("lb1", Refusal.FORMAT)).isEqualTo(4);
        one.table.put(1, 1);
        awaitEqual(one, two);
        raw.close();
    }

    @Test
    void theHandoverComesAfterAllEntries() throws Exception {
        var one = node("lb1");
        var two = node("lb2");
        two.table.remembers = true;
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        for (int key = 0; key < 5_000; key++) {
            one.table.put(key, key);
        }
        one.sync.handover("lb2", GROUP, 2);
        await("it has come", () -> two.table.handoverEpoch() == 2);
        assertThat(two.table.size()).isEqualTo(5_000);
        assertThat(two.table.seen().getLast()).isEqualTo(new Seen(Change.HANDOVER, 0));
    }

    @Test
    void aGapIsMendedByASnapshot() throws Exception {
        var one = node("lb1");
        var two = node("lb2");
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        changeSome(one.table, new Random(1), 5_000);
        two.sync.requestSnapshot("lb1", GROUP);
        await("complete", () -> two.sync.snapshot(GROUP) == SnapshotState.COMPLETE);
        awaitEqual(one, two);
        var toLose = new AtomicInteger(3);
        group.loses = (from, bytes) -> from.equals("lb1") && bytes[1] == 2 && toLose.getAndDecrement() > 0;
        changeSome(one.table, new Random(2), 20_000);
        await("it is noticed", () -> two.refused("lb1", Refusal.GAP) > 0);
        awaitEqual(one, two);
        await("complete again", () -> two.sync.snapshot(GROUP) == SnapshotState.COMPLETE);
        assertThat(two.table.verified()).isGreaterThan(1);
    }

    @Test
    void aSlowPeerDoesNotHoldUpTheOther() throws Exception {
        var one = node("lb1");
        var slow = node("lb2");
        var quick = node("lb3");
        await("all meet", () -> one.sees("lb2") && one.sees("lb3") && slow.sees("lb1"));
        slow.sync.requestSnapshot("lb1", GROUP);
        await("complete", () -> slow.sync.snapshot(GROUP) == SnapshotState.COMPLETE);
        slow.table.stuck(true);
        var random = new Random(1);
        // More than a window and a queue hold.
        while (one.peer("lb2").entriesDropped() == 0) {
            changeSome(one.table, random, 20_000);
            awaitEqual(one, quick);
        }
        assertThat(one.peer("lb3").entriesDropped()).isZero();
        slow.table.stuck(false);
        awaitEqual(one, slow);
        assertThat(slow.table.verified()).isGreaterThan(1);
    }

    @Test
    void aLonelySlowPeerIsWaitedForAndMissesNothing() throws Exception {
        var one = node("lb1");
        var slow = node("lb2");
        await("they meet", () -> one.sees("lb2") && slow.sees("lb1"));
        slow.table.stuck(true);
        changeSome(one.table, new Random(1), 200_000);
        await("the ring is full", () -> one.table.changes().free() == 0);
        assertThat(one.peer("lb2").gapEntries()).isPositive();
        slow.table.stuck(false);
        awaitEqual(one, slow);
        assertThat(one.peer("lb2").entriesDropped()).isZero();
        assertThat(one.peer("lb2").streams()).isEqualTo(1);
    }

    @Test
    void aPeerThatComesBackGetsANewStreamAndAsksAgain() throws Exception {
        var one = node("lb1");
        changeSome(one.table, new Random(1), 1_000);
        var two = node("lb2");
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        nodes.pop().close();
        await("it is gone", () -> !one.sees("lb2"));
        changeSome(one.table, new Random(2), 1_000);
        var back = node("lb2");
        back.sync.requestSnapshot("lb1", GROUP);
        awaitEqual(one, back);
        assertThat(one.peer("lb2").streams()).isEqualTo(2);
    }

    @Test
    void whatHasArrivedIsWithTheTableBeforeATakeover() throws Exception {
        var one = node("lb1");
        var two = node("lb2");
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        two.table.stuck(true);
        one.table.put(1, 1);
        await("it has arrived", () -> two.peer("lb1").messagesReceived() == 2);
        assertThat(two.sync.awaitReceived(java.time.Duration.ZERO)).isFalse();
        two.table.stuck(false);
        assertThat(two.sync.awaitReceived(java.time.Duration.ofSeconds(60))).isTrue();
        assertThat(two.table.copy()).containsEntry(1, 1);
    }

    @Test
    void aKindOfTheFutureIsCountedAndSkipped() throws Exception {
        var one = node("lb1");
        var two = node("lb2");
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        // One message of the stream arrives with a kind that nobody knows.
        var toChange = new AtomicInteger(1);
        group.loses = (from, bytes) -> {
            if (from.equals("lb1") && bytes[1] == 2 && toChange.getAndDecrement() > 0) {
                bytes[SYNC_KIND] = 99;
            }
            return false;
        };
        one.table.put(1, 1);
        await("it is counted", () -> two.refused("lb1", Refusal.KIND) == 1);
        one.table.put(2, 2);
        await("the next one is taken", () -> two.table.copy().containsKey(2));
        assertThat(two.refused("lb1", Refusal.GAP)).isZero();
    }
}

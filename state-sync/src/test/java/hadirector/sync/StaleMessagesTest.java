package hadirector.sync;

import static hadirector.sync.Node.GROUP;
import static hadirector.sync.Node.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.GroupId;
import hadirector.sync.wire.SyncHeader;
import hadirector.sync.wire.WireFormatException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Of each kind a message that is not of now: it is refused and counted, and changes nothing. lb1 holds under epoch 4, lb2 has a whole copy.
class StaleMessagesTest {
    private static final int CLUSTER = GroupId.of(Node.CLUSTER);
    private static final int WEB = GroupId.of(GROUP);

    private final FakeGroup group = new FakeGroup();

    /// The last message of each kind, as it was sent.
    private final Map<Integer, byte[]> last = new ConcurrentHashMap<>();

    private Node one = notYet();
    private Node two = notYet();

    @SuppressWarnings("NullAway") // Set before each test.
    private static Node notYet() {
        return null;
    }

    @BeforeEach
    void meet() throws Exception {
        group.loses = (from, bytes) -> {
            if (from.equals("lb1") == header(bytes).counted()) { // The stream of lb1, and what lb2 says about it.
                last.put(header(bytes).kind(), bytes.clone());
            }
            return false;
        };
        one = new Node("lb1", group.channel("lb1"), 1 << 10);
        two = new Node("lb2", group.channel("lb2"), 1 << 10);
        await("they meet", () -> one.sees("lb2") && two.sees("lb1"));
        one.sync.epoch(GROUP, 4);
        one.table.epoch(4);
        two.sync.epoch(GROUP, 4);
        two.sync.requestSnapshot("lb1", GROUP);
        change();
        await("the copy is whole", () -> two.sync.snapshot(GROUP) == SnapshotState.COMPLETE && isCalm());
    }

    @AfterEach
    void close() {
        two.close();
        one.close();
        group.close();
    }

    private static SyncHeader header(byte[] message) {
        try {
            return SyncHeader.decode(MemorySegment.ofArray(message), 0, message.length);
        } catch (WireFormatException e) {
            throw new AssertionError(e);
        }
    }

    private int changes;

    private void change() {
        one.table.put(changes, changes++);
    }

    private boolean isCalm() {
        return one.peer("lb2").gapEntries() == 0 && two.table.copy().equals(one.table.copy());
    }

    private void again(Node to, String from, int kind) {
        byte[] message = requireNonNull(last.get(kind));
        to.sync.message(from, message, 0, message.length);
    }

    private void toOne(SyncHeader header) {
        byte[] message = new byte[SyncHeader.LENGTH];
        header.encode(MemorySegment.ofArray(message), 0);
        one.sync.message("lb2", message, 0, message.length);
    }

    private int stream() {
        return header(requireNonNull(last.get(SyncHeader.CHANGES))).stream();
    }

    /// lb1's stream begins anew.
    private void beginAnew() {
        toOne(new SyncHeader(SyncHeader.RESYNC, 0, CLUSTER, 0, 0, stream(), 1));
        await("the copy is whole again", () -> one.peer("lb2").streams() == 2
                && two.table.verified() == 2 && two.sync.snapshot(GROUP) == SnapshotState.COMPLETE && isCalm());
    }

    @Test
    void anAcknowledgementOfAReplacedStreamOrOfWhatWasNeverSentReleasesNothing() {
        int before = stream();
        beginAnew();
        long acknowledged = one.table.acknowledged;
        two.table.stuck(true);
        change();
        await("it is under way", () -> one.peer("lb2").gapEntries() == 1);
        long sequence = header(requireNonNull(last.get(SyncHeader.CHANGES))).sequence();
        toOne(new SyncHeader(SyncHeader.ACK, 0, CLUSTER, 0, 0, before, sequence));
        toOne(new SyncHeader(SyncHeader.ACK, 0, CLUSTER, 0, 0, stream(), sequence + 100));
        toOne(new SyncHeader(SyncHeader.ACK, 0, CLUSTER, 0, 0, stream(), -1));
        assertThat(one.refused("lb2", Refusal.STALE)).isEqualTo(3);
        assertThat(one.peer("lb2").gapEntries()).isEqualTo(1);
        assertThat(one.table.acknowledged).isEqualTo(acknowledged);
        two.table.stuck(false);
        await("it has come", this::isCalm);
    }

    @Test
    void aComplaintAboutAReplacedStreamOrWhatWasNeverSentBeginsNothingAnew() {
        int before = stream();
        beginAnew();
        toOne(new SyncHeader(SyncHeader.RESYNC, 0, CLUSTER, 0, 0, before, 1));
        toOne(new SyncHeader(SyncHeader.RESYNC, 0, CLUSTER, 0, 0, stream(), 1_000_000));
        assertThat(one.refused("lb2", Refusal.STALE)).isEqualTo(2);
        assertThat(one.peer("lb2").streams()).isEqualTo(2);
    }

    @Test
    void aRequestFromBeforeTheHoldingIsRefused() {
        toOne(new SyncHeader(SyncHeader.SNAPSHOT_REQUEST, 0, CLUSTER, WEB, 3, 0, 0));
        toOne(new SyncHeader(SyncHeader.SHARD_REQUEST, 0, CLUSTER, WEB, 3, 0, 17));
        assertThat(one.refused("lb2", Refusal.EPOCH)).isEqualTo(2);
        toOne(new SyncHeader(SyncHeader.SHARD_REQUEST, 0, CLUSTER, WEB, 4, 0, 18));
        toOne(new SyncHeader(SyncHeader.SHARD_REQUEST, 0, CLUSTER, WEB, 0, 0, 19)); // Of an early build.
        assertThat(one.table.resent).isEqualTo(List.of(18, 19));
        again(one, "lb2", SyncHeader.SNAPSHOT_REQUEST);
        await("only the last snapshot is sent", () -> two.table.begun() == 2 && isCalm());
        assertThat(one.refused("lb2", Refusal.EPOCH)).isEqualTo(2);
    }

    @Test
    void helloAndChangesOfAReplacedStreamAreRefused() {
        byte[] hello = requireNonNull(last.get(SyncHeader.HELLO));
        byte[] changes = requireNonNull(last.get(SyncHeader.CHANGES));
        beginAnew();
        for (byte[] old : List.of(hello, changes)) {
            two.sync.message("lb1", old, 0, old.length);
        }
        await("they are refused", () -> two.refused("lb1", Refusal.STALE) == 2);
        change();
        await("the stream goes on", this::isCalm);
        assertThat(two.refused("lb1", Refusal.GAP)).isZero();
        assertThat(two.sync.snapshot(GROUP)).isEqualTo(SnapshotState.COMPLETE);
    }

    @Test
    void whatAPeerOfALaterHoldingRefusesDoesNotPassForAcknowledged() {
        long acknowledged = one.table.acknowledged;
        two.sync.epoch(GROUP, 6);
        two.sync.epoch(GROUP, 7); // Twice, or it would be a late change of the holding before.
        change();
        await("it is refused", () -> two.refused("lb1", Refusal.EPOCH) == 1);
        await("that is known", () -> one.peer("lb2").gapEntries() == 0);
        assertThat(one.table.acknowledged).isEqualTo(acknowledged);
        one.sync.epoch(GROUP, 8);
        one.table.epoch(8);
        change();
        await("a change of the new holding is taken", () -> two.table.copy().containsKey(changes - 1));
        await("that is known", () -> one.peer("lb2").gapEntries() == 0);
        assertThat(one.table.acknowledged).isEqualTo(acknowledged);
        two.sync.requestSnapshot("lb1", GROUP);
        await("all is there", () -> isCalm() && one.table.acknowledged > acknowledged);
    }

    @ParameterizedTest
    @ValueSource(ints = {
        SyncHeader.HELLO, SyncHeader.CHANGES, SyncHeader.ACK, SyncHeader.RESYNC, SyncHeader.SNAPSHOT_REQUEST, SyncHeader.SHARD_REQUEST
    })
    void anyKindOfAnotherClusterIsRefused(int kind) {
        toOne(new SyncHeader(kind, 0, CLUSTER + 1, WEB, 4, stream(), 1));
        assertThat(one.refused("lb2", Refusal.CLUSTER)).isEqualTo(1);
        assertThat(one.peer("lb2").streams()).isEqualTo(1);
        assertThat(one.table.resent).isEmpty();
    }
}

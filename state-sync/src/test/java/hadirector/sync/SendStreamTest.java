package hadirector.sync;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.Change;
import hadirector.sync.SendStream.Outgoing;
import hadirector.sync.wire.SyncHeader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SendStreamTest {
    private static final long SECOND = 1_000_000_000L;

    private final SendStream stream = new SendStream(100);

    private List<Outgoing> sendAll() {
        var sent = new ArrayList<Outgoing>();
        for (var next = stream.next(); next != null; next = stream.next()) {
            sent.add(next);
        }
        return sent;
    }

    private void acknowledge(Outgoing message, long now) {
        stream.acknowledge(message.stream(), message.sequence(), 0, 0, now);
    }

    /// Fills the window and leaves `batches` in the queue.
    ///
    /// @return the last that was sent
    private Outgoing choke(int batches) {
        var sent = new ArrayList<Outgoing>();
        int before;
        do {
            before = sent.size();
            stream.offer(Batches.of(127, 0), 0);
            sent.addAll(sendAll());
        } while (sent.size() > before);
        for (int i = 1; i < batches; i++) {
            stream.offer(Batches.of(127, 0), 0);
        }
        return sent.getLast();
    }

    @Test
    void saysHelloThenCountsWithoutAHole() {
        stream.restart(0);
        stream.offer(Batches.of(2, 0), 0);
        stream.offer(Batches.of(3, 0), 0);
        var sent = sendAll();
        assertThat(sent).extracting(Outgoing::sequence).containsExactly(0L, 1L, 2L);
        assertThat(sent).extracting(Outgoing::stream).containsOnly(101);
        assertThat(sent).extracting(m -> m.batch().kind())
                .containsExactly(SyncHeader.HELLO, SyncHeader.CHANGES, SyncHeader.CHANGES);
    }

    @Test
    void aSnapshotBeginsUntilThePeerHasItsBeginningOrTheStreamBeginsAnew() {
        stream.restart(0);
        assertThat(stream.beginsSnapshot(1)).isFalse();
        stream.offer(Batches.of(Change.SNAPSHOT_BEGIN, 1, 0), 0);
        stream.offer(Batches.of(Change.SNAPSHOT_ENTRY, 9, 0), 0);
        assertThat(stream.beginsSnapshot(1)).isTrue();
        assertThat(stream.beginsSnapshot(2)).isFalse();
        var sent = sendAll();
        assertThat(stream.beginsSnapshot(1)).isTrue();
        acknowledge(sent.get(1), 0);
        assertThat(stream.beginsSnapshot(1)).isFalse();
        stream.offer(Batches.of(Change.SNAPSHOT_BEGIN, 1, 0), 0);
        stream.restart(0);
        assertThat(stream.beginsSnapshot(1)).isFalse();
    }

    @Test
    void nothingGoesOutBeforeItBegins() {
        assertThat(stream.next()).isNull();
        assertThat(stream.lagNanos(5)).isZero();
    }

    @Test
    void stopsAtTheWindowAndGoesOnWithTheAcknowledgement() {
        stream.restart(0);
        choke(2);
        assertThat(stream.next()).isNull();
        stream.acknowledge(101, 3, 0, 0, 1);
        assertThat(sendAll()).hasSize(2);
    }

    @Test
    void lagIsTheAgeOfTheOldestUnacknowledgedChange() {
        stream.restart(0);
        acknowledge(sendAll().getFirst(), 0);
        stream.offer(Batches.of(2, 10), 10);
        stream.offer(Batches.of(3, 20), 20);
        assertThat(stream.lagNanos(50)).isEqualTo(40);
        assertThat(stream.gapEntries()).isEqualTo(5);
        var sent = sendAll();
        assertThat(stream.lagNanos(50)).isEqualTo(40);
        acknowledge(sent.get(0), 50);
        assertThat(stream.lagNanos(50)).isEqualTo(30);
        assertThat(stream.gapEntries()).isEqualTo(3);
        acknowledge(sent.get(1), 60);
        assertThat(stream.lagNanos(60)).isZero();
        assertThat(stream.gapEntries()).isZero();
        assertThat(stream.acknowledgedEntries()).isEqualTo(5);
    }

    @Test
    void anAcknowledgementOfAnotherStreamOrOfWhatWasNeverSentMeansNothing() {
        stream.restart(0);
        stream.offer(Batches.of(1, 0), 0);
        sendAll();
        stream.acknowledge(100, 1, 0, 0, 0);
        stream.acknowledge(101, 2, 0, 0, 0); // Never sent.
        assertThat(stream.gapEntries()).isEqualTo(1);
    }

    @Test
    void whatThePeerRefusesAsOfAnEndedHoldingIsNotInItsTableBeforeItsNextSnapshot() {
        stream.restart(0);
        stream.offer(Batches.snapshot(0), 0); // Up to position 0, as all these batches.
        acknowledge(sendAll().getLast(), 0);
        assertThat(stream.acknowledged(1)).isZero();
        stream.offer(Batches.upTo(1, 10), 0);
        stream.offer(Batches.upTo(2, 20), 0);
        stream.acknowledge(101, sendAll().getLast().sequence(), 1, 2, 0);
        assertThat(stream.gapEntries()).isZero();
        assertThat(stream.acknowledged(1)).isZero();
        stream.offer(Batches.upTo(2, 30), 0);
        acknowledge(sendAll().getLast(), 0);
        assertThat(stream.acknowledged(1)).isZero();
        stream.offer(Batches.snapshot(0), 0);
        stream.offer(Batches.upTo(2, 40), 0);
        acknowledge(sendAll().getLast(), 0);
        assertThat(stream.acknowledged(1)).isEqualTo(40);
    }

    @Test
    void aMissedMessageBeginsANewStreamOnce() {
        stream.restart(0);
        stream.offer(Batches.of(1, 0), 0);
        sendAll();
        stream.missed(101, 2, 0); // Never sent.
        assertThat(stream.streams()).isEqualTo(1);
        stream.missed(101, 1, 0);
        stream.missed(101, 1, 0); // Repeated complaint about the old one.
        var sent = sendAll();
        assertThat(sent).singleElement().satisfies(m -> {
            assertThat(m.stream()).isEqualTo(102);
            assertThat(m.sequence()).isZero();
            assertThat(m.batch().kind()).isEqualTo(SyncHeader.HELLO);
        });
        assertThat(stream.streams()).isEqualTo(2);
    }

    @Test
    void aQueueThatOverflowsIsDroppedAndTheStreamBeginsAnewWhenThePeerHasCaughtUp() {
        stream.restart(0);
        var last = choke(1);
        while (stream.dropped() == 0) {
            stream.offer(Batches.of(127, 0), 0);
        }
        assertThat(stream.queuedBytes()).isZero();
        long dropped = stream.dropped();
        stream.offer(Batches.of(7, 0), 0);
        assertThat(stream.dropped()).isEqualTo(dropped + 7);
        assertThat(stream.next()).isNull();
        acknowledge(last, 1);
        assertThat(sendAll()).singleElement().satisfies(m -> assertThat(m.stream()).isEqualTo(102));
        assertThat(stream.gapEntries()).isZero();
    }

    @Test
    void whatAPeerLostCountsUntilItHasANewSnapshot() {
        stream.restart(0);
        stream.offer(Batches.snapshot(0), 0);
        acknowledge(sendAll().getLast(), 0);
        stream.offer(Batches.of(3, 10), 10);
        sendAll();
        stream.offer(Batches.of(2, 20), 20);
        stream.missed(101, 0, 30);
        assertThat(stream.gapEntries()).isEqualTo(5);
        assertThat(stream.lagNanos(30)).isEqualTo(20);
        acknowledge(sendAll().getLast(), 40);
        assertThat(stream.gapEntries()).isEqualTo(5);
        stream.offer(Batches.snapshot(50), 50);
        acknowledge(sendAll().getLast(), 60);
        assertThat(stream.gapEntries()).isZero();
        assertThat(stream.lagNanos(70)).isZero();
    }

    @Test
    void aPeerThatFollowsNoGroupLacksNothing() {
        stream.restart(0);
        stream.offer(Batches.of(3, 10), 10);
        sendAll();
        stream.missed(101, 0, 30);
        assertThat(stream.gapEntries()).isZero();
    }

    @Test
    void aPeerThatStaysSilentForLongGetsANewStream() {
        stream.restart(0);
        acknowledge(sendAll().getFirst(), 0);
        stream.offer(Batches.of(1, SECOND), SECOND);
        sendAll();
        stream.tick(11 * SECOND);
        assertThat(stream.streams()).isEqualTo(1);
        stream.tick(11 * SECOND + 1);
        assertThat(stream.streams()).isEqualTo(2);
    }

    @Test
    void aHelloWithoutAnswerIsSaidAgainSoon() {
        stream.restart(0);
        sendAll();
        stream.tick(SendStream.HELLO_NANOS);
        assertThat(stream.streams()).isEqualTo(1);
        stream.tick(SendStream.HELLO_NANOS + 1);
        assertThat(sendAll()).singleElement().satisfies(m -> assertThat(m.stream()).isEqualTo(102));
        stream.tick(2 * SendStream.HELLO_NANOS + 2);
        assertThat(stream.streams()).isEqualTo(2);
        stream.tick(3 * SendStream.HELLO_NANOS + 2);
        assertThat(stream.streams()).isEqualTo(3);
    }

    @Test
    void anIdleStreamIsLeftAlone() {
        stream.restart(0);
        acknowledge(sendAll().getFirst(), 0);
        stream.tick(1_000 * SECOND);
        assertThat(stream.streams()).isEqualTo(1);
    }

    @Test
    void theEndOfASnapshotWhoseBeginningWasLostWithItsStreamMakesNoWholeCopy() {
        stream.restart(0);
        stream.offer(Batches.of(Change.SNAPSHOT_BEGIN, 1, 0), 0);
        acknowledge(sendAll().getLast(), 0);
        stream.missed(101, 1, 0);
        stream.offer(Batches.endOfSnapshot(1), 0);
        acknowledge(sendAll().getLast(), 0);
        assertThat(stream.acknowledged(1)).isEqualTo(SendStream.NOT_SYNCED);
    }

    @Test
    void aSnapshotThatEndsInAnotherHoldingMakesNoWholeCopy() {
        stream.restart(0);
        stream.offer(Batches.of(Change.SNAPSHOT_BEGIN, 1, 0), 0);
        stream.offer(Batches.endOfSnapshot(2), 0);
        acknowledge(sendAll().getLast(), 0);
        assertThat(stream.acknowledged(1)).isEqualTo(SendStream.NOT_SYNCED);
    }
}

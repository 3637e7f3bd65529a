package hadirector.sync;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.Change;
import hadirector.conn.EntryLayout;
import hadirector.sync.wire.ChangeRecord;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatcherTest {
    private static final int EVERY = -1;

    private final List<Batch> batches = new ArrayList<>();
    private final Batcher batcher = new Batcher(batches::add, () -> 42, () -> 6);
    private final MemorySegment entry = MemorySegment.ofArray(new byte[1 + EntryLayout.LENGTH]);

    private void change(int kind, int group, int peer, int epoch, int mark) {
        entry.set(ValueLayout.JAVA_INT_UNALIGNED, 1, mark);
        batcher.change(kind, group, peer, epoch, entry, 1);
    }

    private static List<Integer> changes(Batch batch) {
        return IntStream.range(0, batch.count())
                .mapToObj(i -> ChangeRecord.change(batch.records(), (long) i * ChangeRecord.LENGTH))
                .toList();
    }

    @Test
    void allKindsOfChangesShareABatchInTheirOrder() {
        change(Change.UPSERT, 1, EVERY, 7, 0);
        change(Change.DELETE, 1, EVERY, 7, 0);
        change(Change.UPSERT, 1, EVERY, 7, 0);
        assertThat(batches).isEmpty();
        assertThat(batcher.flush()).isTrue();
        assertThat(batches).singleElement().satisfies(b -> {
            assertThat(changes(b)).containsExactly(Change.UPSERT, Change.DELETE, Change.UPSERT);
            assertThat(b.epoch()).isEqualTo(7);
            assertThat(b.sinceNanos()).isEqualTo(42);
            assertThat(b.upTo()).isEqualTo(7);
        });
        assertThat(batcher.flush()).isFalse();
    }

    @Test
    void anotherTargetOrEpochClosesTheBatch() {
        change(Change.UPSERT, 1, EVERY, 7, 0);
        change(Change.SNAPSHOT_ENTRY, 1, 2, 7, 0);
        change(Change.UPSERT, 1, EVERY, 7, 0);
        change(Change.UPSERT, 1, EVERY, 8, 0);
        batcher.flush();
        assertThat(batches).extracting(Batch::target).containsExactly(EVERY, 2, EVERY, EVERY);
        assertThat(batches).extracting(Batch::epoch).containsExactly(7, 7, 7, 8);
    }

    @Test
    void aSnapshotBeginsWithABatch() {
        change(Change.SNAPSHOT_BEGIN, 1, 2, 7, 0);
        change(Change.SNAPSHOT_END, 1, 2, 7, 0);
        change(Change.SNAPSHOT_BEGIN, 1, 2, 7, 0);
        batcher.flush();
        assertThat(batches).extracting(Batch::snapshotBegins).containsExactly(true, true);
        assertThat(batches).extracting(Batch::snapshotEnds).containsExactly(true, false);
    }

    @Test
    void whatEverybodyIsToldMovesThePositionOfItsGroup() {
        change(Change.UPSERT, 1, EVERY, 7, 0);
        change(Change.DELETE, 1, EVERY, 7, 0);
        change(Change.DIGEST, 1, EVERY, 7, 0);
        change(Change.UPSERT, 1, 2, 7, 0);
        change(Change.UPSERT, 2, EVERY, 7, 0);
        change(Change.UPSERT, 1, EVERY, 8, 0);
        batcher.flush();
        assertThat(batches.stream().filter(b -> b.group() == 1)).extracting(Batch::position).containsExactly(2L, 2L, 3L);
        assertThat(batches.stream().filter(b -> b.group() == 2)).extracting(Batch::position).containsExactly(1L);
    }

    @Test
    void aFullBatchLeavesAtOnce() {
        for (int i = 0; i < Batch.RECORDS_MAX; i++) {
            change(Change.UPSERT, 1, EVERY, 7, 0);
        }
        assertThat(batches).singleElement().satisfies(b -> assertThat(b.bytes()).isLessThanOrEqualTo(8 << 10));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void changesOfAGroupKeepTheirOrder(long seed) {
        var random = new Random(seed);
        int[] next = new int[3];
        for (int i = 0; i < 5_000; i++) {
            int group = random.nextInt(3);
            int target = random.nextInt(10) == 0 ? random.nextInt(3) : EVERY;
            change(Change.UPSERT, group, target, 1, next[group]++);
            if (random.nextInt(50) == 0) {
                batcher.flush();
            }
        }
        batcher.flush();
        int[] seen = new int[3];
        for (var batch : batches) {
            for (int i = 0; i < batch.count(); i++) {
                int mark = batch.records().get(ValueLayout.JAVA_INT_UNALIGNED, (long) i * ChangeRecord.LENGTH);
                assertThat(mark).isEqualTo(seen[batch.group()]++);
            }
        }
        assertThat(seen).containsExactly(next);
    }
}

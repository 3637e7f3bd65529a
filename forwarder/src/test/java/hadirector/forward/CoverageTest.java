package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class CoverageTest {
    private static final int DATAGRAM = 1;

    private final Coverage coverage = new Coverage(3);

    private Coverage.Verdict add(int offset, int length, boolean last) {
        return coverage.add(DATAGRAM, offset, length, last);
    }

    @Test
    void fragmentsInOrderMakeADatagram() {
        assertThat(add(0, 1480, false)).isEqualTo(Coverage.Verdict.NEW);
        assertThat(coverage.isComplete(DATAGRAM)).isFalse();
        assertThat(add(1480, 1480, false)).isEqualTo(Coverage.Verdict.NEW);
        assertThat(add(2960, 5, true)).isEqualTo(Coverage.Verdict.NEW);
        assertThat(coverage.isComplete(DATAGRAM)).isTrue();
    }

    @Test
    void oneInsideWhatWasSeenIsADuplicate() {
        add(0, 160, false);
        add(160, 160, false);
        assertThat(add(160, 160, false)).isEqualTo(Coverage.Verdict.DUPLICATE);
        assertThat(add(80, 160, false)).isEqualTo(Coverage.Verdict.DUPLICATE);
    }

    @Test
    void oneThatOverlapsOtherwiseIsAConflict() {
        add(160, 160, false);
        assertThat(add(80, 88, false)).isEqualTo(Coverage.Verdict.CONFLICT);
        assertThat(add(312, 16, false)).isEqualTo(Coverage.Verdict.CONFLICT);
        assertThat(add(80, 800, false)).isEqualTo(Coverage.Verdict.CONFLICT);
    }

    @Test
    void onlyOneFragmentSaysWhereTheDatagramEnds() {
        add(160, 16, true);
        assertThat(add(176, 16, false)).isEqualTo(Coverage.Verdict.CONFLICT);
        assertThat(add(168, 16, true)).isEqualTo(Coverage.Verdict.CONFLICT);
        assertThat(add(80, 8, true)).isEqualTo(Coverage.Verdict.CONFLICT);
        assertThat(add(160, 16, true)).isEqualTo(Coverage.Verdict.DUPLICATE);
    }

    @Test
    void anEndBeforeWhatWasSeenIsAConflict() {
        add(160, 16, false);
        assertThat(add(80, 8, true)).isEqualTo(Coverage.Verdict.CONFLICT);
    }

    @Test
    void moreGapsThanAreRememberedAreScattered() {
        for (int i = 0; i < Coverage.RUNS; i++) {
            assertThat(add(16 * i, 8, false)).isEqualTo(Coverage.Verdict.NEW);
        }
        assertThat(add(16 * Coverage.RUNS, 8, false)).isEqualTo(Coverage.Verdict.SCATTERED);
        assertThat(add(8, 8, false)).isEqualTo(Coverage.Verdict.NEW);
        assertThat(add(16 * Coverage.RUNS, 8, false)).isEqualTo(Coverage.Verdict.NEW);
    }

    /// Against a bit per unit, which knows what has been seen but not how it is kept.
    @RepeatedTest(500)
    void judgesAsABitSetDoes(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        var seen = new BitSet();
        int total = -1;
        for (int i = 0; i < 60; i++) {
            int start = random.nextInt(40);
            int end = start + 1 + random.nextInt(5);
            boolean last = random.nextInt(20) == 0;
            var expected = judge(seen, total, start, end, last);
            assertThat(add(start * 8, (end - start) * 8 - (last ? 3 : 0), last)).as("step %d", i).isEqualTo(expected);
            if (expected == Coverage.Verdict.NEW) {
                seen.set(start, end);
                total = last ? end : total;
            }
            boolean complete = total >= 0 && seen.nextClearBit(0) == total && seen.length() == total;
            assertThat(coverage.isComplete(DATAGRAM)).isEqualTo(complete);
            assertThat(coverage.isComplete(DATAGRAM - 1)).isFalse();
        }
        coverage.clear(DATAGRAM);
        assertThat(add(0, 8, true)).isEqualTo(Coverage.Verdict.NEW);
    }

    private static Coverage.Verdict judge(BitSet seen, int total, int start, int end, boolean last) {
        boolean disagrees = total >= 0 ? (last ? end != total : end > total) : last && seen.length() > end;
        int overlap = seen.get(start, end).cardinality();
        if (disagrees || (overlap > 0 && overlap < end - start)) {
            return Coverage.Verdict.CONFLICT;
        }
        if (overlap == end - start) {
            return Coverage.Verdict.DUPLICATE;
        }
        boolean touches = (start > 0 && seen.get(start - 1)) || seen.get(end);
        return touches || runs(seen) < Coverage.RUNS ? Coverage.Verdict.NEW : Coverage.Verdict.SCATTERED;
    }

    private static int runs(BitSet seen) {
        int runs = 0;
        for (int at = seen.nextSetBit(0); at >= 0; at = seen.nextSetBit(seen.nextClearBit(at))) {
            runs++;
        }
        return runs;
    }
}

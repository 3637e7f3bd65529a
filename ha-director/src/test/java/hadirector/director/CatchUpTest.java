package hadirector.director;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.role.FailoverRequest;
import hadirector.sync.SyncStats;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CatchUpTest {
    private static final long MILLI = 1_000_000;
    private static final FailoverRequest REQUEST = new FailoverRequest("lb1", 1, Optional.empty(), false);

    private final CatchUp catchUp = new CatchUp();

    CatchUpTest() {
        catchUp.add(REQUEST, "lb2", 0);
    }

    private static SyncStats.Peer peer(String name, long gap, long lagMillis) {
        return new SyncStats.Peer(name, true, 0, 0, 0, 0, lagMillis * MILLI, gap, 0, 0, 0, 0, Map.of());
    }

    private List<CatchUp.Decided> decide(long gap, long lagMillis, long nowMillis) {
        return catchUp.decide(List.of(peer("lb3", 9, 9_000), peer("lb2", gap, lagMillis)), nowMillis * MILLI);
    }

    @Test
    void aTargetThatHasEverythingGetsItAtOnce() {
        assertThat(decide(0, 0, 0)).containsExactly(new CatchUp.Decided(REQUEST, Optional.empty()));
        assertThat(catchUp.isEmpty()).isTrue();
    }

    @Test
    void underTrafficItIsEnoughThatWhatHadChangedThenHasArrived() {
        assertThat(decide(30, 5, 0)).isEmpty();
        assertThat(decide(30, 5, 5)).isEmpty();
        assertThat(decide(30, 5, 6)).containsExactly(new CatchUp.Decided(REQUEST, Optional.empty()));
    }

    @Test
    void aTargetThatDoesNotCatchUpIsRefusedWithWhatItLacks() {
        assertThat(decide(30, 700, 0)).isEmpty();
        assertThat(decide(40, 1_699, 999)).isEmpty();
        assertThat(decide(42, 1_700, 1_000)).singleElement().satisfies(decided -> assertThat(decided.refusal())
                .hasValue("lb2 lacks 42 changed connections, the oldest for 1.7 s, which could be lost; --force hands over all the same"));
        assertThat(catchUp.isEmpty()).isTrue();
    }

    @Test
    void whatBecomesOfATargetThatLeavesIsForTheRoleToSay() {
        assertThat(catchUp.decide(List.of(), 0)).containsExactly(new CatchUp.Decided(REQUEST, Optional.empty()));
    }
}

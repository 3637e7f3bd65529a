package hadirector.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LaneTest {
    private final Lane lane = new Lane();

    private List<Long> kept() {
        return lane.kept().stream().map(sent -> Counted.number(sent.bytes, 0)).toList();
    }

    private void send(int times) {
        for (int i = 0; i < times; i++) {
            var _ = lane.next((byte) 1, new byte[100], 100);
        }
    }

    @Test
    void whatIsNotAcknowledgedIsKeptInOrder() {
        send(5);
        assertThat(kept()).containsExactly(1L, 2L, 3L, 4L, 5L);
        lane.acknowledged(3);
        lane.acknowledged(2); // Late, by another link.
        assertThat(kept()).containsExactly(4L, 5L);
        send(1);
        assertThat(kept()).containsExactly(4L, 5L, 6L);
    }

    @Test
    void onlyANewWayTurns() {
        assertThat(lane.turnsTo(0)).isTrue();
        assertThat(lane.turnsTo(0)).isFalse();
        assertThat(lane.turnsTo(1)).isTrue();
        assertThat(lane.turnsTo(0)).isTrue();
    }

    @Test
    void whoIsGoneIsToldNothingOldWhenItComesBack() {
        send(5);
        lane.forget();
        assertThat(kept()).isEmpty();
        send(1);
        assertThat(kept()).containsExactly(6L);
    }

    @Test
    void memoryIsBounded() {
        for (int i = 0; i < 300; i++) {
            var _ = lane.next((byte) 1, new byte[100_000], 100_000);
        }
        assertThat(kept()).hasSizeBetween(150, 170).endsWith(300L);
    }
}

package hadirector.sync;

import static hadirector.sync.ReceiveStream.Verdict.BEGINS;
import static hadirector.sync.ReceiveStream.Verdict.GAP;
import static hadirector.sync.ReceiveStream.Verdict.STALE;
import static hadirector.sync.ReceiveStream.Verdict.TAKE;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReceiveStreamTest {
    private final ReceiveStream stream = new ReceiveStream();

    @Test
    void takesMessagesInOrderAfterTheHello() {
        assertThat(stream.accept(true, 7, 0)).isEqualTo(BEGINS);
        assertThat(stream.accept(false, 7, 1)).isEqualTo(TAKE);
        assertThat(stream.accept(false, 7, 2)).isEqualTo(TAKE);
        assertThat(stream.last()).isEqualTo(2);
    }

    @Test
    void aStreamWithoutItsHelloIsAGap() {
        assertThat(stream.accept(false, 7, 1)).isEqualTo(GAP);
        assertThat(stream.accept(false, 0, 0)).isEqualTo(GAP);
        assertThat(stream.accept(true, 7, 3)).isEqualTo(GAP);
    }

    @Test
    void afterAHoleNothingOfTheStreamIsTaken() {
        stream.accept(true, 7, 0);
        assertThat(stream.accept(false, 7, 2)).isEqualTo(GAP);
        assertThat(stream.accept(false, 7, 3)).isEqualTo(GAP);
        assertThat(stream.accept(true, 8, 0)).isEqualTo(BEGINS);
        assertThat(stream.accept(false, 8, 1)).isEqualTo(TAKE);
    }

    @Test
    void repetitionsAndStragglersAreStale() {
        stream.accept(true, 7, 0);
        stream.accept(false, 7, 1);
        assertThat(stream.accept(false, 7, 1)).isEqualTo(STALE);
        assertThat(stream.accept(true, 7, 0)).isEqualTo(STALE);
        stream.accept(true, 8, 0);
        assertThat(stream.accept(false, 7, 2)).isEqualTo(STALE);
        assertThat(stream.accept(true, 7, 0)).isEqualTo(STALE);
        assertThat(stream.accept(false, 8, 1)).isEqualTo(TAKE);
    }
}

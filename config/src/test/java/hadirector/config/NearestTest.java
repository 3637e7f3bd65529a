package hadirector.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
    @Test
    void countsEdits() {
        assertThat(Nearest.distance("", "abc")).isEqualTo(3);
        assertThat(Nearest.distance("abc", "")).isEqualTo(3);
        assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(Nearest.distance("fall", "fall")).isZero();
    }

    @Test
    void guessesOnlyWhatIsNear() {
        var words = List.of("rise", "fall", "interval", "timeout");
        assertThat(Nearest.to("intervall", words)).contains("interval");
        assertThat(Nearest.to("time-out", words)).contains("timeout");
        assertThat(Nearest.to("raise", words)).contains("rise");
        assertThat(Nearest.to("period", words)).isEmpty();
    }
}

package hadirector.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DetectionTest {
    @Test
    void silenceIsFoundByTheEndOfTheDetection() {
        assertThat(Detection.heartbeat(Duration.ofMillis(600))).isEqualTo(Duration.ofMillis(100));
        assertThat(Detection.silence(Duration.ofMillis(600))).isEqualTo(Duration.ofMillis(500));
        for (int millis = 6; millis < 10_000; millis++) {
            var detection = Duration.ofMillis(millis);
            assertThat(Detection.silence(detection).plus(Detection.heartbeat(detection))).isLessThanOrEqualTo(detection);
        }
    }
}

package hadirector.health;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.Passed;
import hadirector.health.ProbeResult.Refused;
import hadirector.health.ProbeResult.TimedOut;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProbeResultTest {
    @Test
    void readsAsOneLineForAnOperator() {
        assertThat(new Passed(Duration.ofNanos(418_000)).text()).isEqualTo("passed in 0.418 ms");
        assertThat(new TimedOut(Duration.ofMillis(1500), "the HTTP answer").text())
                .isEqualTo("timed out after 1.50 s waiting for the HTTP answer");
        assertThat(new NotRun("Network is unreachable").text()).isEqualTo("could not run: Network is unreachable");
    }

    @Test
    void keepsForeignTextHarmlessAndShort() {
        assertThat(new Refused(" bad\r\n\u001b[31mred\u0000 ").text()).isEqualTo("bad [31mred");
        assertThat(new Refused("x".repeat(9999)).text()).hasSize(ProbeResult.TEXT_MAX + 3).endsWith("x...");
    }
}

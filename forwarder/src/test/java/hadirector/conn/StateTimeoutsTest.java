package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.Timeouts;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateTimeoutsTest {
    @ParameterizedTest
    @CsvSource({
        "ESTABLISHED, 900", "SYN_SENT, 120", "SYN_RECV, 60", "FIN_WAIT, 120", "TIME_WAIT, 120", "CLOSE, 10",
        "CLOSE_WAIT, 60", "LAST_ACK, 30", "LISTEN, 120", "SYNACK, 120", "UDP, 300"
    })
    void areThoseOfIpvs(ConnectionState state, int seconds) {
        assertThat(new StateTimeouts(Timeouts.IPVS).nanos(state.number()))
                .isEqualTo(Duration.ofSeconds(seconds).toNanos());
    }

    @Test
    void threeAreTheServices() {
        var timeouts = new StateTimeouts(
                new Timeouts(Duration.ofHours(2), Duration.ofSeconds(3), Duration.ofMillis(1_500)));
        assertThat(timeouts.nanos(ConnectionState.ESTABLISHED.number())).isEqualTo(7_200_000_000_000L);
        assertThat(timeouts.nanos(ConnectionState.FIN_WAIT.number())).isEqualTo(3_000_000_000L);
        assertThat(timeouts.nanos(ConnectionState.UDP.number())).isEqualTo(1_500_000_000L);
    }
}

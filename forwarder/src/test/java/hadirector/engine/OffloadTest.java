package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.ConnectionState;
import hadirector.conn.TcpStates;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OffloadTest {
    private static final Set<ConnectionState> SETTLED =
            EnumSet.of(
                    ConnectionState.ESTABLISHED,
                    ConnectionState.FIN_WAIT,
                    ConnectionState.CLOSE_WAIT,
                    ConnectionState.TIME_WAIT,
                    ConnectionState.CLOSE);
    private static final int ACK = 16;

    private static boolean may(ConnectionState state) {
        return Offload.may(true, state.number(), true, true);
    }

    @Test
    void tcpMayOnceItIsEstablished() {
        for (var state : EnumSet.complementOf(EnumSet.of(ConnectionState.UDP))) {
            assertThat(may(state)).as("%s", state).isEqualTo(SETTLED.contains(state));
        }
    }

    /// Or the table would not learn of it.
    @Test
    void noStateThatMayIsChangedByAPlainSegment() {
        for (var state : SETTLED) {
            for (int sight : new int[] {TcpStates.INPUT, TcpStates.OUTPUT, TcpStates.INPUT_ONLY}) {
                assertThat(TcpStates.next(sight, ACK, state.number())).as("%s", state).isEqualTo(state.number());
            }
        }
    }

    @Test
    void udpMayUnlessItHasToMove() {
        int udp = ConnectionState.UDP.number();
        assertThat(Offload.may(true, udp, true, true)).isTrue();
        assertThat(Offload.may(true, udp, true, false)).isFalse();
        assertThat(Offload.may(true, ConnectionState.ESTABLISHED.number(), true, false)).isTrue();
    }

    @Test
    void nothingMayWithoutANextHopOrWhenItIsOff() {
        for (var state : ConnectionState.values()) {
            assertThat(Offload.may(false, state.number(), true, true)).as("%s", state).isFalse();
            assertThat(Offload.may(true, state.number(), false, true)).as("%s", state).isFalse();
        }
    }
}

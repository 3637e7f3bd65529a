package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TcpStatesTest {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;

    /// A word per segment: `c` client or `s` server, then its flags.
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "handshake, cS, SYN_RECV",
        "handshake, cS sSA, SYN_RECV",
        "handshake, cS sSA cA, ESTABLISHED",
        "client closes, cS sSA cA cFA, CLOSE_WAIT",
        "client closes, cS sSA cA cFA sA, CLOSE_WAIT",
        "client closes, cS sSA cA cFA sA sFA, TIME_WAIT",
        "server closes, cS sSA cA sFA, FIN_WAIT",
        "server closes, cS sSA cA sFA cA, FIN_WAIT",
        "server closes, cS sSA cA sFA cA cFA, TIME_WAIT",
        "data after the half close, cS sSA cA cFA sA sA cA, CLOSE_WAIT",
        "server refuses, cS sRA, CLOSE",
        "client resets, cS sSA cA cR, CLOSE",
        "reset in the handshake by the client may be forged, cS cR, SYN_RECV",
        "reset counts before all other flags, cS sSA cA sRFSA, CLOSE",
        "reuse of the port, cS sSA cA cFA sFA cS, SYN_RECV",
        "a segment without flags changes nothing, cS sSA cA c, ESTABLISHED",
    })
    void followsAConnectionAsIpvsDoes(String name, String segments, ConnectionState expected) {
        assertThat(ConnectionState.of(follow(segments, TcpStates.INPUT))).as(name).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"cS, SYN_RECV", "cS cA, ESTABLISHED", "cS cA cFA, FIN_WAIT", "cS cA cFA cA, FIN_WAIT", "cS cA cR, CLOSE"})
    void followsTheClientAloneWhereRepliesBypassTheDirector(String segments, ConnectionState expected) {
        assertThat(ConnectionState.of(follow(segments, TcpStates.INPUT_ONLY))).isEqualTo(expected);
    }

    private static int follow(String segments, int clientDirection) {
        int state = ConnectionState.NONE.number();
        for (String segment : segments.split(" ", -1)) {
            int flags = (segment.contains("F") ? FIN : 0)
                    | (segment.contains("S") ? SYN : 0)
                    | (segment.contains("R") ? RST : 0)
                    | (segment.contains("A") ? ACK : 0);
            state = TcpStates.next(segment.charAt(0) == 's' ? TcpStates.OUTPUT : clientDirection, flags, state);
        }
        return state;
    }

    /// Rows: direction, then SYN, FIN, ACK, RST; columns: the states from NONE to SYNACK, as hexadecimal numbers.
    @Test
    void theWholeTableIsThatOfIpvs() {
        assertThat(table())
                .isEqualTo("""
                        31133333333
                        67255567895
                        11214567691
                        66636666893
                        21232222293
                        54254565895
                        11214567811
                        66266566666
                        31133333333
                        64254567895
                        11214567691
                        66636666896
                        """);
    }

    private static String table() {
        var text = new StringBuilder();
        for (int direction : new int[] {TcpStates.INPUT, TcpStates.OUTPUT, TcpStates.INPUT_ONLY}) {
            for (int flags : new int[] {SYN, FIN, ACK, RST}) {
                for (int state = 0; state < ConnectionState.UDP.number(); state++) {
                    text.append(HexFormat.of().toHexDigits(TcpStates.next(direction, flags, state), 1));
                }
                text.append('\n');
            }
        }
        return text.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "TIME_WAIT, true", "CLOSE, true", "FIN_WAIT, true", "CLOSE_WAIT, true", "LAST_ACK, true",
        "SYN_RECV, false", "ESTABLISHED, false", "SYN_SENT, false"
    })
    void aSynBeginsANewConnectionOnceTheOldOneHasEnded(ConnectionState state, boolean reusable) {
        assertThat(TcpStates.reusable(state.number())).isEqualTo(reusable);
    }
}

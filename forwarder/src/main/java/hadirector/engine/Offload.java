package hadirector.engine;

import hadirector.conn.ConnectionState;

/// Which connections the kernel may forward without Java. Pure.
final class Offload {
    private Offload() {}

    /// Whether packets of a connection may go through the kernel alone. Only in these states no packet without SYN, FIN or RST changes anything
    /// in the table; a UDP flow comes here after its first packet.
    ///
    /// @param enabled `engine.offload`
    /// @param state number of a [ConnectionState]
    /// @param resolved whether the records of all directions that pass here have their next hop
    /// @param serverUp whether its realserver is up, as far as known: else a UDP client has to move at its next packet
    static boolean may(boolean enabled, int state, boolean resolved, boolean serverUp) {
        return enabled
                && resolved
                && switch (ConnectionState.of(state)) {
                    case ESTABLISHED, FIN_WAIT, CLOSE_WAIT, TIME_WAIT, CLOSE -> true;
                    case UDP -> serverUp;
                    case NONE, SYN_SENT, SYN_RECV, LAST_ACK, LISTEN, SYNACK -> false;
                };
    }
}

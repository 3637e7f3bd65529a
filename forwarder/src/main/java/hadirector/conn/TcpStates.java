package hadirector.conn;

import static hadirector.conn.ConnectionState.CLOSE;
import static hadirector.conn.ConnectionState.CLOSE_WAIT;
import static hadirector.conn.ConnectionState.ESTABLISHED;
import static hadirector.conn.ConnectionState.FIN_WAIT;
import static hadirector.conn.ConnectionState.SYN_RECV;
import static hadirector.conn.ConnectionState.SYN_SENT;
import static hadirector.conn.ConnectionState.TIME_WAIT;

/// How IPVS sees a TCP connection change (the transition table of net/netfilter/ipvs/ip_vs_proto_tcp.c). It follows flags,
/// not sequence numbers. A segment without SYN, FIN, RST and ACK changes nothing here; IPVS closes on it.
public final class TcpStates {
    /// A segment of the client, while the director sees both directions (NAT).
    public static final int INPUT = 0;

    /// A segment of the realserver.
    public static final int OUTPUT = 1;

    /// A segment of the client, while replies do not pass the director (DR, Tun).
    public static final int INPUT_ONLY = 2;

    private static final int FIN_FLAG = 1;
    private static final int SYN_FLAG = 2;
    private static final int RST_FLAG = 4;
    private static final int ACK_FLAG = 16;
    private static final int FLAGS = 32;
    private static final int COUNT = ConnectionState.UDP.number();
    private static final byte[] NEXT = new byte[3 * FLAGS * COUNT];

    static {
        for (int direction = INPUT; direction <= INPUT_ONLY; direction++) {
            for (int flags = 0; flags < FLAGS; flags++) {
                for (int state = 0; state < COUNT; state++) {
                    NEXT[at(direction, flags, state)] = (byte) next(direction, flags, ConnectionState.of(state)).number();
                }
            }
        }
    }

    private TcpStates() {}

    /// The state after a segment.
    ///
    /// @param direction [#INPUT], [#OUTPUT] or [#INPUT_ONLY]
    /// @param flags byte 13 of the TCP header
    /// @param state number of a [ConnectionState] of TCP
    public static int next(int direction, int flags, int state) {
        return NEXT[at(direction, flags & (FLAGS - 1), state)];
    }

    /// Whether a SYN of the client on a connection in this state begins a new one on the same port: both or one side
    /// had ended it (IPVS `conn_reuse_mode`, which knows TIME_WAIT and, one-way, FIN_WAIT).
    public static boolean reusable(int state) {
        return switch (ConnectionState.of(state)) {
            case FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK -> true;
            case NONE, ESTABLISHED, SYN_SENT, SYN_RECV, LISTEN, SYNACK, UDP -> false;
        };
    }

    private static int at(int direction, int flags, int state) {
        return (direction * FLAGS + flags) * COUNT + state;
    }

    /// RST counts before SYN, SYN before FIN, FIN before ACK.
    private static ConnectionState next(int direction, int flags, ConnectionState state) {
        boolean output = direction == OUTPUT;
        if ((flags & RST_FLAG) != 0) {
            return output ? resetByServer(state) : resetByClient(state, direction == INPUT_ONLY);
        }
        if ((flags & SYN_FLAG) != 0) {
            return output ? synOfServer(state) : synOfClient(state);
        }
        if ((flags & FIN_FLAG) != 0) {
            return output ? finOfServer(state) : finOfClient(state, direction == INPUT_ONLY);
        }
        return (flags & ACK_FLAG) == 0 ? state : output ? ackOfServer(state) : ackOfClient(state);
    }

    private static ConnectionState synOfClient(ConnectionState state) {
        return switch (state) {
            case ESTABLISHED, SYN_SENT -> ESTABLISHED;
            case NONE, SYN_RECV, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, SYNACK -> SYN_RECV;
            case UDP -> state;
        };
    }

    private static ConnectionState finOfClient(ConnectionState state, boolean inputOnly) {
        return switch (state) {
            case NONE -> CLOSE;
            case ESTABLISHED -> inputOnly ? FIN_WAIT : CLOSE_WAIT;
            case FIN_WAIT -> inputOnly ? FIN_WAIT : TIME_WAIT;
            case SYN_RECV, TIME_WAIT, SYNACK -> TIME_WAIT;
            case SYN_SENT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, UDP -> state;
        };
    }

    private static ConnectionState ackOfClient(ConnectionState state) {
        return switch (state) {
            case NONE, ESTABLISHED, SYN_RECV, SYNACK -> ESTABLISHED;
            case LAST_ACK -> CLOSE;
            case SYN_SENT, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, LISTEN, UDP -> state;
        };
    }

    private static ConnectionState resetByClient(ConnectionState state, boolean inputOnly) {
        return switch (state) {
            case NONE, ESTABLISHED, SYN_SENT, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT -> CLOSE;
            case SYNACK -> inputOnly ? CLOSE : SYN_RECV;
            case SYN_RECV, LAST_ACK, LISTEN, UDP -> state;
        };
    }

    private static ConnectionState synOfServer(ConnectionState state) {
        return switch (state) {
            case NONE, SYN_SENT, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK -> SYN_SENT;
            case SYNACK -> SYN_RECV;
            case ESTABLISHED, SYN_RECV, LISTEN, UDP -> state;
        };
    }

    private static ConnectionState finOfServer(ConnectionState state) {
        return switch (state) {
            case ESTABLISHED -> FIN_WAIT;
            case NONE, SYN_RECV, TIME_WAIT, CLOSE_WAIT, SYNACK -> TIME_WAIT;
            case SYN_SENT, FIN_WAIT, CLOSE, LAST_ACK, LISTEN, UDP -> state;
        };
    }

    private static ConnectionState ackOfServer(ConnectionState state) {
        return switch (state) {
            case NONE, ESTABLISHED, SYN_RECV, LISTEN, SYNACK -> ESTABLISHED;
            case SYN_SENT, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, UDP -> state;
        };
    }

    private static ConnectionState resetByServer(ConnectionState state) {
        return switch (state) {
            case NONE, ESTABLISHED, SYN_RECV, FIN_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, SYNACK -> CLOSE;
            case SYN_SENT, TIME_WAIT, UDP -> state;
        };
    }
}

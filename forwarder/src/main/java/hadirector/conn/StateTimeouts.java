package hadirector.conn;

import hadirector.model.Timeouts;
import java.util.concurrent.TimeUnit;

/// How long a connection lasts in each state without a packet: IPVS's defaults (ip_vs_proto_tcp.c, ip_vs_proto_udp.c), of which a
/// service may set three, as `ipvsadm --set` does.
public final class StateTimeouts {
    private final long[] nanos = new long[ConnectionState.count()];

    public StateTimeouts(Timeouts service) {
        for (var state : ConnectionState.values()) {
            nanos[state.number()] = switch (state) {
                case ESTABLISHED -> service.established().toNanos();
                case FIN_WAIT -> service.fin().toNanos();
                case UDP -> service.udp().toNanos();
                case SYN_SENT, TIME_WAIT, LISTEN, SYNACK -> TimeUnit.SECONDS.toNanos(120);
                case SYN_RECV, CLOSE_WAIT -> TimeUnit.SECONDS.toNanos(60);
                case LAST_ACK -> TimeUnit.SECONDS.toNanos(30);
                case CLOSE -> TimeUnit.SECONDS.toNanos(10);
                case NONE -> TimeUnit.SECONDS.toNanos(2);
            };
        }
    }

    /// @param state number of a [ConnectionState]
    public long nanos(int state) {
        return nanos[state];
    }
}

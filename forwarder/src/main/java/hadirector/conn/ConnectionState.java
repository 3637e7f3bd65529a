package hadirector.conn;

/// Connection states by their IPVS names (`ipvsadm -L -c`); the ordinal is the number on the wire and
/// that of IP_VS_TCP_S_* in net/ip_vs.h. UDP stands beside them with a number of its own.
public enum ConnectionState {
    NONE,
    ESTABLISHED,
    SYN_SENT,
    SYN_RECV,
    FIN_WAIT,
    TIME_WAIT,
    CLOSE,
    CLOSE_WAIT,
    LAST_ACK,
    LISTEN,
    SYNACK,
    UDP
}

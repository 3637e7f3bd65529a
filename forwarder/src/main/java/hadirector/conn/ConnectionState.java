package hadirector.conn;

/// Connection states by their IPVS names (`ipvsadm -L -c`); their numbers are those on the wire and
/// of IP_VS_TCP_S_* in net/ip_vs.h. UDP stands beside them with a number of its own.
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
    UDP;

    private static final ConnectionState[] STATES = values();

    /// The number in records and on the wire.
    @SuppressWarnings("EnumOrdinal") // Published: the order above never changes.
    public int number() {
        return ordinal();
    }

    /// How many there are; their numbers go from 0.
    public static int count() {
        return STATES.length;
    }

    /// @param number below [#count]
    public static ConnectionState of(int number) {
        return STATES[number];
    }
}

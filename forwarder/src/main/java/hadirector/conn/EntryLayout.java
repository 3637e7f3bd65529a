package hadirector.conn;

/// One connection as 64 bytes, big-endian: the payload of replication and of change rings.
///
/// ```
///   0                16               32               48   50   52   54    55    56      58        60    64
///   +----------------+----------------+----------------+----+----+----+-----+-----+-------+---------+-----+
///   |  client (CIP)  |  virtual (VIP) |   real (RIP)   |cprt|vprt|rprt|proto|state| flags | timeout | 0   |
///   +----------------+----------------+----------------+----+----+----+-----+-----+-------+---------+-----+
/// ```
///
/// Addresses are 16 bytes, IPv4 mapped (`::ffff:a.b.c.d`). `flags`: bits 0-2 the forwarding method with the numbers of
/// IP_VS_CONN_F_FWD_MASK, bit 3 set if the client closed first (unused yet, 0). `timeout`: seconds until the entry would end, 65535
/// for that or more. Evolution: reserved bytes are written zero and ignored when read; the length never changes within
/// a version of the sync message that carries it.
public final class EntryLayout {
    public static final int LENGTH = 64;
    public static final long CLIENT = 0;
    public static final long VIRTUAL = 16;
    public static final long REAL = 32;
    public static final long CLIENT_PORT = 48;
    public static final long VIRTUAL_PORT = 50;
    public static final long REAL_PORT = 52;
    public static final long PROTOCOL = 54;
    public static final long STATE = 55;
    public static final long FLAGS = 56;
    public static final long TIMEOUT = 58;

    /// One of the reserved bytes: in sync messages the number of the [Change] that brings the entry, elsewhere 0.
    public static final long CHANGE = 60;

    public static final int METHOD_MASK = 7;

    private EntryLayout() {}
}

package hadirector.conn;

/// One direction of a connection as 64 bytes that say all about how its packets are rewritten: the Java path and the BPF
/// programs apply the same ones. The connection at a slot has two, behind its key ([TableLayout]): 0 is client to
/// realserver, 1 is realserver to client (unused by DR and Tun).
///
/// ```
///   0          6          12        16               32    34    36    38    40    42    44     48     50     52   54   64
///   +----------+----------+---------+----------------+-----+-----+-----+-----+-----+-----+------+------+------+----+----+
///   | dst MAC  | src MAC  | ifindex | address (NAT)  |port |flags|addrs|ports|ipsum|group|seen  |server|tunnel|mtu | 0  |
///   +----------+----------+---------+----------------+-----+-----+-----+-----+-----+-----+------+------+------+----+----+
/// ```
///
/// MACs, `address` (16 bytes, IPv4 mapped), `port` and the three checksum differences are in network byte order, the rest is in the machine's
/// own. An ifindex of 0 means: next hop not resolved. The differences are one's complement sums `~old + new` (RFC 1624, eqn. 3),
/// folded to 16 bits, over the words that change: `ADDRESS_DIFFERENCE` the address, `PORTS_DIFFERENCE` the port, `IP_DIFFERENCE` (IPv4) the
/// address and one step of TTL. To apply one: `HC' = ~(~HC + difference)`; to a partial checksum (only a pseudo-header sum
/// in the field): `HC' = HC + ADDRESS_DIFFERENCE`.
public final class FlowRecord {
    public static final int LENGTH = 64;
    public static final long DESTINATION_MAC = 0;
    public static final long SOURCE_MAC = 6;
    public static final long IFINDEX = 12;
    public static final long ADDRESS = 16;
    public static final long PORT = 32;
    public static final long FLAGS = 34;
    public static final long ADDRESS_DIFFERENCE = 36;
    public static final long PORTS_DIFFERENCE = 38;
    public static final long IP_DIFFERENCE = 40;

    /// Index of the connection's VIP group, in [Groups] and in the map of leases. The table's own, set with the connection.
    public static final long GROUP = 42;

    /// When the last packet came, see [#time]; 0: none yet. Written by whoever forwards it.
    public static final long LAST_SEEN = 44;

    /// The realserver's number, under which packets are counted, or [ConnectionTable#NO_SERVER]. The table's own.
    public static final long SERVER = 48;

    /// Index of the outer header, with [#TUNNELLED].
    public static final long TUNNEL = 50;

    /// The most bytes that an IP packet may have to go out by this next hop (within a tunnel: the inner one); 0: any.
    public static final long MTU = 52;

    /// `FLAGS`: the destination address and port become `ADDRESS` and `PORT` (LVS-NAT towards the realserver).
    public static final int REWRITE_DESTINATION = 1;

    /// `FLAGS`: the source address and port become `ADDRESS` and `PORT` (LVS-NAT towards the client).
    public static final int REWRITE_SOURCE = 2;

    /// `FLAGS`: the BPF programs may forward; without it every packet is Java's.
    public static final int OFFLOAD = 4;

    /// `FLAGS`: packets get the outer header `TUNNEL`.
    public static final int TUNNELLED = 8;

    /// `FLAGS`: XDP leaves the flow to tc.
    public static final int TC_ONLY = 16;

    /// `FLAGS`: the realserver is this host.
    public static final int LOCAL = 32;

    /// `FLAGS`: the programs forward every SYN, FIN and RST and tell nobody, of flows that they made by themselves.
    public static final int WHOLE = 64;

    /// `FLAGS`: the way back to the client is that of the routes, none of its packets has shown it yet. For Java alone.
    public static final int EXPECTED = 128;

    /// log2 of the nanoseconds in a unit of `LAST_SEEN`: about a millisecond.
    public static final int TIME_BITS = 20;

    public static final long TIME_UNIT_NANOS = 1L << TIME_BITS;

    /// So far `LAST_SEEN` may lie ahead of a clock that was read a moment ago: about a minute.
    private static final int AHEAD_MAX = 1 << 16;

    private FlowRecord() {}

    /// `now` (CLOCK_MONOTONIC, which System.nanoTime and bpf_ktime_get_ns read) as `LAST_SEEN`.
    public static int time(long now) {
        int time = (int) (now >>> TIME_BITS);
        return time == 0 ? 1 : time;
    }

    /// How long before `now` that was, 0 or more; right for 52 days.
    public static long nanosSince(int lastSeen, long now) {
        int ago = (int) (now >>> TIME_BITS) - lastSeen;
        return Math.max(0, Integer.toUnsignedLong(ago + AHEAD_MAX) - AHEAD_MAX) << TIME_BITS;
    }
}

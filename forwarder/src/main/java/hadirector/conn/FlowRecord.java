package hadirector.conn;

/// One direction of a connection as 64 bytes that say all about how its packets are rewritten. It drives the Java
/// path now and is laid out so that a BPF program can read it as it is. Connection `i` has the records `2i`
/// (client to realserver) and `2i + 1` (realserver to client; unused by DR).
///
/// ```
///   0          6          12        16                32    34    36    38    40    42   44       48       56      64
///   +----------+----------+---------+-----------------+-----+-----+-----+-----+-----+----+--------+--------+--------+
///   | dst MAC  | src MAC  | ifindex | address (NAT)   |port |flags|addrs|ports|ipsum|gen |last    |packets | bytes  |
///   +----------+----------+---------+-----------------+-----+-----+-----+-----+-----+----+--------+--------+--------+
/// ```
///
/// MACs, `address` (16 bytes, IPv4 mapped), `port` and the three checksum differences are in network byte order; ifindex,
/// flags, generation, last seen, packets and bytes in the machine's own. An ifindex of 0 means: next hop not resolved.
/// The differences are one's complement sums `~old + new` (RFC 1624, eqn. 3), folded to 16 bits, over the words that change:
/// `ADDRESS_DIFFERENCE` the address, `PORTS_DIFFERENCE` the port, `IP_DIFFERENCE` the address and one step of TTL.
/// To apply one: `HC' = ~(~HC + difference)`; to a partial checksum (only a pseudo-header sum in the field):
/// `HC' = HC + ADDRESS_DIFFERENCE`.
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
    public static final long GENERATION = 42;
    public static final long LAST_SEEN = 44;
    public static final long PACKETS = 48;
    public static final long BYTES = 56;

    /// `FLAGS`: the destination address and port become `ADDRESS` and `PORT` (LVS-NAT towards the realserver).
    public static final int REWRITE_DESTINATION = 1;

    /// `FLAGS`: the source address and port become `ADDRESS` and `PORT` (LVS-NAT towards the client).
    public static final int REWRITE_SOURCE = 2;

    private FlowRecord() {}
}

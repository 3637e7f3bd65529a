package hadirector.fastpath;

/// Where things lie on the program's stack, as offsets from r10.
///
/// ```
///   -192       -128       -88          -48       -32    -24      -16    -12    -8       -4      0
///   +----------+----------+------------+---------+------+--------+------+------+--------+-------+
///   | OUTER 64 | tuple 40 | SCRATCH 40 | ADDRESS | CELL | PROBES |LENGTH| REST | SECOND | INDEX |
///   +----------+----------+------------+---------+------+--------+------+------+--------+-------+
///
///   the first 4 bytes of OUTER: IDENTIFICATION
///   tuple, as the packet shows it:  SOURCE 16 | DESTINATION 16 | PORTS 4 | PROTOCOL 4
/// ```
///
/// Of an IPv4 address only the last four bytes are written and read.
final class Stack {
    /// Key of a lookup by number.
    static final int INDEX = -4;

    /// Key of the second of two lookups.
    static final int SECOND = -8;

    /// What more there is to say of a packet: [#NOTHING], [#FRAGMENT], [#FIRST], or else the offset of its ICMP header.
    static final int REST = -12;

    static final int NOTHING = 0;

    /// A fragment behind the first.
    static final int FRAGMENT = 1;

    /// A first fragment, which has ports.
    static final int FIRST = 2;

    /// Cells that may still be looked at.
    static final int PROBES = -24;

    /// The cell that is being compared. Its upper half is the tuple's hash, also before and after that; 0 if there is no tuple.
    static final int CELL = -32;

    /// Key of a lookup by address.
    static final int ADDRESS = -48;

    /// Bytes copied out of the packet.
    static final int SCRATCH = -88;

    static final int SCRATCH_LENGTH = 40;

    static final int SOURCE = -128;
    static final int DESTINATION = SOURCE + 16;
    static final int PORTS = SOURCE + 32;
    static final int PROTOCOL = SOURCE + 36;

    /// A tunnel's outer header.
    static final int OUTER = -192;

    /// Of an IPv6 fragment; such a packet gets no outer header here.
    static final int IDENTIFICATION = OUTER;

    /// Number of the service that the packet is for.
    static final int SERVICE = -196;

    /// Number of the realserver that was chosen.
    static final int SERVER = -200;

    /// A value of [MadeFlow], or what Java is told.
    static final int MADE = -200 - MadeFlow.VALUE_LENGTH;

    /// The tuple of the client's packets of the made flow that an answer may be of.
    static final int CLIENT = MADE - MadeFlow.KEY_LENGTH;

    /// Of the template that a flow is made of.
    static final int VERSION = CLIENT - Integer.BYTES;

    /// Bytes of the IP packet that gets an outer header.
    static final int IP_LENGTH = -16;

    private Stack() {}
}

package hadirector.packet;

/// What [ParsedFrame] found a frame to be.
public enum FrameKind {
    /// ARP for IPv4 over Ethernet: `l3`, `source` and `destination` (sender and target) are set.
    ARP,
    /// A whole ICMP message over IPv4, or ICMPv6 over IPv6: all of the IP header and `l4` are set.
    ICMP,
    /// A whole TCP segment over IPv4 or IPv6, or a super-frame of many: everything is set.
    TCP,
    /// A UDP datagram over IPv4 or IPv6: everything but `tcpFlags` is set.
    UDP,
    /// A part of an IPv4 or IPv6 datagram: all of the IP header, `l4` where its share of the data starts; see [ParsedFrame#hasPorts].
    FRAGMENT,
    /// An IP packet of another protocol, or an IPv6 packet that has still to visit others (a routing header with segments left): all of the
    /// IP header and `l4` are set.
    OTHER_PROTOCOL,
    /// Neither IP nor ARP.
    OTHER_TYPE,
    /// Truncated, or a length or header field is wrong.
    MALFORMED
}

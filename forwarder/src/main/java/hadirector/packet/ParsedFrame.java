package hadirector.packet;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.U64;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// What the data path needs to know of a frame, taken once. One object is reused for all frames of a thread; after
/// [#parse] only those values mean something that [FrameKind] says are set, the others are of an earlier frame.
///
/// A kind other than `MALFORMED` promises that every header up to `l4` and, for ICMP, TCP and UDP, the transport header
/// with its options lie inside the frame and its lengths agree, so views may be laid over it without further checks. Checksums are
/// not verified here: a rewrite carries an error along, so the receiver sees it (RFC 1624); who answers looks first
/// ([FrameChecksums]).
public final class ParsedFrame {
    private FrameKind kind = FrameKind.MALFORMED;
    private long start;
    private long l3;
    private long l4;
    private int ipLength;
    private int l4Length;
    private int fragment;
    private int protocol;
    private int ttl;
    private int source;
    private int destination;
    private int sourcePort;
    private int destinationPort;
    private int tcpFlags;

    /// Takes the frame of `length` bytes at `at`; never throws if `[at, at + length)` lies inside `frame`.
    public FrameKind parse(MemorySegment frame, long at, long length) {
        start = at;
        l3 = at + EthernetView.LENGTH;
        long end = at + length;
        kind = EthernetView.isAt(at, end) ? parseType(frame, end) : FrameKind.MALFORMED;
        return kind;
    }

    private FrameKind parseType(MemorySegment frame, long end) {
        return switch (u16(frame, start + EthernetView.TYPE)) {
            case EthernetView.TYPE_IPV4 -> parseIpv4(frame, end);
            case EthernetView.TYPE_ARP -> parseArp(frame, end);
            default -> FrameKind.OTHER_TYPE;
        };
    }

    private FrameKind parseArp(MemorySegment frame, long end) {
        if (!ArpView.isAt(frame, l3, end)) {
            return FrameKind.MALFORMED;
        }
        var arp = new ArpView(frame, l3);
        source = arp.sender();
        destination = arp.target();
        return FrameKind.ARP;
    }

    /// Three wide reads and no view: with one access per field C2 gives up on escape analysis (24 B/op, twice the time).
    private FrameKind parseIpv4(MemorySegment frame, long end) {
        if (end - l3 < Ipv4View.LENGTH_MIN) {
            return FrameKind.MALFORMED;
        }
        long versionToFragment = frame.get(U64, l3);
        int first = (int) (versionToFragment >>> 56);
        ipLength = (int) (versionToFragment >>> 32) & 0xffff;
        if (!Ipv4View.areLengthsValid(first, ipLength, end - l3)) {
            return FrameKind.MALFORMED;
        }
        int headerLength = Ipv4View.headerLength(first);
        l4 = l3 + headerLength;
        l4Length = ipLength - headerLength;
        fragment = (int) versionToFragment & (Ipv4View.MORE_FRAGMENTS | Ipv4View.OFFSET_MASK);
        long ttlToSource = frame.get(U64, l3 + Ipv4View.TTL);
        ttl = (int) (ttlToSource >>> 56);
        protocol = (int) (ttlToSource >>> 48) & 0xff;
        source = (int) ttlToSource;
        destination = frame.get(U32, l3 + Ipv4View.DESTINATION);
        return fragment == 0 ? parseTransport(frame) : FrameKind.FRAGMENT;
    }

    private FrameKind parseTransport(MemorySegment frame) {
        long end = l4 + l4Length;
        return switch (protocol) {
            case Ipv4View.TCP -> TcpView.isAt(frame, l4, end) ? takeTcp(frame) : FrameKind.MALFORMED;
            case Ipv4View.UDP -> UdpView.isAt(frame, l4, end) ? takePorts(frame, FrameKind.UDP) : FrameKind.MALFORMED;
            case Ipv4View.ICMP -> Icmp4View.isAt(l4, end) ? FrameKind.ICMP : FrameKind.MALFORMED;
            default -> FrameKind.OTHER_PROTOCOL;
        };
    }

    private FrameKind takeTcp(MemorySegment frame) {
        tcpFlags = u8(frame, l4 + TcpView.FLAGS);
        return takePorts(frame, FrameKind.TCP);
    }

    private FrameKind takePorts(MemorySegment frame, FrameKind found) {
        int ports = frame.get(U32, l4);
        sourcePort = ports >>> 16;
        destinationPort = ports & 0xffff;
        return found;
    }

    public FrameKind kind() {
        return kind;
    }

    /// Offset of the Ethernet header: what [#parse] was given.
    public long start() {
        return start;
    }

    /// Offset of the IPv4 header or ARP packet.
    public long l3() {
        return l3;
    }

    /// Offset of the transport header.
    public long l4() {
        return l4;
    }

    /// IPv4's total length. The frame behind it is padding.
    public int ipLength() {
        return ipLength;
    }

    /// Bytes of transport header and data.
    public int l4Length() {
        return l4Length;
    }

    /// Bytes of the frame without padding.
    public int frameLength() {
        return EthernetView.LENGTH + ipLength;
    }

    /// IPv4's "more fragments" bit and offset, 0 for a whole datagram.
    public int fragment() {
        return fragment;
    }

    public int protocol() {
        return protocol;
    }

    public int ttl() {
        return ttl;
    }

    /// IPv4 source, or ARP's sender, as the value of its 32 bits.
    public int source() {
        return source;
    }

    /// IPv4 destination, or ARP's target.
    public int destination() {
        return destination;
    }

    public int sourcePort() {
        return sourcePort;
    }

    public int destinationPort() {
        return destinationPort;
    }

    /// The eight bits that [TcpView] names.
    public int tcpFlags() {
        return tcpFlags;
    }
}

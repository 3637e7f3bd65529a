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
    /// The half of an IPv4-mapped address that says so.
    private static final long MAPPED = 0xffff_0000_0000L;

    private static final int MORE = 1;

    private FrameKind kind = FrameKind.MALFORMED;
    private long start;
    private long l3;
    private long l4;
    private boolean v6;
    private int ipLength;
    private int l4Length;
    /// Offset in bytes, and 1 if more fragments follow: how IPv6 writes it.
    private int fragment;

    private int fragmentId;
    private boolean portsInFragment;
    private int protocol;
    private int ttl;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private int sourcePort;
    private int destinationPort;
    private int tcpFlags;

    /// Takes the frame of `length` bytes at `at`; never throws if `[at, at + length)` lies inside `frame`.
    public FrameKind parse(MemorySegment frame, long at, long length) {
        start = at;
        l3 = at + EthernetView.LENGTH;
        long end = at + length;
        v6 = false;
        kind = EthernetView.isAt(at, end) ? parseType(frame, end) : FrameKind.MALFORMED;
        return kind;
    }

    private FrameKind parseType(MemorySegment frame, long end) {
        return switch (u16(frame, start + EthernetView.TYPE)) {
            case EthernetView.TYPE_IPV4 -> parseIpv4(frame, end);
            case EthernetView.TYPE_IPV6 -> parseIpv6(frame, end);
            case EthernetView.TYPE_ARP -> parseArp(frame, end);
            default -> FrameKind.OTHER_TYPE;
        };
    }

    private FrameKind parseArp(MemorySegment frame, long end) {
        if (!ArpView.isAt(frame, l3, end)) {
            return FrameKind.MALFORMED;
        }
        var arp = new ArpView(frame, l3);
        takeAddresses(arp.sender(), arp.target());
        return FrameKind.ARP;
    }

    private void takeAddresses(int source, int destination) {
        sourceHigh = 0;
        sourceLow = MAPPED | Integer.toUnsignedLong(source);
        destinationHigh = 0;
        destinationLow = MAPPED | Integer.toUnsignedLong(destination);
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
        int place = (int) versionToFragment;
        long ttlToSource = frame.get(U64, l3 + Ipv4View.TTL);
        ttl = (int) (ttlToSource >>> 56);
        protocol = (int) (ttlToSource >>> 48) & 0xff;
        takeAddresses((int) ttlToSource, frame.get(U32, l3 + Ipv4View.DESTINATION));
        if ((place & (Ipv4View.MORE_FRAGMENTS | Ipv4View.OFFSET_MASK)) == 0) {
            fragment = 0;
            return parseTransport(frame, Ipv4View.ICMP);
        }
        fragmentId = place >>> 16;
        return takeFragment(frame, (place & Ipv4View.OFFSET_MASK) << 3 | (place >>> 13 & MORE));
    }

    private FrameKind parseIpv6(MemorySegment frame, long end) {
        v6 = true;
        if (!Ipv6View.isAt(frame, l3, end)) {
            return FrameKind.MALFORMED;
        }
        fragment = 0;
        long versionToHopLimit = frame.get(U64, l3);
        ipLength = Ipv6View.LENGTH + ((int) (versionToHopLimit >>> 16) & 0xffff);
        protocol = (int) (versionToHopLimit >>> 8) & 0xff;
        ttl = (int) versionToHopLimit & 0xff;
        sourceHigh = frame.get(U64, l3 + Ipv6View.SOURCE);
        sourceLow = frame.get(U64, l3 + Ipv6View.SOURCE + Long.BYTES);
        destinationHigh = frame.get(U64, l3 + Ipv6View.DESTINATION);
        destinationLow = frame.get(U64, l3 + Ipv6View.DESTINATION + Long.BYTES);
        if (IpHeader.isV4(sourceHigh, sourceLow) || IpHeader.isV4(destinationHigh, destinationLow)) {
            return FrameKind.MALFORMED; // Else it would pass for one of an IPv4 connection. No such packet may be on a wire.
        }
        l4 = l3 + Ipv6View.LENGTH;
        l4Length = ipLength - Ipv6View.LENGTH;
        return Ipv6Extensions.isOne(protocol) ? parseExtensions(frame) : parseTransport(frame, Ipv6View.ICMP);
    }

    /// Walks the chain of RFC 8200 4; one longer than any host sends is refused.
    private FrameKind parseExtensions(MemorySegment frame) {
        boolean fragmented = false;
        for (int walked = 0; walked < Ipv6Extensions.COUNT_MAX; walked++) {
            int length = Ipv6Extensions.lengthAt(frame, l4, l4 + l4Length, protocol, walked == 0);
            boolean again = fragmented && protocol == Ipv6Extensions.FRAGMENT;
            if (length == Ipv6Extensions.MALFORMED || again) {
                return FrameKind.MALFORMED;
            }
            if (length == Ipv6Extensions.NOT_FOR_US) {
                return FrameKind.OTHER_PROTOCOL;
            }
            if (protocol == Ipv6Extensions.FRAGMENT) {
                fragmented = true;
                fragment = u16(frame, l4 + Ipv6Extensions.FRAGMENT_PLACE) & ~Ipv6Extensions.FRAGMENT_RESERVED;
                fragmentId = frame.get(U32, l4 + Ipv6Extensions.FRAGMENT_ID);
            }
            protocol = u8(frame, l4);
            l4 += length;
            l4Length -= length;
            if (fragmentOffset() != 0 || !Ipv6Extensions.isOne(protocol)) {
                return fragment == 0 ? parseTransport(frame, Ipv6View.ICMP) : takeFragment(frame, fragment);
            }
        }
        return FrameKind.MALFORMED;
    }

    private FrameKind takeFragment(MemorySegment frame, int place) {
        fragment = place;
        long end = l4 + l4Length;
        portsInFragment = fragmentOffset() == 0
                && switch (protocol) {
                    case Ipv4View.TCP -> TcpView.isAt(frame, l4, end);
                    case Ipv4View.UDP -> end - l4 >= UdpView.LENGTH;
                    default -> false;
                };
        if (portsInFragment) {
            takePorts(frame, FrameKind.FRAGMENT);
            tcpFlags = protocol == Ipv4View.TCP ? u8(frame, l4 + TcpView.FLAGS) : 0;
        }
        return FrameKind.FRAGMENT;
    }

    private FrameKind parseTransport(MemorySegment frame, int icmp) {
        long end = l4 + l4Length;
        return switch (protocol) {
            case Ipv4View.TCP -> TcpView.isAt(frame, l4, end) ? takeTcp(frame) : FrameKind.MALFORMED;
            case Ipv4View.UDP -> UdpView.isAt(frame, l4, end) ? takePorts(frame, FrameKind.UDP) : FrameKind.MALFORMED;
            case Ipv4View.ICMP, Ipv6View.ICMP -> protocol == icmp ? takeIcmp(end) : FrameKind.OTHER_PROTOCOL;
            default -> FrameKind.OTHER_PROTOCOL;
        };
    }

    private FrameKind takeIcmp(long end) {
        return Icmp4View.isAt(l4, end) ? FrameKind.ICMP : FrameKind.MALFORMED;
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

    /// Whether the frame claims to be IPv6, be it malformed.
    public boolean isV6() {
        return v6;
    }

    /// Offset of the IP header or ARP packet.
    public long l3() {
        return l3;
    }

    /// Offset of the transport header, behind options and extension headers.
    public long l4() {
        return l4;
    }

    /// Bytes of the whole IP packet with its headers. The frame behind it is padding.
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

    /// Where a `FRAGMENT`'s data has its place in the datagram, in bytes.
    public int fragmentOffset() {
        return fragment & ~MORE;
    }

    /// Whether a `FRAGMENT` is not the last.
    public boolean moreFragments() {
        return (fragment & MORE) != 0;
    }

    /// What a `FRAGMENT` has in common with the others of its datagram: 16 bits in IPv4, 32 in IPv6. Together with both addresses, and for
    /// IPv4 the protocol, it tells datagrams apart (RFC 791, RFC 8200 4.5: there only the first fragment need know the protocol).
    public int fragmentId() {
        return fragmentId;
    }

    /// Whether ports and (for TCP) flags are set: always in `TCP` and `UDP`, in a `FRAGMENT` if it is the first and holds the whole
    /// transport header.
    public boolean hasPorts() {
        return kind == FrameKind.FRAGMENT ? portsInFragment : kind == FrameKind.TCP || kind == FrameKind.UDP;
    }

    /// The protocol behind IPv6's extension headers; in a later fragment what the fragment header names.
    public int protocol() {
        return protocol;
    }

    /// IPv4's TTL or IPv6's hop limit.
    public int ttl() {
        return ttl;
    }

    /// First half of the source address: 0 for IPv4, as of every mapped address (RFC 4291 2.5.5.2).
    public long sourceHigh() {
        return sourceHigh;
    }

    /// Second half of the source address; of IPv4 (and ARP's sender) its 32 bits below `ffff`.
    public long sourceLow() {
        return sourceLow;
    }

    /// As [#sourceHigh].
    public long destinationHigh() {
        return destinationHigh;
    }

    /// As [#sourceLow].
    public long destinationLow() {
        return destinationLow;
    }

    /// IPv4 source, or ARP's sender, as the value of its 32 bits.
    public int source() {
        return (int) sourceLow;
    }

    /// IPv4 destination, or ARP's target.
    public int destination() {
        return (int) destinationLow;
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

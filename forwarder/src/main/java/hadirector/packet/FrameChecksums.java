package hadirector.packet;

import java.lang.foreign.MemorySegment;

/// Whether what a frame says can be believed: for who answers it, forwarding needs no such look.
public final class FrameChecksums {
    private FrameChecksums() {}

    /// Whether the IPv4 header's checksum and that of ICMP, TCP or UDP are right. Other kinds have only the first, IPv6 only the second.
    ///
    /// @param partial the transport checksum holds only the pseudo-header's sum and is still to be completed
    ///     (VIRTIO_NET_HDR_F_NEEDS_CSUM): the frame never saw a wire, there is nothing to verify
    public static boolean areValid(MemorySegment frame, ParsedFrame parsed, boolean partial) {
        boolean header = parsed.isV6() || new Ipv4View(frame, parsed.l3()).hasValidChecksum();
        return header && (partial || isTransportValid(frame, parsed));
    }

    private static boolean isTransportValid(MemorySegment frame, ParsedFrame parsed) {
        return switch (parsed.kind()) {
            case TCP -> isValid(frame, parsed, parsed.l4Length());
            case UDP -> isUdpValid(frame, parsed);
            case ICMP -> isIcmpValid(frame, parsed);
            case FRAGMENT, OTHER_PROTOCOL -> true;
            case ARP, OTHER_TYPE, MALFORMED -> false;
        };
    }

    /// Only ICMPv6 has a pseudo-header (RFC 4443 2.3).
    private static boolean isIcmpValid(MemorySegment frame, ParsedFrame parsed) {
        int length = parsed.l4Length();
        return parsed.isV6()
                ? isValid(frame, parsed, length)
                : InternetChecksum.isValid(InternetChecksum.sum(frame, parsed.l4(), length));
    }

    /// "None" is no checksum over IPv6 (RFC 8200 8.1).
    private static boolean isUdpValid(MemorySegment frame, ParsedFrame parsed) {
        var udp = new UdpView(frame, parsed.l4());
        return udp.checksum() == 0 ? !parsed.isV6() : isValid(frame, parsed, udp.length());
    }

    private static boolean isValid(MemorySegment frame, ParsedFrame parsed, int length) {
        long pseudo = InternetChecksum.pseudoHeader(
                parsed.sourceHigh(),
                parsed.sourceLow(),
                parsed.destinationHigh(),
                parsed.destinationLow(),
                parsed.protocol(),
                length);
        return InternetChecksum.isValid(pseudo + InternetChecksum.sum(frame, parsed.l4(), length));
    }
}

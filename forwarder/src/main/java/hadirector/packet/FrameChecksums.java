package hadirector.packet;

import java.lang.foreign.MemorySegment;

/// Whether what a frame says can be believed: for who answers it, forwarding needs no such look.
public final class FrameChecksums {
    private FrameChecksums() {}

    /// Whether the IPv4 header's checksum and that of ICMP, TCP or UDP are right. Other kinds have only the first.
    ///
    /// @param partial the transport checksum holds only the pseudo-header's sum and is still to be completed
    ///     (VIRTIO_NET_HDR_F_NEEDS_CSUM): the frame never saw a wire, there is nothing to verify
    public static boolean areValid(MemorySegment frame, ParsedFrame parsed, boolean partial) {
        return new Ipv4View(frame, parsed.l3()).hasValidChecksum() && (partial || isTransportValid(frame, parsed));
    }

    private static boolean isTransportValid(MemorySegment frame, ParsedFrame parsed) {
        return switch (parsed.kind()) {
            case TCP -> isValid(frame, parsed, parsed.l4Length());
            case UDP -> isUdpValid(frame, parsed);
            case ICMP -> InternetChecksum.isValid(InternetChecksum.sum(frame, parsed.l4(), parsed.l4Length()));
            case FRAGMENT, OTHER_PROTOCOL -> true;
            case ARP, OTHER_TYPE, MALFORMED -> false;
        };
    }

    private static boolean isUdpValid(MemorySegment frame, ParsedFrame parsed) {
        var udp = new UdpView(frame, parsed.l4());
        return udp.checksum() == 0 || isValid(frame, parsed, udp.length());
    }

    private static boolean isValid(MemorySegment frame, ParsedFrame parsed, int length) {
        long pseudo =
                InternetChecksum.pseudoHeader(parsed.source(), parsed.destination(), parsed.protocol(), length);
        return InternetChecksum.isValid(pseudo + InternetChecksum.sum(frame, parsed.l4(), length));
    }
}

package hadirector.forward;

import hadirector.packet.EthernetView;
import hadirector.packet.FrameChecksums;
import hadirector.packet.FrameKind;
import hadirector.packet.Icmp4View;
import hadirector.packet.Icmp6View;
import hadirector.packet.IpHeader;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;

/// Whether anything at all may be said in answer to an IP packet (RFC 1122 3.2.2, RFC 1812 4.3.2.7, RFC 4443 2.4 e): from one host to
/// one host, by MAC as well, whole or a first fragment, undamaged, and not itself an error message.
final class Answerable {
    private Answerable() {}

    static boolean is(MemorySegment frame, ParsedFrame parsed, boolean partial) {
        return hasTransport(parsed)
                && isBetweenHosts(frame, parsed)
                && FrameChecksums.areValid(frame, parsed, partial)
                && !isError(frame, parsed);
    }

    private static boolean hasTransport(ParsedFrame parsed) {
        return switch (parsed.kind()) {
            case ICMP, TCP, UDP, OTHER_PROTOCOL -> true;
            case FRAGMENT -> parsed.hasPorts();
            case ARP, OTHER_TYPE, MALFORMED -> false;
        };
    }

    static boolean isBetweenHosts(MemorySegment frame, ParsedFrame parsed) {
        var ethernet = new EthernetView(frame, parsed.start());
        return EthernetView.isUnicast(ethernet.destination())
                && EthernetView.isUnicast(ethernet.source())
                && IpHeader.isHost(parsed.sourceHigh(), parsed.sourceLow())
                && IpHeader.isHost(parsed.destinationHigh(), parsed.destinationLow())
                && (parsed.sourceHigh() != parsed.destinationHigh() || parsed.sourceLow() != parsed.destinationLow());
    }

    private static boolean isError(MemorySegment frame, ParsedFrame parsed) {
        if (parsed.kind() != FrameKind.ICMP) {
            return false;
        }
        return parsed.isV6()
                ? !new Icmp6View(frame, parsed.l4()).isQuery()
                : !new Icmp4View(frame, parsed.l4()).isQuery();
    }
}

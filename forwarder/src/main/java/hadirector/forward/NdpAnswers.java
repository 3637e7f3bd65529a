package hadirector.forward;

import static hadirector.packet.NetworkOrder.U64;
import static hadirector.packet.NetworkOrder.setU48;
import static hadirector.packet.NetworkOrder.setU8;

import hadirector.packet.EthernetView;
import hadirector.packet.FrameChecksums;
import hadirector.packet.Icmp6View;
import hadirector.packet.InternetChecksum;
import hadirector.packet.Ipv6View;
import hadirector.packet.NdpView;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;

/// Neighbour discovery for the addresses that a director holds (RFC 4861): what [ArpAnswers] does for IPv4. Frames that come in are such that
/// [NdpView#isAt] holds; the makers write a whole frame and return its length, or 0 for "no answer".
public final class NdpAnswers {
    /// Length of the longest frame made here.
    public static final int LENGTH = EthernetView.LENGTH + Ipv6View.LENGTH + NdpView.LENGTH_MIN + NdpView.LINK_OPTION_LENGTH;

    private NdpAnswers() {}

    /// The advertisement for an address of ours, the target of a solicitation. Who probes from `::` gets it as all nodes do (RFC 4861
    /// 7.2.4), and so knows the address is taken. No answer to an advertisement (see [#isConflict]), to a damaged frame or to ourselves.
    ///
    /// @param router whether hosts use the address as their gateway
    /// @param to room for [#LENGTH] bytes, not the frame itself
    public static int reply(
            MemorySegment frame, ParsedFrame parsed, long mac, boolean router, MemorySegment to, long toAt) {
        var asked = NdpView.of(frame, parsed);
        long ethernet = new EthernetView(frame, parsed.start()).source();
        long asker = asked.linkAddress(NdpView.SOURCE_LINK_ADDRESS, ethernet);
        if (asked.type() != Icmp6View.NEIGHBOUR_SOLICITATION
                || ethernet == mac
                || !EthernetView.isUnicast(asker)
                || Ipv6View.isMulticast(parsed.sourceHigh())
                || isOwn(parsed, asked)
                || !FrameChecksums.areValid(frame, parsed, false)) {
            return 0;
        }
        if (NdpView.isFromNobody(parsed)) {
            return announcement(asked.targetHigh(), asked.targetLow(), mac, router, to, toAt);
        }
        EthernetView.write(to, toAt, asker, mac, EthernetView.TYPE_IPV6);
        int flags = NdpView.SOLICITED | NdpView.OVERRIDE | (router ? NdpView.ROUTER : 0);
        long ip = toAt + EthernetView.LENGTH;
        Ipv6View.writeAddresses(
                to, ip, asked.targetHigh(), asked.targetLow(), parsed.sourceHigh(), parsed.sourceLow());
        return advertise(to, toAt, flags, asked.targetHigh(), asked.targetLow(), mac);
    }

    private static boolean isOwn(ParsedFrame parsed, NdpView asked) {
        return parsed.sourceHigh() == asked.targetHigh() && parsed.sourceLow() == asked.targetLow();
    }

    /// An unsolicited advertisement to all nodes: the address is at `mac` from now on (RFC 4861 7.2.6).
    public static int announcement(long high, long low, long mac, boolean router, MemorySegment to, long toAt) {
        EthernetView.write(to, toAt, NdpView.ALL_NODES_MAC, mac, EthernetView.TYPE_IPV6);
        Ipv6View.writeAddresses(
                to, toAt + EthernetView.LENGTH, high, low, NdpView.ALL_NODES_HIGH, NdpView.ALL_NODES_LOW);
        return advertise(to, toAt, NdpView.OVERRIDE | (router ? NdpView.ROUTER : 0), high, low, mac);
    }

    /// Asks for the MAC of an address. A sender of `::` makes it a probe: is the address taken? (RFC 4862 5.4.2)
    public static int request(
            long senderHigh, long senderLow, long mac, long high, long low, MemorySegment to, long toAt) {
        EthernetView.write(to, toAt, NdpView.solicitedNodeMac(low), mac, EthernetView.TYPE_IPV6);
        Ipv6View.writeAddresses(
                to,
                toAt + EthernetView.LENGTH,
                senderHigh,
                senderLow,
                NdpView.ALL_NODES_HIGH,
                NdpView.solicitedNodeLow(low));
        boolean probe = (senderHigh | senderLow) == 0;
        return write(
                to,
                toAt,
                Icmp6View.NEIGHBOUR_SOLICITATION,
                0,
                high,
                low,
                probe ? NdpView.NONE : NdpView.SOURCE_LINK_ADDRESS,
                mac);
    }

    /// Whether another station says that it has the address.
    public static boolean isConflict(MemorySegment frame, ParsedFrame parsed, long high, long low, long mac) {
        var said = NdpView.of(frame, parsed);
        boolean claims = said.type() == Icmp6View.NEIGHBOUR_ADVERTISEMENT
                ? said.targetHigh() == high && said.targetLow() == low
                : parsed.sourceHigh() == high && parsed.sourceLow() == low;
        return claims
                && new EthernetView(frame, parsed.start()).source() != mac
                && FrameChecksums.areValid(frame, parsed, false);
    }

    private static int advertise(MemorySegment to, long at, int flags, long high, long low, long mac) {
        return write(to, at, Icmp6View.NEIGHBOUR_ADVERTISEMENT, flags, high, low, NdpView.TARGET_LINK_ADDRESS, mac);
    }

    /// Completes a frame that has its Ethernet header and its addresses.
    private static int write(
            MemorySegment to, long at, int type, int flags, long high, long low, long option, long mac) {
        int length = NdpView.LENGTH_MIN + (option == NdpView.NONE ? 0 : NdpView.LINK_OPTION_LENGTH);
        long ip = at + EthernetView.LENGTH;
        long icmp = ip + Ipv6View.LENGTH;
        Ipv6View.write(to, ip, 0, length, Ipv6View.ICMP, NdpView.HOP_LIMIT);
        to.set(U64, icmp + NdpView.TARGET, high);
        to.set(U64, icmp + NdpView.TARGET + Long.BYTES, low);
        if (option != NdpView.NONE) {
            setU8(to, icmp + NdpView.OPTIONS, (int) option);
            setU8(to, icmp + NdpView.OPTIONS + 1, 1);
            setU48(to, icmp + NdpView.OPTIONS + NdpView.LINK_OPTION_MAC, mac);
        }
        Icmp6View.write(to, icmp, type, 0, flags, length, new Ipv6View(to, ip).pseudoHeader(Ipv6View.ICMP, length));
        return EthernetView.LENGTH + Ipv6View.LENGTH + length;
    }
}

package hadirector.forward;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;

import hadirector.packet.EthernetView;
import hadirector.packet.FrameChecksums;
import hadirector.packet.FrameKind;
import hadirector.packet.Icmp4View;
import hadirector.packet.Icmp6View;
import hadirector.packet.InternetChecksum;
import hadirector.packet.IpHeader;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6Extensions;
import hadirector.packet.Ipv6View;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;

/// ICMP that a director sends for its addresses (RFC 792, RFC 4443). Every maker returns the length of the frame that it wrote, or 0 for "no
/// answer": the packet is damaged, a fragment, an error message, or not between two hosts (see [Answerable]).
///
/// `fromHigh` and `fromLow` of an error: the director's address on the packet's interface, or the VIP, in the packet's family.
public final class IcmpAnswers {
    /// Longest IPv4 error message (RFC 1812 4.3.2.3) and IPv6 error message (RFC 4443 2.4 c), sizes that every host takes.
    private static final int ERROR_MAX_V4 = 576;
    private static final int ERROR_MAX_V6 = 1280;

    /// Room for any error message.
    public static final int ERROR_LENGTH_MAX = EthernetView.LENGTH + ERROR_MAX_V6;

    /// Internetwork control, as errors should be marked (RFC 1812 4.3.2.5).
    private static final int SERVICE_CONTROL = 0xc0;

    private static final int HEADER = Icmp4View.LENGTH;
    private static final int TTL_DEFAULT = 64;
    private static final byte OPTION_NOP = 1;

    private IcmpAnswers() {}

    /// Turns an echo request, of any length, into its reply where it stands. IP options become no-operations and IPv6 extension headers are
    /// left out: a reply follows no route that the sender made up.
    public static int echoReply(MemorySegment frame, ParsedFrame parsed) {
        if (!isEcho(frame, parsed) || !Answerable.is(frame, parsed, false)) {
            return 0;
        }
        new EthernetView(frame, parsed.start()).writeAnswer(frame, parsed.start());
        toReply(frame, parsed);
        if (parsed.isV6()) {
            turnRoundV6(frame, parsed);
            return leaveOutExtensions(frame, parsed);
        }
        turnRoundV4(frame, parsed);
        return parsed.frameLength();
    }

    /// Turns a fragment of an echo request into the same fragment of its reply where it stands: they differ in the first bytes and the header
    /// only, so nothing has to be put together. Of a fragment that is not the first the caller must know that its first was such a request's.
    public static int echoFragment(MemorySegment frame, ParsedFrame parsed) {
        boolean first = parsed.fragmentOffset() == 0;
        if ((first && !isRequest(frame, parsed))
                || !hasNoMoreHeaders(parsed)
                || !Answerable.isBetweenHosts(frame, parsed)
                || !FrameChecksums.areValid(frame, parsed, false)) {
            return 0;
        }
        new EthernetView(frame, parsed.start()).writeAnswer(frame, parsed.start());
        if (parsed.isV6()) {
            turnRoundV6(frame, parsed);
        } else {
            turnRoundV4(frame, parsed);
        }
        if (first) {
            toReply(frame, parsed);
        }
        return parsed.frameLength();
    }

    /// IPv6 extension headers besides that of the fragment cannot be left out of one fragment as of another.
    private static boolean hasNoMoreHeaders(ParsedFrame parsed) {
        return !parsed.isV6() || parsed.l4() - parsed.l3() == Ipv6View.LENGTH + Ipv6Extensions.FRAGMENT_LENGTH;
    }

    private static boolean isEcho(MemorySegment frame, ParsedFrame parsed) {
        return parsed.kind() == FrameKind.ICMP && isRequest(frame, parsed);
    }

    private static boolean isRequest(MemorySegment frame, ParsedFrame parsed) {
        var icmp = new Icmp4View(frame, parsed.l4());
        return icmp.type() == (parsed.isV6() ? Icmp6View.ECHO : Icmp4View.ECHO) && icmp.code() == 0;
    }

    private static void turnRoundV4(MemorySegment frame, ParsedFrame parsed) {
        long options = parsed.l3() + Ipv4View.LENGTH_MIN;
        frame.asSlice(options, parsed.l4() - options).fill(OPTION_NOP);
        setU8(frame, parsed.l3() + Ipv4View.TTL, TTL_DEFAULT);
        frame.set(U32, parsed.l3() + Ipv4View.SOURCE, parsed.destination());
        frame.set(U32, parsed.l3() + Ipv4View.DESTINATION, parsed.source());
        new Ipv4View(frame, parsed.l3()).repairChecksum();
    }

    /// Both addresses stay in the checksum's pseudo-header.
    private static void turnRoundV6(MemorySegment frame, ParsedFrame parsed) {
        setU8(frame, parsed.l3() + Ipv6View.HOP_LIMIT, Ipv6View.HOP_LIMIT_DEFAULT);
        long askedHigh = parsed.destinationHigh();
        long askedLow = parsed.destinationLow();
        Ipv6View.writeAddresses(frame, parsed.l3(), askedHigh, askedLow, parsed.sourceHigh(), parsed.sourceLow());
    }

    private static int leaveOutExtensions(MemorySegment frame, ParsedFrame parsed) {
        int length = parsed.l4Length();
        MemorySegment.copy(frame, parsed.l4(), frame, parsed.l3() + Ipv6View.LENGTH, length);
        setU16(frame, parsed.l3() + Ipv6View.PAYLOAD_LENGTH, length);
        setU8(frame, parsed.l3() + Ipv6View.NEXT_HEADER, Ipv6View.ICMP);
        return EthernetView.LENGTH + Ipv6View.LENGTH + length;
    }

    private static void toReply(MemorySegment frame, ParsedFrame parsed) {
        int reply = parsed.isV6() ? Icmp6View.ECHO_REPLY : Icmp4View.ECHO_REPLY;
        var icmp = new Icmp4View(frame, parsed.l4());
        int difference = InternetChecksum.difference16(icmp.type() << Byte.SIZE, reply << Byte.SIZE);
        int updated = InternetChecksum.apply(icmp.checksum(), difference);
        setU16(frame, parsed.l4() + Icmp4View.CHECKSUM, updated == 0 ? InternetChecksum.OTHER_ZERO : updated);
        setU8(frame, parsed.l4() + Icmp4View.TYPE, reply);
    }

    /// "No service on that UDP port", from the address that was asked.
    ///
    /// @param partial see [Rewrite#apply]
    /// @param to room for [#ERROR_LENGTH_MAX] bytes, not the frame itself
    public static int portUnreachable(
            MemorySegment frame, ParsedFrame parsed, boolean partial, MemorySegment to, long toAt) {
        long high = parsed.destinationHigh();
        long low = parsed.destinationLow();
        return parsed.isV6()
                ? error(frame, parsed, partial, Icmp6View.UNREACHABLE, Icmp6View.PORT_UNREACHABLE, 0, high, low, to, toAt)
                : error(frame, parsed, partial, Icmp4View.UNREACHABLE, Icmp4View.PORT_UNREACHABLE, 0, high, low, to, toAt);
    }

    /// "TTL used up on the way", for a packet for which [Rewrite#mayForward] is false.
    public static int timeExceeded(
            MemorySegment frame,
            ParsedFrame parsed,
            boolean partial,
            long fromHigh,
            long fromLow,
            MemorySegment to,
            long toAt) {
        int type = parsed.isV6() ? Icmp6View.TIME_EXCEEDED : Icmp4View.TIME_EXCEEDED;
        return error(frame, parsed, partial, type, 0, 0, fromHigh, fromLow, to, toAt);
    }

    /// "Does not fit through the next link": fragmentation needed (RFC 1191 4), or packet too big.
    ///
    /// @param mtu that does fit, in bytes of IP
    public static int tooBig(
            MemorySegment frame,
            ParsedFrame parsed,
            boolean partial,
            int mtu,
            long fromHigh,
            long fromLow,
            MemorySegment to,
            long toAt) {
        return parsed.isV6()
                ? error(frame, parsed, partial, Icmp6View.PACKET_TOO_BIG, 0, mtu, fromHigh, fromLow, to, toAt)
                : error(
                        frame,
                        parsed,
                        partial,
                        Icmp4View.UNREACHABLE,
                        Icmp4View.FRAGMENTATION_NEEDED,
                        mtu,
                        fromHigh,
                        fromLow,
                        to,
                        toAt);
    }

    private static int error(
            MemorySegment frame,
            ParsedFrame parsed,
            boolean partial,
            int type,
            int code,
            int rest,
            long fromHigh,
            long fromLow,
            MemorySegment to,
            long toAt) {
        if (!Answerable.is(frame, parsed, partial)) {
            return 0;
        }
        boolean v6 = parsed.isV6();
        int quoteMax = (v6 ? ERROR_MAX_V6 : ERROR_MAX_V4) - IpHeader.length(v6) - HEADER;
        int length = HEADER + Math.min(parsed.ipLength(), quoteMax);
        long ip = toAt + EthernetView.LENGTH;
        long icmp = ip + IpHeader.length(v6);
        new EthernetView(frame, parsed.start()).writeAnswer(to, toAt);
        MemorySegment.copy(frame, parsed.l3(), to, icmp + HEADER, length - HEADER);
        if (v6) {
            IpHeader.writeAnswer(to, ip, parsed, 0, length, Ipv6View.ICMP, fromHigh, fromLow);
            long pseudo = new Ipv6View(to, ip).pseudoHeader(Ipv6View.ICMP, length);
            Icmp6View.write(to, icmp, type, code, rest, length, pseudo);
        } else {
            IpHeader.writeAnswer(to, ip, parsed, SERVICE_CONTROL, length, Ipv4View.ICMP, fromHigh, fromLow);
            Icmp4View.write(to, icmp, type, code, rest, length);
        }
        return EthernetView.LENGTH + IpHeader.length(v6) + length;
    }
}

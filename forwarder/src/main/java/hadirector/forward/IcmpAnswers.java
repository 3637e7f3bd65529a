package hadirector.forward;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;

import hadirector.packet.EthernetView;
import hadirector.packet.FrameKind;
import hadirector.packet.Icmp4View;
import hadirector.packet.InternetChecksum;
import hadirector.packet.Ipv4View;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;

/// ICMP that a director sends for its addresses (RFC 792). Every maker returns the length of the frame that it wrote, or 0 for "no answer":
/// the packet is damaged, a fragment, an error message, or not between two hosts (RFC 1122 3.2.2).
public final class IcmpAnswers {
    /// Longest error message: IPv4 length 576 (RFC 1812 4.3.2.3), the size that every host takes.
    public static final int ERROR_LENGTH_MAX = EthernetView.LENGTH + 576;

    private static final int HEADERS = Ipv4View.LENGTH_MIN + Icmp4View.LENGTH;
    private static final int QUOTE_MAX = ERROR_LENGTH_MAX - EthernetView.LENGTH - HEADERS;
    /// Internetwork control, as errors should be marked (RFC 1812 4.3.2.5).
    private static final int SERVICE_CONTROL = 0xc0;

    private static final int TTL_DEFAULT = 64;
    private static final byte OPTION_NOP = 1;

    private IcmpAnswers() {}

    /// Turns an echo request, of any length, into its reply where it stands. IP options become no-operations: a reply follows no route
    /// that the sender made up.
    public static int echoReply(MemorySegment frame, ParsedFrame parsed) {
        if (!isEcho(frame, parsed) || !Answerable.is(frame, parsed, false)) {
            return 0;
        }
        turnRound(frame, parsed);
        var icmp = new Icmp4View(frame, parsed.l4());
        int difference = InternetChecksum.difference16(Icmp4View.ECHO << Byte.SIZE, Icmp4View.ECHO_REPLY << Byte.SIZE);
        int updated = InternetChecksum.apply(icmp.checksum(), difference);
        setU16(frame, parsed.l4() + Icmp4View.CHECKSUM, updated == 0 ? InternetChecksum.OTHER_ZERO : updated);
        setU8(frame, parsed.l4() + Icmp4View.TYPE, Icmp4View.ECHO_REPLY);
        return parsed.frameLength();
    }

    private static boolean isEcho(MemorySegment frame, ParsedFrame parsed) {
        if (parsed.kind() != FrameKind.ICMP) {
            return false;
        }
        var icmp = new Icmp4View(frame, parsed.l4());
        return icmp.type() == Icmp4View.ECHO && icmp.code() == 0;
    }

    private static void turnRound(MemorySegment frame, ParsedFrame parsed) {
        new EthernetView(frame, parsed.start()).writeAnswer(frame, parsed.start());
        long options = parsed.l3() + Ipv4View.LENGTH_MIN;
        frame.asSlice(options, parsed.l4() - options).fill(OPTION_NOP);
        setU8(frame, parsed.l3() + Ipv4View.TTL, TTL_DEFAULT);
        frame.set(U32, parsed.l3() + Ipv4View.SOURCE, parsed.destination());
        frame.set(U32, parsed.l3() + Ipv4View.DESTINATION, parsed.source());
        new Ipv4View(frame, parsed.l3()).repairChecksum();
    }

    /// "No service on that UDP port", from the address that was asked.
    ///
    /// @param partial see [Rewrite#apply]
    /// @param to room for [#ERROR_LENGTH_MAX] bytes, not the frame itself
    public static int portUnreachable(
            MemorySegment frame, ParsedFrame parsed, boolean partial, MemorySegment to, long toAt) {
        return error(
                frame, parsed, partial, Icmp4View.UNREACHABLE, Icmp4View.PORT_UNREACHABLE, parsed.destination(), to, toAt);
    }

    /// "TTL used up on the way", for a packet for which [Rewrite#mayForward] is false.
    ///
    /// @param from the director's address on the packet's interface, or the VIP
    public static int timeExceeded(
            MemorySegment frame, ParsedFrame parsed, boolean partial, int from, MemorySegment to, long toAt) {
        return error(frame, parsed, partial, Icmp4View.TIME_EXCEEDED, Icmp4View.TTL_EXCEEDED, from, to, toAt);
    }

    private static int error(
            MemorySegment frame,
            ParsedFrame parsed,
            boolean partial,
            int type,
            int code,
            int from,
            MemorySegment to,
            long toAt) {
        if (!Answerable.is(frame, parsed, partial)) {
            return 0;
        }
        int quoted = Math.min(parsed.ipLength(), QUOTE_MAX);
        long ip = toAt + EthernetView.LENGTH;
        new EthernetView(frame, parsed.start()).writeAnswer(to, toAt);
        Ipv4View.write(to, ip, SERVICE_CONTROL, HEADERS + quoted, Ipv4View.ICMP, from, parsed.source());
        long icmp = ip + Ipv4View.LENGTH_MIN;
        MemorySegment.copy(frame, parsed.l3(), to, icmp + Icmp4View.LENGTH, quoted);
        Icmp4View.write(to, icmp, type, code, 0, Icmp4View.LENGTH + quoted);
        return EthernetView.LENGTH + HEADERS + quoted;
    }
}

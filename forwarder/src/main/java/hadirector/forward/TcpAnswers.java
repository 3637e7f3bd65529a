package hadirector.forward;

import hadirector.packet.EthernetView;
import hadirector.packet.FrameKind;
import hadirector.packet.InternetChecksum;
import hadirector.packet.IpHeader;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;
import hadirector.packet.ParsedFrame;
import hadirector.packet.TcpView;
import java.lang.foreign.MemorySegment;

/// TCP that a director sends in the name of a VIP.
public final class TcpAnswers {
    /// Length of the longest frame made here.
    public static final int LENGTH_MAX = EthernetView.LENGTH + Ipv6View.LENGTH + TcpView.LENGTH_MIN;

    private TcpAnswers() {}

    /// The reset for a segment to which no connection belongs (RFC 9293 3.10.7.1), or 0 for "no answer": the segment is a reset
    /// itself, damaged, or not between two hosts.
    ///
    /// @param partial see [Rewrite#apply]
    /// @param to room for [#LENGTH_MAX] bytes, not the frame itself
    public static int reset(MemorySegment frame, ParsedFrame parsed, boolean partial, MemorySegment to, long toAt) {
        if (parsed.kind() != FrameKind.TCP
                || (parsed.tcpFlags() & TcpView.RST) != 0
                || !Answerable.is(frame, parsed, partial)) {
            return 0;
        }
        new EthernetView(frame, parsed.start()).writeAnswer(to, toAt);
        long ip = toAt + EthernetView.LENGTH;
        long vipHigh = parsed.destinationHigh();
        long vipLow = parsed.destinationLow();
        int header = IpHeader.writeAnswer(to, ip, parsed, 0, TcpView.LENGTH_MIN, Ipv4View.TCP, vipHigh, vipLow);
        long pseudo = InternetChecksum.pseudoHeader(
                vipHigh, vipLow, parsed.sourceHigh(), parsed.sourceLow(), Ipv4View.TCP, TcpView.LENGTH_MIN);
        writeReset(parsed, new TcpView(frame, parsed.l4()), to, ip + header, pseudo);
        return EthernetView.LENGTH + header + TcpView.LENGTH_MIN;
    }

    private static void writeReset(ParsedFrame parsed, TcpView segment, MemorySegment to, long at, long pseudo) {
        int vipPort = parsed.destinationPort();
        int clientPort = parsed.sourcePort();
        if ((parsed.tcpFlags() & TcpView.ACK) != 0) {
            TcpView.write(to, at, vipPort, clientPort, segment.acknowledgment(), 0, TcpView.RST, pseudo);
        } else {
            int next = segment.sequence() + sequenceLength(parsed, segment);
            TcpView.write(to, at, vipPort, clientPort, 0, next, TcpView.RST | TcpView.ACK, pseudo);
        }
    }

    /// SEG.LEN of RFC 9293 3.4: the data, and one each for SYN and FIN.
    private static int sequenceLength(ParsedFrame parsed, TcpView segment) {
        int syn = parsed.tcpFlags() & TcpView.SYN;
        int fin = parsed.tcpFlags() & TcpView.FIN;
        return parsed.l4Length() - segment.headerLength() + (syn >>> 1) + fin;
    }
}

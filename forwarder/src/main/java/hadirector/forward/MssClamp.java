package hadirector.forward;

import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import hadirector.packet.InternetChecksum;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;
import hadirector.packet.ParsedFrame;
import hadirector.packet.TcpView;
import java.lang.foreign.MemorySegment;

/// Lowers the maximum segment size that a SYN announces (RFC 9293 3.7.1), so that the other side sends no segment too long for the path
/// behind the director. The option is never added and never raised.
public final class MssClamp {
    private static final int END = 0;
    private static final int NOP = 1;
    private static final int MSS = 2;
    private static final int MSS_LENGTH = 4;

    private MssClamp() {}

    /// The largest segment that fits into packets of `mtu` bytes, without options.
    public static int mss(int mtu, boolean v6) {
        return mtu - (v6 ? Ipv6View.LENGTH : Ipv4View.LENGTH_MIN) - TcpView.LENGTH_MIN;
    }

    /// Lowers the option of a frame of kind TCP that has SYN set.
    ///
    /// @param partial see [Rewrite#apply]: such a checksum has still to be summed over the option
    /// @return whether the frame was changed
    public static boolean apply(MemorySegment frame, ParsedFrame parsed, boolean partial, int mss) {
        if ((parsed.tcpFlags() & TcpView.SYN) == 0 || mss <= 0) {
            return false;
        }
        long value = find(frame, parsed.l4());
        if (value < 0 || u16(frame, value) <= mss) {
            return false;
        }
        if (!partial) {
            int difference = InternetChecksum.difference16(u16(frame, value), mss);
            boolean straddles = ((value - parsed.l4()) & 1) != 0;
            int old = u16(frame, parsed.l4() + TcpView.CHECKSUM);
            setU16(
                    frame,
                    parsed.l4() + TcpView.CHECKSUM,
                    InternetChecksum.apply(old, straddles ? swap(difference) : difference));
        }
        setU16(frame, value, mss);
        return true;
    }

    /// A value that begins at an odd offset lies in two words, with its bytes swapped (RFC 1071 2 B).
    private static int swap(int difference) {
        return Short.toUnsignedInt(Short.reverseBytes((short) difference));
    }

    /// Offset of the option's value, or -1; options that make no sense end the search.
    private static long find(MemorySegment frame, long tcp) {
        long end = tcp + new TcpView(frame, tcp).headerLength();
        long at = tcp + TcpView.LENGTH_MIN;
        while (at < end) {
            int kind = u8(frame, at);
            if (kind == NOP) {
                at++;
                continue;
            }
            if (kind == END || end - at < 2) {
                return -1;
            }
            int length = u8(frame, at + 1);
            if (length < 2 || length > end - at) {
                return -1;
            }
            if (kind == MSS) {
                return length == MSS_LENGTH ? at + 2 : -1;
            }
            at += length;
        }
        return -1;
    }
}

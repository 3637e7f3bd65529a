package hadirector.forward;

import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import hadirector.packet.EthernetView;
import hadirector.packet.Icmp4View;
import hadirector.packet.InternetChecksum;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;
import hadirector.packet.ParsedFrame;
import hadirector.packet.TcpView;
import hadirector.packet.UdpView;
import java.lang.foreign.MemorySegment;

/// Cuts an IPv4 packet that may be fragmented, or a fragment of one, into pieces that fit (RFC 791 3.2, RFC 1812 5.2.6). IPv6 is
/// never fragmented on its way (RFC 8200 5).
public final class Fragmentation {
    private static final int UNIT = 8;
    private static final int DONT_FRAGMENT = 0x4000;
    private static final int FLAGS = 0xe000;
    private static final int OPTION_END = 0;
    private static final int OPTION_NOP = 1;
    private static final int OPTION_COPIED = 0x80;

    private Fragmentation() {}

    /// Whether a packet may be cut: IPv4 without "don't fragment", and with a right header checksum, since the pieces get new ones.
    public static boolean isAllowed(MemorySegment frame, ParsedFrame parsed) {
        if (parsed.isV6()) {
            return false;
        }
        var ip = new Ipv4View(frame, parsed.l3());
        return (ip.fragment() & DONT_FRAGMENT) == 0 && ip.hasValidChecksum();
    }

    /// How many pieces a packet longer than `mtu` makes; 0 if its header leaves no room for 8 bytes of data.
    public static int pieces(MemorySegment frame, ParsedFrame parsed, int mtu) {
        int first = room(mtu, headerLength(parsed));
        int later = room(mtu, laterHeaderLength(frame, parsed));
        if (first <= 0) {
            return 0;
        }
        return 1 + Math.ceilDiv(Math.max(0, parsed.l4Length() - first), later);
    }

    /// Completes a checksum that was left to the interface, which fragments and tunnels cannot have: a packet of kind TCP, UDP or ICMP is
    /// then whole in itself.
    public static void completeChecksum(MemorySegment frame, ParsedFrame parsed) {
        boolean udp = parsed.protocol() == Ipv4View.UDP;
        long at = parsed.l4()
                + switch (parsed.protocol()) {
                    case Ipv4View.UDP -> UdpView.CHECKSUM;
                    case Ipv4View.ICMP, Ipv6View.ICMP -> Icmp4View.CHECKSUM;
                    default -> TcpView.CHECKSUM;
                };
        int checksum = InternetChecksum.of(InternetChecksum.sum(frame, parsed.l4(), parsed.l4Length()));
        setU16(frame, at, udp && checksum == 0 ? InternetChecksum.OTHER_ZERO : checksum);
    }

    /// Writes one of the pieces as a frame. The first has all IP options, the others those that are marked to be copied.
    ///
    /// @param piece from 0 to [#pieces] - 1
    /// @param to room for a frame of `mtu`, not the frame itself
    /// @return its length
    public static int write(MemorySegment frame, ParsedFrame parsed, int mtu, int piece, MemorySegment to, long toAt) {
        int firstRoom = room(mtu, headerLength(parsed));
        int laterRoom = room(mtu, laterHeaderLength(frame, parsed));
        int from = piece == 0 ? 0 : firstRoom + (piece - 1) * laterRoom;
        int length = Math.min(piece == 0 ? firstRoom : laterRoom, parsed.l4Length() - from);
        MemorySegment.copy(frame, parsed.start(), to, toAt, EthernetView.LENGTH + Ipv4View.LENGTH_MIN);
        long ip = toAt + EthernetView.LENGTH;
        int header = piece == 0 ? copyOptions(frame, parsed, to, ip) : copyMarkedOptions(frame, parsed, to, ip);
        writeHeader(frame, parsed, to, ip, header, from, length);
        MemorySegment.copy(frame, parsed.l4() + from, to, ip + header, length);
        return EthernetView.LENGTH + header + length;
    }

    private static void writeHeader(
            MemorySegment frame, ParsedFrame parsed, MemorySegment to, long ip, int header, int from, int length) {
        boolean last = from + length == parsed.l4Length();
        int old = u16(frame, parsed.l3() + Ipv4View.FRAGMENT);
        int place = (old & Ipv4View.OFFSET_MASK) + from / UNIT;
        setU8(to, ip, (4 << 4) | (header >> 2));
        setU16(to, ip + Ipv4View.TOTAL_LENGTH, header + length);
        setU16(to, ip + Ipv4View.FRAGMENT, (old & FLAGS) | (last ? 0 : Ipv4View.MORE_FRAGMENTS) | place);
        new Ipv4View(to, ip).repairChecksum();
    }

    private static int room(int mtu, int header) {
        return (mtu - header) & -UNIT;
    }

    private static int headerLength(ParsedFrame parsed) {
        return (int) (parsed.l4() - parsed.l3());
    }

    private static int copyOptions(MemorySegment frame, ParsedFrame parsed, MemorySegment to, long ip) {
        int length = headerLength(parsed);
        MemorySegment.copy(
                frame, parsed.l3() + Ipv4View.LENGTH_MIN, to, ip + Ipv4View.LENGTH_MIN, length - Ipv4View.LENGTH_MIN);
        return length;
    }

    private static int laterHeaderLength(MemorySegment frame, ParsedFrame parsed) {
        int marked = 0;
        long end = parsed.l4();
        for (long at = parsed.l3() + Ipv4View.LENGTH_MIN; at < end; at += optionLength(frame, at, end)) {
            marked += isMarked(frame, at) ? optionLength(frame, at, end) : 0;
        }
        return Ipv4View.LENGTH_MIN + padded(marked);
    }

    private static int copyMarkedOptions(MemorySegment frame, ParsedFrame parsed, MemorySegment to, long ip) {
        long next = ip + Ipv4View.LENGTH_MIN;
        long end = parsed.l4();
        for (long at = parsed.l3() + Ipv4View.LENGTH_MIN; at < end; at += optionLength(frame, at, end)) {
            if (isMarked(frame, at)) {
                int length = optionLength(frame, at, end);
                MemorySegment.copy(frame, at, to, next, length);
                next += length;
            }
        }
        int header = padded((int) (next - ip));
        to.asSlice(next, ip + header - next).fill((byte) OPTION_END);
        return header;
    }

    private static int padded(int length) {
        return (length + 3) & -4;
    }

    private static boolean isMarked(MemorySegment frame, long at) {
        return (u8(frame, at) & OPTION_COPIED) != 0;
    }

    /// An option whose length makes no sense, and the end of the list, reach to the end of the header.
    private static int optionLength(MemorySegment frame, long at, long end) {
        int type = u8(frame, at);
        if (type == OPTION_NOP) {
            return 1;
        }
        int rest = (int) (end - at);
        int length = type == OPTION_END || rest < 2 ? rest : u8(frame, at + 1);
        return length < 2 || length > rest ? rest : length;
    }
}

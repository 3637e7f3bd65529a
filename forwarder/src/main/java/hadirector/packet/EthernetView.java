package hadirector.packet;

import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU48;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u48;

import java.lang.foreign.MemorySegment;

/// The Ethernet II header that starts at offset `at` (IEEE 802.3); VLAN tags are out of band at the tc hook. A view is a
/// local variable: do not store it and do not pass it through an interface call, or it becomes 24 bytes of garbage.
/// This holds for every view of the package; a view may be made only where its `isAt` is true, then no accessor throws.
public record EthernetView(MemorySegment frame, long at) {
    public static final int LENGTH = 14;
    public static final long DESTINATION = 0;
    public static final long SOURCE = 6;
    public static final long TYPE = 12;

    public static final int TYPE_IPV4 = 0x0800;
    public static final int TYPE_ARP = 0x0806;
    public static final int TYPE_IPV6 = 0x86dd;

    public static final long BROADCAST = 0xffff_ffff_ffffL;
    private static final long GROUP_BIT = 0x0100_0000_0000L;

    public static boolean isAt(long at, long end) {
        return end - at >= LENGTH;
    }

    /// Whether `mac` (low 48 bits) is one station's address, not a group's and not broadcast.
    public static boolean isUnicast(long mac) {
        return (mac & GROUP_BIT) == 0;
    }

    public long destination() {
        return u48(frame, at + DESTINATION);
    }

    public long source() {
        return u48(frame, at + SOURCE);
    }

    public int type() {
        return u16(frame, at + TYPE);
    }

    /// Writes the header of an answer to this frame; `to` may be the frame itself.
    public void writeAnswer(MemorySegment to, long toAt) {
        long asker = source();
        long asked = destination();
        write(to, toAt, asker, asked, type());
    }

    public static void write(MemorySegment to, long at, long destination, long source, int type) {
        setU48(to, at + DESTINATION, destination);
        setU48(to, at + SOURCE, source);
        setU16(to, at + TYPE, type);
    }
}

package hadirector.packet;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.U64;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU48;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u48;

import java.lang.foreign.MemorySegment;

/// ARP for IPv4 over Ethernet (RFC 826), at offset `at`; `isAt` refuses any other kind of ARP.
public record ArpView(MemorySegment frame, long at) {
    public static final int LENGTH = 28;
    public static final long OPERATION = 6;
    public static final long SENDER_MAC = 8;
    public static final long SENDER = 14;
    public static final long TARGET_MAC = 18;
    public static final long TARGET = 24;

    public static final int REQUEST = 1;
    public static final int REPLY = 2;

    /// Hardware type 1 (Ethernet), protocol type 0x0800, lengths 6 and 4: the six bytes before the operation.
    private static final long ETHERNET_IPV4 = 0x0001_0800_0604L;

    public static boolean isAt(MemorySegment frame, long at, long end) {
        return end - at >= LENGTH && frame.get(U64, at) >>> 16 == ETHERNET_IPV4;
    }

    public int operation() {
        return u16(frame, at + OPERATION);
    }

    public long senderMac() {
        return u48(frame, at + SENDER_MAC);
    }

    public int sender() {
        return frame.get(U32, at + SENDER);
    }

    public long targetMac() {
        return u48(frame, at + TARGET_MAC);
    }

    public int target() {
        return frame.get(U32, at + TARGET);
    }

    public static void write(
            MemorySegment to, long at, int operation, long senderMac, int sender, long targetMac, int target) {
        setU48(to, at, ETHERNET_IPV4);
        setU16(to, at + OPERATION, operation);
        setU48(to, at + SENDER_MAC, senderMac);
        to.set(U32, at + SENDER, sender);
        setU48(to, at + TARGET_MAC, targetMac);
        to.set(U32, at + TARGET, target);
    }
}

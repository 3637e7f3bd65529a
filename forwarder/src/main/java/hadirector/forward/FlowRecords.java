package hadirector.forward;

import static hadirector.packet.NetworkOrder.U16;
import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.U64;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU48;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u48;

import hadirector.conn.FlowRecord;
import hadirector.packet.InternetChecksum;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Writes and reads [FlowRecord]s: what to do with the packets of one direction of a connection, worked out once.
///
/// `toRealServer`, `toClient` and `direct` set all of a record but its `GENERATION`, which belongs to the table: next hop not
/// resolved, nothing counted. Addresses and ports are values (`10.0.0.1` is `0x0a000001`), MACs the low 48 bits of a long.
public final class FlowRecords {
    /// Where IPv4 stands in an IPv4-mapped address (RFC 4291 2.5.5.2).
    static final long ADDRESS_V4 = FlowRecord.ADDRESS + 12;

    private static final long MAPPED_HIGH = 0;
    private static final long MAPPED_LOW = 0xffff_0000_0000L;

    private static final ValueLayout.OfShort NATIVE_16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt NATIVE_32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong NATIVE_64 = ValueLayout.JAVA_LONG_UNALIGNED;

    private FlowRecords() {}

    /// LVS-NAT towards the realserver: packets for `vip:vipPort` become packets for `rip:ripPort`.
    public static void toRealServer(MemorySegment records, long at, int vip, int vipPort, int rip, int ripPort) {
        rewrite(records, at, FlowRecord.REWRITE_DESTINATION, vip, vipPort, rip, ripPort);
    }

    /// LVS-NAT towards the client: packets from `rip:ripPort` become packets from `vip:vipPort`.
    public static void toClient(MemorySegment records, long at, int rip, int ripPort, int vip, int vipPort) {
        rewrite(records, at, FlowRecord.REWRITE_SOURCE, rip, ripPort, vip, vipPort);
    }

    /// LVS-DR: only the next hop changes, and the TTL as in every method.
    public static void direct(MemorySegment records, long at) {
        rewrite(records, at, 0, 0, 0, 0, 0);
    }

    private static void rewrite(MemorySegment records, long at, int flags, int old, int oldPort, int address, int port) {
        int addresses = flags == 0 ? 0 : InternetChecksum.difference(old, address);
        int ports = flags == 0 ? 0 : InternetChecksum.difference16(oldPort, port);
        nextHop(records, at, 0, 0, 0);
        records.set(U64, at + FlowRecord.ADDRESS, MAPPED_HIGH);
        records.set(U64, at + FlowRecord.ADDRESS + Long.BYTES, MAPPED_LOW | Integer.toUnsignedLong(address));
        records.set(U16, at + FlowRecord.PORT, (short) port);
        records.set(NATIVE_16, at + FlowRecord.FLAGS, (short) flags);
        setU16(records, at + FlowRecord.ADDRESS_DIFFERENCE, addresses);
        setU16(records, at + FlowRecord.PORTS_DIFFERENCE, ports);
        setU16(records, at + FlowRecord.IP_DIFFERENCE, InternetChecksum.add(addresses, InternetChecksum.TTL_STEP));
        records.set(NATIVE_32, at + FlowRecord.LAST_SEEN, 0);
        records.set(NATIVE_64, at + FlowRecord.PACKETS, 0);
        records.set(NATIVE_64, at + FlowRecord.BYTES, 0);
    }

    /// Sets where the packets leave; an ifindex of 0 takes the next hop back.
    ///
    /// @param destinationMac of the next hop
    /// @param sourceMac of the interface
    public static void nextHop(MemorySegment records, long at, long destinationMac, long sourceMac, int ifindex) {
        setU48(records, at + FlowRecord.DESTINATION_MAC, destinationMac);
        setU48(records, at + FlowRecord.SOURCE_MAC, sourceMac);
        records.set(NATIVE_32, at + FlowRecord.IFINDEX, ifindex);
    }

    /// Interface by which the packets leave; 0: the next hop is not resolved, do not [Rewrite#apply].
    public static int ifindex(MemorySegment records, long at) {
        return records.get(NATIVE_32, at + FlowRecord.IFINDEX);
    }

    public static long destinationMac(MemorySegment records, long at) {
        return u48(records, at + FlowRecord.DESTINATION_MAC);
    }

    /// The new IPv4 address: the realserver's towards it, the VIP towards the client, 0 for DR.
    public static int address(MemorySegment records, long at) {
        return records.get(U32, at + ADDRESS_V4);
    }

    public static int port(MemorySegment records, long at) {
        return u16(records, at + FlowRecord.PORT);
    }

    /// See [FlowRecord#REWRITE_DESTINATION] and [FlowRecord#REWRITE_SOURCE]; 0 for DR.
    public static int flags(MemorySegment records, long at) {
        return Short.toUnsignedInt(records.get(NATIVE_16, at + FlowRecord.FLAGS));
    }

    /// Counts what was forwarded.
    ///
    /// @param packets as on the wire: a super-frame stands for several
    /// @param now coarse time in the unit of the table that owns the record
    public static void count(MemorySegment records, long at, int packets, int bytes, int now) {
        records.set(NATIVE_32, at + FlowRecord.LAST_SEEN, now);
        records.set(NATIVE_64, at + FlowRecord.PACKETS, packets(records, at) + packets);
        records.set(NATIVE_64, at + FlowRecord.BYTES, bytes(records, at) + bytes);
    }

    public static int lastSeen(MemorySegment records, long at) {
        return records.get(NATIVE_32, at + FlowRecord.LAST_SEEN);
    }

    public static long packets(MemorySegment records, long at) {
        return records.get(NATIVE_64, at + FlowRecord.PACKETS);
    }

    public static long bytes(MemorySegment records, long at) {
        return records.get(NATIVE_64, at + FlowRecord.BYTES);
    }
}

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
import java.lang.invoke.VarHandle;

/// Writes and reads [FlowRecord]s: what to do with the packets of one direction of a connection, worked out once.
///
/// `toRealServer`, `toClient` and `direct` set all of a record but `GROUP` and `SERVER`, which belong to the table: next hop not
/// resolved, not offloaded, never seen. Addresses are two longs (IPv4 mapped) or, as a shorthand, IPv4 values (`10.0.0.1` is `0x0a000001`); MACs the
/// low 48 bits of a long.
public final class FlowRecords {
    /// Where IPv4 stands in an IPv4-mapped address (RFC 4291 2.5.5.2).
    static final long ADDRESS_V4 = FlowRecord.ADDRESS + 12;

    private static final long MAPPED = 0xffff_0000_0000L;

    private static final ValueLayout.OfShort NATIVE_16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt NATIVE_32 = ValueLayout.JAVA_INT_UNALIGNED;

    private FlowRecords() {}

    /// LVS-NAT towards the realserver: packets for VIP and its port become packets for RIP and its port.
    public static void toRealServer(
            MemorySegment records, long at, long vipHigh, long vipLow, int vipPort, long ripHigh, long ripLow, int ripPort) {
        translate(records, at, FlowRecord.REWRITE_DESTINATION, vipHigh, vipLow, vipPort, ripHigh, ripLow, ripPort);
    }

    public static void toRealServer(MemorySegment records, long at, int vip, int vipPort, int rip, int ripPort) {
        toRealServer(records, at, 0, mapped(vip), vipPort, 0, mapped(rip), ripPort);
    }

    /// LVS-NAT towards the client: packets from RIP and its port become packets from VIP and its port.
    public static void toClient(
            MemorySegment records, long at, long ripHigh, long ripLow, int ripPort, long vipHigh, long vipLow, int vipPort) {
        translate(records, at, FlowRecord.REWRITE_SOURCE, ripHigh, ripLow, ripPort, vipHigh, vipLow, vipPort);
    }

    public static void toClient(MemorySegment records, long at, int rip, int ripPort, int vip, int vipPort) {
        toClient(records, at, 0, mapped(rip), ripPort, 0, mapped(vip), vipPort);
    }

    /// LVS-DR: only the next hop changes, and the TTL as in every method.
    public static void direct(MemorySegment records, long at) {
        set(records, at, 0, 0, MAPPED, 0, 0, 0);
    }

    /// LVS-Tun: packets get an outer header.
    ///
    /// @param tunnel index of it, see [Tunnels]
    public static void tunnelled(MemorySegment records, long at, int tunnel) {
        direct(records, at);
        tunnel(records, at, tunnel);
        flags(records, at, FlowRecord.TUNNELLED);
    }

    private static long mapped(int v4) {
        return MAPPED | Integer.toUnsignedLong(v4);
    }

    private static void translate(
            MemorySegment records,
            long at,
            int flags,
            long oldHigh,
            long oldLow,
            int oldPort,
            long high,
            long low,
            int port) {
        int addresses = InternetChecksum.difference(oldHigh, oldLow, high, low);
        set(records, at, flags, high, low, port, addresses, InternetChecksum.difference16(oldPort, port));
    }

    private static void set(
            MemorySegment records, long at, int flags, long high, long low, int port, int addresses, int ports) {
        nextHop(records, at, 0, 0, 0);
        records.set(U64, at + FlowRecord.ADDRESS, high);
        records.set(U64, at + FlowRecord.ADDRESS + Long.BYTES, low);
        records.set(U16, at + FlowRecord.PORT, (short) port);
        flags(records, at, flags);
        setU16(records, at + FlowRecord.ADDRESS_DIFFERENCE, addresses);
        setU16(records, at + FlowRecord.PORTS_DIFFERENCE, ports);
        setU16(records, at + FlowRecord.IP_DIFFERENCE, InternetChecksum.add(addresses, InternetChecksum.TTL_STEP));
        touch(records, at, 0);
        tunnel(records, at, 0);
        mtu(records, at, 0);
        records.set(U64, at + FlowRecord.MTU + Short.BYTES, 0);
        records.set(U16, at + FlowRecord.LENGTH - Short.BYTES, (short) 0);
    }

    /// Sets where the packets leave; an ifindex of 0 takes the next hop back. Not while the record is offloaded.
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

    public static long sourceMac(MemorySegment records, long at) {
        return u48(records, at + FlowRecord.SOURCE_MAC);
    }

    /// The new IPv4 address: the realserver's towards it, the VIP towards the client, 0 for DR.
    public static int address(MemorySegment records, long at) {
        return records.get(U32, at + ADDRESS_V4);
    }

    public static int port(MemorySegment records, long at) {
        return u16(records, at + FlowRecord.PORT);
    }

    /// See [FlowRecord#REWRITE_DESTINATION] and the others.
    public static int flags(MemorySegment records, long at) {
        return Short.toUnsignedInt(records.get(NATIVE_16, at + FlowRecord.FLAGS));
    }

    /// Stored last and released, as BPF programs read along: with [FlowRecord#OFFLOAD] they may use the record from now on.
    public static void flags(MemorySegment records, long at, int flags) {
        VarHandle.releaseFence();
        records.set(NATIVE_16, at + FlowRecord.FLAGS, (short) flags);
    }

    /// Notes that a packet went through.
    ///
    /// @param time see [FlowRecord#time]
    public static void touch(MemorySegment records, long at, int time) {
        records.set(NATIVE_32, at + FlowRecord.LAST_SEEN, time);
    }

    /// When a packet last went through, by whichever path; 0: never.
    public static int lastSeen(MemorySegment records, long at) {
        return records.get(NATIVE_32, at + FlowRecord.LAST_SEEN);
    }

    public static int group(MemorySegment records, long at) {
        return Short.toUnsignedInt(records.get(NATIVE_16, at + FlowRecord.GROUP));
    }

    public static int server(MemorySegment records, long at) {
        return Short.toUnsignedInt(records.get(NATIVE_16, at + FlowRecord.SERVER));
    }

    /// Sets which outer header packets get, if [FlowRecord#TUNNELLED] is among the flags.
    public static void tunnel(MemorySegment records, long at, int tunnel) {
        records.set(NATIVE_16, at + FlowRecord.TUNNEL, (short) tunnel);
    }

    public static int tunnel(MemorySegment records, long at) {
        return Short.toUnsignedInt(records.get(NATIVE_16, at + FlowRecord.TUNNEL));
    }

    /// Sets how long an IP packet may be, as [#mtuField] of it.
    public static void mtu(MemorySegment records, long at, int mtu) {
        records.set(NATIVE_16, at + FlowRecord.MTU, (short) mtuField(mtu));
    }

    /// What stands in a record for an MTU: of more than 65,535 bytes it is 0, any.
    public static int mtuField(int mtu) {
        return mtu > 0xffff ? 0 : mtu;
    }

    public static int mtu(MemorySegment records, long at) {
        return Short.toUnsignedInt(records.get(NATIVE_16, at + FlowRecord.MTU));
    }
}

package hadirector.fastpath;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.ebpf.BpfMap;
import hadirector.ebpf.PerCpuArray;
import hadirector.ebpf.RingBuffer;
import hadirector.model.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.stream.LongStream;

/// What Java tells the programs beside the connections ([SharedTable]), and what they count. Owner thread, but for [#lease].
public final class SharedMaps implements AutoCloseable {
    /// VIP groups that can have a lease.
    public static final int GROUPS_MAX = 1_024;

    /// In the place of a group, for [#lease]: until when the engine's own sockets may send, whatever it is.
    public static final int SENDER = GROUPS_MAX;

    /// For [#lease]: no end.
    public static final long FOREVER = Long.MAX_VALUE;

    public static final int ADDRESSES_MAX = 16_384;

    /// Outer headers, one by realserver and inner family.
    public static final int TUNNELS_MAX = 16_384;

    public static final int TUNNEL_LENGTH = 128;

    /// Numbers of realservers that are counted for.
    public static final int SERVERS_MAX = 8_192;

    /// Value of an address: the index of its group.
    public static final int GROUP_MASK = 0x3ff;

    /// Value of an address: VIP or gateway, whose packets are ours.
    public static final int FLOATING = 1 << 16;

    /// Value of an address: NAT realservers send from it; what of their fragments and ICMP errors may be ours is copied to Java.
    public static final int REALSERVER = 1 << 17;

    /// Value of an address: some service on it stands in the map of services.
    public static final int GUARDED = 1 << 18;

    /// What an entry of [#servers] counts, in its order.
    public static final int PACKETS_IN = 0;

    public static final int BYTES_IN = 1;
    public static final int PACKETS_OUT = 2;
    public static final int BYTES_OUT = 3;
    public static final int SERVER_COUNTS = 4;

    /// Room for more verdicts than there are.
    static final int VERDICTS_MAX = 64;

    /// Datagrams in fragments that are on their way at once, see [Datagrams].
    private static final int DATAGRAMS_MAX = 8_192;

    private static final int DATAGRAM_LENGTH = 40;
    private static final int ADDRESS_LENGTH = 16;

    /// Room for 65,536 of [#readEndings].
    private static final int ENDINGS_BYTES = 1 << 20;

    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);
    private static final VarHandle LEASE = JAVA_LONG.varHandle();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment address = arena.allocate(ADDRESS_LENGTH, Long.BYTES);
    private final MemorySegment value = arena.allocate(JAVA_INT);
    private final BpfMap groups = BpfMap.mappedArray("hd_groups", Long.BYTES, GROUPS_MAX + 1);
    private final BpfMap addresses = BpfMap.hash("hd_addresses", ADDRESS_LENGTH, Integer.BYTES, ADDRESSES_MAX);
    private final BpfMap tunnels = BpfMap.mappedArray("hd_tunnels", TUNNEL_LENGTH, TUNNELS_MAX);
    private final ServiceMaps services = new ServiceMaps();
    private final ScheduleMaps schedule = new ScheduleMaps();
    private final PerCpuArray servers = new PerCpuArray("hd_servers", SERVER_COUNTS, SERVERS_MAX);
    private final RingBuffer endings = new RingBuffer("hd_endings", ENDINGS_BYTES);
    private final BpfMap datagrams = BpfMap.lruHash("hd_datagrams", DATAGRAM_LENGTH, Long.BYTES, DATAGRAMS_MAX);
    private final PerCpuArray verdicts = new PerCpuArray("hd_verdicts", 1, VERDICTS_MAX);

    /// @throws hadirector.linux.ErrnoException if the kernel refuses: privileges, memory
    public SharedMaps(Pins pins) {
        pins.pin(Pins.GROUPS, groups);
        lease(SENDER, FOREVER);
    }

    /// Whether the deadlines in the memory of `hd_groups` are those of one that holds no group.
    static boolean noneHeld(MemorySegment deadlines) {
        long there = Math.min(SENDER, deadlines.byteSize() / Long.BYTES);
        return LongStream.range(0, there).allMatch(group -> deadlines.getAtIndex(JAVA_LONG, group) == 0);
    }

    /// What the programs need to schedule by themselves.
    public ScheduleMaps schedule() {
        return schedule;
    }

    /// What the programs know of single services.
    public ServiceMaps services() {
        return services;
    }

    public int groupsFd() {
        return groups.fd();
    }

    public int addressesFd() {
        return addresses.fd();
    }

    public int tunnelsFd() {
        return tunnels.fd();
    }

    public int serversFd() {
        return servers.fd();
    }

    public int verdictsFd() {
        return verdicts.fd();
    }

    /// Sets until when the programs may answer and forward for a group.
    ///
    /// @param group its index, or [#SENDER]
    /// @param deadline of System.nanoTime (CLOCK_MONOTONIC), 0 to close the group at once
    public void lease(int group, long deadline) {
        LEASE.setRelease(groups.memory(), (long) group * Long.BYTES, deadline);
    }

    /// Sets what an address is to the programs, on every interface: a group's index and [#FLOATING] or the others.
    ///
    /// @return false if there are more than [#ADDRESSES_MAX]
    public boolean claim(IpAddress of, int what) {
        value.set(JAVA_INT, 0, what);
        return addresses.update(key(of), value);
    }

    /// Gives an address back to the host; nothing happens if it was not ours.
    public void release(IpAddress of) {
        boolean _ = addresses.delete(key(of));
    }

    private MemorySegment key(IpAddress of) {
        address.set(U64, 0, of.high());
        address.set(U64, Long.BYTES, of.low());
        return address;
    }

    /// Outer headers, [#TUNNEL_LENGTH] bytes each.
    public MemorySegment tunnels() {
        return tunnels.memory();
    }

    /// Packets and bytes by the number of the realserver, as [#PACKETS_IN] and the others say.
    public PerCpuArray servers() {
        return servers;
    }

    /// Frames by what the programs did with them.
    public PerCpuArray verdicts() {
        return verdicts;
    }

    /// Reads which FIN and RST the programs have forwarded, see [Ending]. Nobody is woken for them.
    public int readEndings(RingBuffer.Reader reader, int most) {
        return endings.read(reader, most);
    }

    int datagramsFd() {
        return datagrams.fd();
    }

    int endingsFd() {
        return endings.fd();
    }

    @Override
    public void close() {
        groups.close();
        addresses.close();
        tunnels.close();
        servers.close();
        verdicts.close();
        endings.close();
        datagrams.close();
        services.close();
        schedule.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}

package hadirector.afpacket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import hadirector.linux.Descriptors;
import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import hadirector.linux.LowDescriptors;
import hadirector.linux.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Makes the sockets of a port, each with a virtio-net header before every frame (linux/if_packet.h).
final class PacketSockets {
    private static final int ETHERTYPE_IPV4 = 0x0800;
    private static final int ETHERTYPE_ARP = 0x0806;
    private static final int ETHERTYPE_IPV6 = 0x86dd;

    private static final int SO_ERROR = 4;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_STATISTICS = 6;
    private static final int STATISTICS_LENGTH = 8;
    private static final int PACKET_VNET_HDR = 15;
    private static final int PACKET_IGNORE_OUTGOING = 23;
    private static final int SOCKADDR_LL_LENGTH = 20;
    private static final int BUFFER_BYTES = 16 << 20;
    private static final int SMALL_BUFFER_BYTES = 1 << 16;
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private PacketSockets() {}

    /// Receives the marked IPv4 frames that come in on the interface, from behind the tcx hook, into a [PacketRing]. Never with
    /// ETH_P_ALL: such a socket sits before the hook and costs every frame of the host a copy.
    static int receivingIpv4(int ifindex, int mark) {
        return configured(fd -> {
            PacketRing.configure(fd);
            receive(fd, ifindex, ETHERTYPE_IPV4, MarkFilter.instructions(mark));
        });
    }

    /// The same for IPv6 but for neighbour discovery.
    static int receivingIpv6(int ifindex, int mark) {
        return configured(fd -> {
            PacketRing.configure(fd);
            receive(fd, ifindex, ETHERTYPE_IPV6, MarkFilter.instructions(mark, false));
        });
    }

    /// Receives the marked ARP frames, into the socket's queue.
    static int receivingArp(int ifindex, int mark) {
        return configured(fd -> receive(fd, ifindex, ETHERTYPE_ARP, MarkFilter.instructions(mark)));
    }

    /// Receives the marked frames of IPv6's neighbour discovery, into the socket's queue.
    static int receivingNdp(int ifindex, int mark) {
        return configured(fd -> receive(fd, ifindex, ETHERTYPE_IPV6, MarkFilter.instructions(mark, true)));
    }

    private static void receive(int fd, int ifindex, int etherType, int[] filter) {
        attachFilter(fd, filter);
        Sockets.setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
        bind(fd, ifindex, etherType);
    }

    /// Receives every frame of one EtherType that the host's stack does not know; little waits, as what is old is worth nothing.
    static int receivingOther(int ifindex, int etherType) {
        return configured(fd -> {
            Sockets.bufferSizes(fd, SMALL_BUFFER_BYTES, SMALL_BUFFER_BYTES);
            Sockets.setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
            bind(fd, ifindex, etherType);
        });
    }

    /// Lets a socket of ARP or neighbour discovery take all of their frames, or only what is ours again. Takes effect from the next frame.
    static void filterNeighbours(int arp, int ndp, int mark, boolean all) {
        attachFilter(arp, all ? MarkFilter.all() : MarkFilter.instructions(mark));
        attachFilter(ndp, all ? MarkFilter.allNeighbours() : MarkFilter.instructions(mark, true));
    }

    /// Sends any frame; protocol 0 receives nothing and takes each frame's EtherType from the frame.
    ///
    /// @param mark `skb->mark` of what is sent, by which the programs at the egress tell it apart; 0 for none
    static int sending(int ifindex, int mark) {
        return configured(fd -> sendBy(fd, ifindex, mark, 0));
    }

    /// Binds one that sends to another interface. As it receives nothing the kernel need not wait for its readers.
    ///
    /// @param priority `skb->priority` of what is sent
    static void sendBy(int fd, int ifindex, int mark, int priority) {
        Sockets.setOption(fd, Sockets.SOL_SOCKET, Sockets.SO_MARK, mark);
        Sockets.setOption(fd, Sockets.SOL_SOCKET, Sockets.SO_PRIORITY, priority);
        bind(fd, ifindex, 0);
    }

    /// Holds the interface for this network namespace as long as the descriptor is open: abstract unix names are per
    /// namespace and go with the process.
    static int lock(int ifindex, String interfaceName) {
        byte[] name = ("\0ha-director/engine/" + ifindex).getBytes(StandardCharsets.US_ASCII);
        int fd = Sockets.open(Sockets.AF_UNIX, Sockets.SOCK_DGRAM, 0);
        try (var arena = Arena.ofConfined()) {
            var address = arena.allocate(Short.BYTES + name.length, Short.BYTES);
            address.set(JAVA_SHORT, 0, (short) Sockets.AF_UNIX);
            MemorySegment.copy(name, 0, address, JAVA_BYTE, Short.BYTES, name.length);
            Sockets.bind(fd, address);
            return fd;
        } catch (ErrnoException e) {
            Descriptors.close(fd);
            throw e.errno() == Errno.EADDRINUSE ? new InterfaceBusyException(interfaceName) : e;
        }
    }

    /// How many frames the kernel had no room for, since the last time (PACKET_STATISTICS, which reading resets).
    static long takeLost(int fd) {
        try (var arena = Arena.ofConfined()) {
            var statistics = arena.allocate(STATISTICS_LENGTH, Integer.BYTES); // struct tpacket_stats: packets, drops
            Sockets.option(fd, SOL_PACKET, PACKET_STATISTICS, statistics);
            return Integer.toUnsignedLong(statistics.get(JAVA_INT, Integer.BYTES));
        }
    }

    /// Fetches what has gone wrong, such as ENETDOWN, which nobody needs to know here: links are watched elsewhere.
    static void clearError(int fd) {
        int _ = Sockets.option(fd, Sockets.SOL_SOCKET, SO_ERROR);
    }

    private interface Setup {
        void accept(int fd);
    }

    private static int configured(Setup setup) {
        int fd = LowDescriptors.late(Sockets.open(Sockets.AF_PACKET, Sockets.SOCK_RAW, 0));
        try {
            Sockets.setOption(fd, SOL_PACKET, PACKET_VNET_HDR, 1);
            Sockets.bufferSizes(fd, BUFFER_BYTES, BUFFER_BYTES);
            setup.accept(fd);
            return fd;
        } catch (RuntimeException e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    private static void bind(int fd, int ifindex, int etherType) {
        try (var arena = Arena.ofConfined()) {
            var address = arena.allocate(SOCKADDR_LL_LENGTH, Integer.BYTES);
            address.set(JAVA_SHORT, 0, (short) Sockets.AF_PACKET);
            address.set(U16, 2, (short) etherType);
            address.set(JAVA_INT, 4, ifindex);
            Sockets.bind(fd, address);
        }
    }

    private static void attachFilter(int fd, int[] filter) {
        try (var arena = Arena.ofConfined()) {
            var code = arena.allocate((long) filter.length * Integer.BYTES, Long.BYTES);
            MemorySegment.copy(filter, 0, code, JAVA_INT, 0, filter.length);
            var program = arena.allocate(16, Long.BYTES); // struct sock_fprog (linux/filter.h)
            program.set(JAVA_SHORT, 0, (short) (filter.length / 2));
            program.set(JAVA_LONG, 8, code.address());
            Sockets.setOption(fd, Sockets.SOL_SOCKET, Sockets.SO_ATTACH_FILTER, program);
        }
    }
}

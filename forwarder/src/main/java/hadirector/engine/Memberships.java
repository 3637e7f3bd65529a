package hadirector.engine;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import hadirector.linux.Descriptors;
import hadirector.linux.ErrnoException;
import hadirector.linux.Sockets;
import hadirector.packet.NdpView;
import hadirector.packet.NetworkOrder;
import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/// Membership of the solicited-node groups of the IPv6 addresses that are held: neighbours ask for a MAC by multicast (RFC 4861 7.2.2), and
/// neither the switch (MLD snooping) nor the NIC's filter lets that through unless the kernel has joined. Owner thread.
final class Memberships implements AutoCloseable {
    private static final int AF_INET6 = 10;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_ADD_MEMBERSHIP = 20;
    private static final int IPV6_DROP_MEMBERSHIP = 21;
    private static final int IPV6_MREQ_LENGTH = 20;

    /// @param low of the group's address; the high half is that of all of them
    private record Group(int ifindex, long low) {}

    private final Set<Group> joined = new HashSet<>();
    private int socket = -1;

    /// Joins and leaves by difference. What cannot be joined now, because the interface has no IPv6, is tried at the next call.
    void follow(FloatingAddresses addresses, Arms arms) {
        var wanted = addresses.all().stream()
                .filter(floating -> floating.group().isOpen() && !floating.address().isV4())
                .flatMap(floating -> arms.named(floating.vip().interfaceName())
                        .map(arm -> new Group(arm.ifindex(), NdpView.solicitedNodeLow(floating.address().low()))))
                .collect(Collectors.toSet());
        for (var old : Set.copyOf(joined)) {
            if (!wanted.contains(old)) {
                joined.remove(old);
                boolean _ = set(IPV6_DROP_MEMBERSHIP, old);
            }
        }
        for (var group : wanted) {
            if (!joined.contains(group) && set(IPV6_ADD_MEMBERSHIP, group)) {
                joined.add(group);
            }
        }
    }

    /// @return false if the interface is gone or has no IPv6
    private boolean set(int option, Group group) {
        try (var arena = Arena.ofConfined()) {
            if (socket < 0) {
                socket = Sockets.open(AF_INET6, Sockets.SOCK_DGRAM, 0);
            }
            var request = arena.allocate(IPV6_MREQ_LENGTH, Integer.BYTES); // struct ipv6_mreq: group, ifindex
            request.set(NetworkOrder.U64, 0, NdpView.ALL_NODES_HIGH);
            request.set(NetworkOrder.U64, Long.BYTES, group.low);
            request.set(JAVA_INT, 2L * Long.BYTES, group.ifindex);
            Sockets.setOption(socket, IPPROTO_IPV6, option, request);
            return true;
        } catch (ErrnoException _) {
            return false;
        }
    }

    /// Leaves all.
    @Override
    public void close() {
        if (socket >= 0) {
            Descriptors.close(socket);
            socket = -1;
        }
        joined.clear();
    }
}

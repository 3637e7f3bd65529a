package hadirector.netlink;

import static hadirector.netlink.Rtnetlink.*;

import hadirector.linux.ErrnoException;
import hadirector.model.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The kernel's links, addresses and neighbours, kept up to date. Its owner thread waits for [#fd] in its own poll(2) and calls
/// [#poll], which never waits for anything. If the kernel had to drop messages, all is read anew, and the listener hears
/// only of what is different. Routes are not kept: a listener asks again for the next hops that it uses.
public final class NetworkWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NetworkWatch.class);
    private static final int GROUPS =
            RTMGRP_LINK
                    | RTMGRP_NEIGH
                    | RTMGRP_IPV4_IFADDR
                    | RTMGRP_IPV4_ROUTE
                    | RTMGRP_IPV4_RULE
                    | RTMGRP_IPV6_IFADDR
                    | RTMGRP_IPV6_ROUTE;

    /// Hears of changes, within [NetworkWatch#poll].
    public interface Listener {
        /// An interface is new, or something of it has changed.
        void linkChanged(Link link);

        void linkGone(Link link);

        /// A neighbour is new, or its MAC or its use has changed.
        void neighbourChanged(Neighbour neighbour);

        void neighbourGone(Neighbour neighbour);

        /// Addresses of this machine have changed; once per poll.
        void addressesChanged();

        /// Routes or IPv4's rules have changed; once per poll.
        void routesChanged();
    }

    /// Datagrams taken in one [#poll], so that a flood of changes (a routing daemon's whole table) leaves time for others.
    private static final int POLL_MAX = 256;

    private record NeighbourKey(int ifindex, IpAddress address) {}

    private final NetlinkSocket socket = new NetlinkSocket(GROUPS);
    private final Netlink netlink = new Netlink();
    private final Map<Integer, Link> links = new HashMap<>();
    private final Map<NeighbourKey, Neighbour> neighbours = new HashMap<>();
    private final Set<InterfaceAddress> addresses = new HashSet<>();
    private boolean addressesChanged;
    private boolean routesChanged;
    /// What is known is out of date, and reading it anew did not work yet.
    private boolean stale;

    /// Reads the present state.
    public NetworkWatch() {
        netlink.links().forEach(link -> links.put(link.index(), link));
        netlink.neighbours().forEach(neighbour -> neighbours.put(key(neighbour), neighbour));
        addresses.addAll(netlink.addresses());
    }

    /// Readable when [#poll] has something to do.
    public int fd() {
        return socket.fd();
    }

    public Collection<Link> links() {
        return List.copyOf(links.values());
    }

    public Optional<Link> link(String name) {
        return links.values().stream().filter(link -> link.name().equals(name)).findFirst();
    }

    public Optional<Link> link(int index) {
        return Optional.ofNullable(links.get(index));
    }

    public Optional<Neighbour> neighbour(int ifindex, IpAddress address) {
        return Optional.ofNullable(neighbours.get(new NeighbourKey(ifindex, address)));
    }

    public Set<InterfaceAddress> addresses() {
        return Set.copyOf(addresses);
    }

    /// Questions of the same thread: next hops, resolving neighbours.
    public Netlink ask() {
        return netlink;
    }

    /// Takes in what has happened since the last call and tells the listener. Call it now and then also if [#fd] is not
    /// readable: after an error of the kernel's the state is read again then.
    public void poll(Listener listener) {
        if (stale) {
            readAnew(listener);
        }
        try {
            receive(listener);
        } catch (NetlinkSocket.OverrunException _) {
            readAnew(listener);
        }
        tellCollected(listener);
    }

    private void receive(Listener listener) throws NetlinkSocket.OverrunException {
        for (int i = 0; i < POLL_MAX; i++) {
            var messages = socket.receive();
            if (messages.isEmpty()) {
                return;
            }
            messages.forEach(m -> take(m, listener));
        }
    }

    @Override
    public void close() {
        socket.close();
        netlink.close();
    }

    private void take(Message m, Listener listener) {
        switch (m.type()) {
            case RTM_NEWLINK -> changed(Parse.link(m), listener);
            case RTM_DELLINK -> gone(Parse.link(m), listener);
            case RTM_NEWNEIGH -> changed(Parse.neighbour(m), listener);
            case RTM_DELNEIGH -> gone(Parse.neighbour(m), listener);
            case RTM_NEWADDR -> change(Parse.address(m), true);
            case RTM_DELADDR -> change(Parse.address(m), false);
            case RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWRULE, RTM_DELRULE -> routesChanged = true;
            case NLMSG_OVERRUN -> stale = true;
            default -> {} // A kernel newer than this may say more.
        }
    }

    private void changed(@Nullable Link link, Listener listener) {
        if (link != null && !link.equals(links.put(link.index(), link))) {
            listener.linkChanged(link);
        }
    }

    private void gone(@Nullable Link link, Listener listener) {
        Link known = link == null ? null : links.remove(link.index());
        if (known != null) {
            listener.linkGone(known);
        }
    }

    private void changed(@Nullable Neighbour neighbour, Listener listener) {
        if (neighbour != null && !neighbour.equals(neighbours.put(key(neighbour), neighbour))) {
            listener.neighbourChanged(neighbour);
        }
    }

    private void gone(@Nullable Neighbour neighbour, Listener listener) {
        Neighbour known = neighbour == null ? null : neighbours.remove(key(neighbour));
        if (known != null) {
            listener.neighbourGone(known);
        }
    }

    private void change(@Nullable InterfaceAddress address, boolean there) {
        if (address != null) {
            addressesChanged |= there ? addresses.add(address) : addresses.remove(address);
        }
    }

    /// What waits in the socket is older than what was lost, so it goes first. If the kernel has no consistent answer, the next
    /// poll asks again.
    private void readAnew(Listener listener) {
        stale = true;
        socket.discard();
        routesChanged = true;
        try {
            compare(netlink.links(), netlink.neighbours(), new HashSet<>(netlink.addresses()), listener);
            stale = false;
        } catch (ErrnoException e) {
            LOG.warn("the network's state could not be read, it will be tried again: {}", e.getMessage());
        }
    }

    private void compare(
            List<Link> newLinks,
            List<Neighbour> newNeighbours,
            Set<InterfaceAddress> newAddresses,
            Listener listener) {
        var indexes = new HashSet<Integer>();
        newLinks.forEach(link -> indexes.add(link.index()));
        missing(links, indexes).forEach(link -> gone(link, listener));
        newLinks.forEach(link -> changed(link, listener));

        var keys = new HashSet<NeighbourKey>();
        newNeighbours.forEach(neighbour -> keys.add(key(neighbour)));
        missing(neighbours, keys).forEach(neighbour -> gone(neighbour, listener));
        newNeighbours.forEach(neighbour -> changed(neighbour, listener));

        addressesChanged |= !newAddresses.equals(addresses);
        addresses.clear();
        addresses.addAll(newAddresses);
    }

    private void tellCollected(Listener listener) {
        if (addressesChanged) {
            addressesChanged = false;
            listener.addressesChanged();
        }
        if (routesChanged) {
            routesChanged = false;
            listener.routesChanged();
        }
    }

    private static <K, V> List<V> missing(Map<K, V> known, Set<K> there) {
        var missing = new ArrayList<V>();
        known.forEach((key, value) -> {
            if (!there.contains(key)) {
                missing.add(Objects.requireNonNull(value));
            }
        });
        return missing;
    }

    private static NeighbourKey key(Neighbour neighbour) {
        return new NeighbourKey(neighbour.ifindex(), neighbour.address());
    }
}

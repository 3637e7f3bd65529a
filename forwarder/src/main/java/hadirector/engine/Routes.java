package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.EntryLayout;
import hadirector.forward.FlowRecords;
import hadirector.linux.ErrnoException;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.netlink.Link;
import hadirector.netlink.Neighbour;
import hadirector.netlink.NetworkWatch;
import hadirector.netlink.NextHop;
import hadirector.packet.EthernetView;
import hadirector.packet.NetworkOrder;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Next hops of realservers and clients, from the kernel's routes and neighbours, written into flow records. The kernel's own
/// ARP finds the MACs and is asked again and again, as it does not see that our frames use them. Owner thread.
final class Routes {
    private static final int NAT = ForwardingMethod.NAT.number();
    private static final int TO_SERVER = 0;
    private static final int TO_CLIENT = 1;
    private static final long FRESHEN_NANOS = TimeUnit.SECONDS.toNanos(4);
    /// So many look-ups in vain may packets cause between two calls of [#freshen]: each costs as much as a hundred packets.
    private static final int IN_VAIN_MAX = 64;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final NetworkWatch watch;
    private final Map<IpAddress, Hop> hops = new HashMap<>();
    private long freshenAt;
    /// Look-ups for single packets that found nothing since [#freshen] was last called.
    private int lookedUpInVain;

    Routes(NetworkWatch watch) {
        this.watch = watch;
    }

    /// The hop of a realserver's address, until [#release].
    Hop use(IpAddress address) {
        var hop = hops.computeIfAbsent(address, Hop::new);
        if (hop.users++ == 0) {
            refresh(hop);
        }
        return hop;
    }

    void release(Hop hop) {
        if (--hop.users == 0) {
            hops.remove(hop.address);
        }
    }

    Collection<Hop> hops() {
        return hops.values();
    }

    /// Looks route, interface and neighbour up anew; what the kernel has no answer to stays as it was.
    void refresh(Hop hop) {
        var route = nextHop(hop.address).filter(r -> !r.local());
        if (route.isPresent()) {
            hop.ifindex = route.get().ifindex();
            hop.neighbour = route.get().neighbour();
            hop.sourceMac = watch.link(hop.ifindex).map(Link::mac).orElse(0L);
            mac(route.get()).ifPresentOrElse(mac -> hop.destinationMac = mac, () -> ask(hop));
        }
    }

    private Optional<NextHop> nextHop(IpAddress address) {
        try {
            return watch.ask().nextHop(address);
        } catch (ErrnoException _) {
            return Optional.empty(); // No memory at the moment, or a kind of route that is no error we know: asked again.
        }
    }

    private Optional<Long> mac(NextHop route) {
        return watch.neighbour(route.ifindex(), route.neighbour())
                .filter(Neighbour::usable)
                .map(Neighbour::mac);
    }

    private void ask(Hop hop) {
        if (hop.ifindex != 0) {
            boolean _ = watch.ask().resolve(hop.ifindex, hop.neighbour);
        }
    }

    /// Has the kernel confirm all neighbours in use, unresolved ones more often.
    void freshen(long now) {
        lookedUpInVain = 0;
        if (now - freshenAt < 0) {
            return;
        }
        boolean missing = false;
        for (var hop : hops.values()) {
            if (hop.isResolved()) {
                ask(hop);
            } else {
                refresh(hop);
                missing = true;
            }
        }
        freshenAt = now + (missing ? RETRY_NANOS : FRESHEN_NANOS);
    }

    /// Takes in a neighbour's MAC; the records of its connections follow.
    void neighbourChanged(Neighbour neighbour, ConnectionTable table) {
        for (var hop : hops.values()) {
            boolean concerned = hop.ifindex == neighbour.ifindex() && hop.neighbour.equals(neighbour.address());
            if (concerned && neighbour.usable() && hop.destinationMac != neighbour.mac()) {
                hop.destinationMac = neighbour.mac();
                rewrite(hop, table);
            }
        }
    }

    /// Looks all hops up anew after a change of routes or links; the records of those that changed follow.
    void lookUp(ConnectionTable table) {
        for (var hop : hops.values()) {
            int ifindex = hop.ifindex;
            long source = hop.sourceMac;
            long destination = hop.destinationMac;
            refresh(hop);
            if (hop.ifindex != ifindex || hop.sourceMac != source || hop.destinationMac != destination) {
                rewrite(hop, table);
            }
        }
    }

    private static void rewrite(Hop hop, ConnectionTable table) {
        for (int slot = 0; slot < table.slotsUsed(); slot++) {
            boolean used = table.live(slot)
                    && table.addressLow(slot, EntryLayout.REAL) == hop.address.low()
                    && table.addressHigh(slot, EntryLayout.REAL) == hop.address.high();
            if (used && FlowRecords.ifindex(table.records(slot), table.recordAt(slot, TO_SERVER)) != 0) {
                write(hop, table, slot);
            }
        }
    }

    private static void write(Hop hop, ConnectionTable table, int slot) {
        FlowRecords.nextHop(
                table.records(slot),
                table.recordAt(slot, TO_SERVER),
                hop.destinationMac,
                hop.sourceMac,
                hop.ifindex);
    }

    /// The way back to a client is the way its frames came, whatever the routing table says.
    void learnClient(ConnectionTable table, int slot, Arm from, MemorySegment frame, long at) {
        if (table.method(slot) != NAT) {
            return;
        }
        var records = table.records(slot);
        long record = table.recordAt(slot, TO_CLIENT);
        long mac = NetworkOrder.u48(frame, at + EthernetView.SOURCE);
        int ifindex = FlowRecords.ifindex(records, record);
        if (ifindex != from.ifindex() || FlowRecords.destinationMac(records, record) != mac) {
            if (ifindex == 0) {
                fill(table, slot, TO_CLIENT);
            }
            FlowRecords.nextHop(records, record, mac, from.mac, from.ifindex());
        }
    }

    /// Completes a record that has no next hop yet.
    ///
    /// @param server of the connection, null if it is not in the config any more
    /// @return false if there is no route, or the next hop's MAC is not known yet; it is asked for
    boolean resolve(ConnectionTable table, int slot, int direction, @Nullable ServerState server) {
        fill(table, slot, direction);
        return direction == TO_SERVER ? resolveServer(table, slot, server) : resolveClient(table, slot);
    }

    private boolean resolveServer(ConnectionTable table, int slot, @Nullable ServerState server) {
        var hop = server == null ? lookUpOnce(address(table, slot, EntryLayout.REAL)) : server.hop;
        if (hop.isResolved()) {
            write(hop, table, slot);
        }
        return hop.isResolved();
    }

    /// A reply before the client's first packet here: after a takeover.
    private boolean resolveClient(ConnectionTable table, int slot) {
        var hop = lookUpOnce(address(table, slot, EntryLayout.CLIENT));
        if (hop.isResolved()) {
            FlowRecords.nextHop(
                    table.records(slot),
                    table.recordAt(slot, TO_CLIENT),
                    hop.destinationMac,
                    hop.sourceMac,
                    hop.ifindex);
        }
        return hop.isResolved();
    }

    private static IpAddress address(ConnectionTable table, int slot, long field) {
        return new IpAddress(table.addressHigh(slot, field), table.addressLow(slot, field));
    }

    private Hop lookUpOnce(IpAddress address) {
        var hop = new Hop(address);
        if (lookedUpInVain < IN_VAIN_MAX) {
            refresh(hop);
            lookedUpInVain += hop.isResolved() ? 0 : 1;
        }
        return hop;
    }

    private static void fill(ConnectionTable table, int slot, int direction) {
        var records = table.records(slot);
        long record = table.recordAt(slot, direction);
        long vipHigh = table.addressHigh(slot, EntryLayout.VIRTUAL);
        long vip = table.addressLow(slot, EntryLayout.VIRTUAL);
        int vipPort = table.port(slot, EntryLayout.VIRTUAL_PORT);
        long ripHigh = table.addressHigh(slot, EntryLayout.REAL);
        long rip = table.addressLow(slot, EntryLayout.REAL);
        int ripPort = table.port(slot, EntryLayout.REAL_PORT);
        if (table.method(slot) != NAT) {
            FlowRecords.direct(records, record);
        } else if (direction == TO_SERVER) {
            FlowRecords.toRealServer(records, record, vipHigh, vip, vipPort, ripHigh, rip, ripPort);
        } else {
            FlowRecords.toClient(records, record, ripHigh, rip, ripPort, vipHigh, vip, vipPort);
        }
    }
}

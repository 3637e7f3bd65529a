package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.EntryLayout;
import hadirector.linux.ErrnoException;
import hadirector.model.IpAddress;
import hadirector.netlink.Link;
import hadirector.netlink.Neighbour;
import hadirector.netlink.NetworkWatch;
import hadirector.netlink.NextHop;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Next hops of realservers and clients, from the kernel's routes and neighbours. The kernel's own
/// ARP finds the MACs and is asked again and again, as it does not see that our frames use them. Owner thread.
final class Routes {
    private static final long FRESHEN_NANOS = TimeUnit.SECONDS.toNanos(4);
    private static final int FRESHEN_MAX = 128;
    /// So many look-ups in vain may packets cause between two calls of [#freshen]: each costs as much as a hundred packets.
    private static final int IN_VAIN_MAX = 64;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long PATH_MTU_NANOS = TimeUnit.MINUTES.toNanos(10);

    /// What Linux lets an ICMP message lower a path to (net.ipv4.route.min_pmtu), so that a forged one does little harm.
    private static final int MTU_MIN = 552;

    /// RFC 8200 5.
    private static final int MTU_MIN_V6 = 1_280;

    private final NetworkWatch watch;
    private final Map<IpAddress, Hop> hops = new HashMap<>();
    /// All of them, the one that was looked at last at the end; and others that nobody uses any more.
    private final Queue<Hop> turns = new ArrayDeque<>();
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
            turns.add(hop);
        }
        return hop;
    }

    void release(Hop hop) {
        if (--hop.users == 0) {
            hops.remove(hop.address);
        }
    }

    /// Whether some realserver is this host.
    boolean anyLocal() {
        return hops.values().stream().anyMatch(hop -> hop.local);
    }

    Collection<Hop> hops() {
        return hops.values();
    }

    /// Looks route, interface and neighbour up anew; what the kernel has no answer to stays as it was, unless it was the host's own address.
    void refresh(Hop hop) {
        var route = nextHop(hop.address);
        hop.local(route.filter(NextHop::local).isPresent());
        if (route.isPresent() && !hop.local) {
            hop.ifindex = route.get().ifindex();
            hop.neighbour = route.get().neighbour();
            hop.sourceMac = watch.link(hop.ifindex).map(Link::mac).orElse(0L);
            hop.linkMtu = watch.link(hop.ifindex).map(Link::mtu).orElse(0);
            hop.source = isAny(route.get().source()) ? null : route.get().source();
            mac(hop).ifPresentOrElse(mac -> hop.destinationMac = mac, () -> ask(hop));
        }
    }

    private static boolean isAny(IpAddress address) {
        return address.high() == 0 && (address.low() == 0 || address.equals(IpAddress.v4(0)));
    }

    private Optional<NextHop> nextHop(IpAddress address) {
        try {
            return watch.ask().nextHop(address);
        } catch (ErrnoException _) {
            return Optional.empty(); // No memory at the moment, or a kind of route that is no error we know: asked again.
        }
    }

    private Optional<Long> mac(Hop hop) {
        return watch.neighbour(hop.ifindex, hop.neighbour).filter(Neighbour::usable).map(Neighbour::mac);
    }

    private void ask(Hop hop) {
        if (hop.ifindex != 0) {
            boolean _ = watch.ask().resolve(hop.ifindex, hop.neighbour);
        }
    }

    /// Has the kernel confirm neighbours in use whose time has come, unresolved ones more often; so many in a call that packets need not wait.
    ///
    /// @return whether the hop of a realserver is another now
    boolean freshen(long now) {
        lookedUpInVain = 0;
        boolean changed = false;
        int asked = 0;
        for (int left = turns.size(); left > 0 && asked < FRESHEN_MAX; left--) {
            var hop = turns.remove();
            if (hop.users == 0) {
                continue;
            }
            turns.add(hop);
            if (now - hop.freshenAt >= 0) {
                changed |= freshen(hop, now);
                asked++;
            }
            changed |= forgetOldMtu(hop, now);
        }
        return changed;
    }

    /// @return whether it has turned out to be this host
    private boolean freshen(Hop hop, long now) {
        boolean resolved = hop.isResolved();
        if (resolved) {
            ask(hop);
        } else {
            refresh(hop);
        }
        hop.freshenAt = now + (hop.isResolved() ? FRESHEN_NANOS : RETRY_NANOS);
        return !resolved && hop.local;
    }

    private static boolean forgetOldMtu(Hop hop, long now) {
        boolean old = hop.pathMtu != 0 && now - hop.pathMtuUntil >= 0;
        if (old) {
            hop.pathMtu = 0;
        }
        return old;
    }

    /// Takes in what a router has said about the path to a realserver: packets may have so many bytes. After ten minutes longer ones
    /// are tried again (RFC 1191 6.3, RFC 8201 4). One that is smaller than every link must carry is taken as that least.
    ///
    /// @return whether the hop is another now
    boolean learnMtu(Hop hop, int mtu, long now) {
        int learned = Math.max(mtu, hop.address.isV4() ? MTU_MIN : MTU_MIN_V6);
        if (learned >= hop.mtu()) {
            return false;
        }
        hop.pathMtu = learned;
        hop.pathMtuUntil = now + PATH_MTU_NANOS;
        return true;
    }

    /// The hop of a realserver's address; null if there is no such realserver.
    @Nullable Hop hop(IpAddress address) {
        return hops.get(address);
    }

    /// Takes in a neighbour's MAC.
    ///
    /// @return whether the hop of a realserver is another now
    boolean neighbourChanged(Neighbour neighbour) {
        boolean changed = false;
        for (var hop : hops.values()) {
            boolean concerned = hop.ifindex == neighbour.ifindex() && hop.neighbour.equals(neighbour.address());
            if (concerned && neighbour.usable() && hop.destinationMac != neighbour.mac()) {
                hop.destinationMac = neighbour.mac();
                changed = true;
            }
        }
        return changed;
    }

    /// Looks all hops up anew after a change of routes or links.
    ///
    /// @return whether one is another now
    boolean lookUp() {
        boolean changed = false;
        for (var hop : hops.values()) {
            boolean local = hop.local;
            int ifindex = hop.ifindex;
            int mtu = hop.mtu();
            long source = hop.sourceMac;
            long destination = hop.destinationMac;
            refresh(hop);
            changed |= hop.local != local
                    || hop.ifindex != ifindex
                    || hop.mtu() != mtu
                    || hop.sourceMac != source
                    || hop.destinationMac != destination;
        }
        return changed;
    }

    /// The way to the realserver of a connection; it may not be resolved, then its MAC is asked for.
    ///
    /// @param server of the connection, null if it is not in the config any more
    Hop toServer(ConnectionTable table, int slot, @Nullable ServerState server) {
        return server == null ? lookUpOnce(address(table, slot, EntryLayout.REAL)) : server.hop;
    }

    /// The way to a client that has sent nothing here: a reply comes before its first packet, after a takeover.
    Hop toClient(ConnectionTable table, int slot) {
        return lookUpOnce(address(table, slot, EntryLayout.CLIENT));
    }

    /// How an address is reached now; the kernel asks for its MAC, or its router's, if it does not know it.
    Hop wayTo(IpAddress address) {
        var hop = new Hop(address);
        refresh(hop);
        return hop;
    }

    /// Something will have to be sent to a client soon: has the kernel find its MAC.
    void expect(long high, long low) {
        var _ = lookUpOnce(new IpAddress(high, low));
    }

    static IpAddress address(ConnectionTable table, int slot, long field) {
        return new IpAddress(table.addressHigh(slot, field), table.addressLow(slot, field));
    }

    /// Looks whether the kernel knows the MAC by now, without asking it anything.
    void look(Hop hop) {
        if (hop.destinationMac == 0 && hop.ifindex != 0) {
            mac(hop).ifPresent(mac -> hop.destinationMac = mac);
        }
    }

    private Hop lookUpOnce(IpAddress address) {
        if (lookedUpInVain >= IN_VAIN_MAX) {
            return new Hop(address);
        }
        var hop = wayTo(address);
        lookedUpInVain += hop.isResolved() ? 0 : 1;
        return hop;
    }
}

package hadirector.engine;

import hadirector.linux.ErrnoException;
import hadirector.model.IpAddress;
import hadirector.netlink.Neighbour;
import hadirector.netlink.NetworkWatch;
import hadirector.netlink.NextHop;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The routers by which clients come. The way back to a client is the MAC that its last frame came from; but who downloads has nothing to send
/// while nothing arrives, and so could never show another one. So routers are neighbours that the kernel keeps fresh for us, as
/// realservers are, and where one gets another MAC, its clients' ways follow.
///
/// Only a router that the kernel's routes name for its clients, and whose MAC is the one seen, is followed: others may be behind
/// asymmetric routing. Bounded; those that are seen last are kept. Owner thread.
final class ClientRouters {
    private static final int ROUTERS_MAX = 64;
    private static final int LOOK_UPS_MAX = 16;
    private static final long MAPPED = 0xffff;
    private static final long FRESHEN_NANOS = TimeUnit.SECONDS.toNanos(4);

    /// A MAC that clients' frames came from.
    private static final class Seen {
        final int ifindex;
        final boolean v4;
        final long mac;

        /// Whose it is by the kernel's routes; null if it is the client's own, or nobody's.
        final @Nullable IpAddress router;

        /// That router's MAC now, once it has been the one seen; 0 before.
        long now;

        long freshenAt = System.nanoTime();

        Seen(int ifindex, boolean v4, long mac, @Nullable IpAddress router) {
            this.ifindex = ifindex;
            this.v4 = v4;
            this.mac = mac;
            this.router = router;
        }

    }

    private final NetworkWatch watch;
    private final @Nullable Seen[] seen = new Seen[ROUTERS_MAX];
    private int next;
    private int lookUps;

    ClientRouters(NetworkWatch watch) {
        this.watch = watch;
    }

    /// A client's way back is this MAC, from now on.
    void seen(long mac, int ifindex, long clientHigh, long clientLow) {
        boolean v4 = isV4(clientHigh, clientLow);
        int at = find(mac, ifindex, v4);
        if (at >= 0) {
            var known = seen[at];
            if (known != null && known.now != 0 && known.now != mac) {
                seen[at] = null; // In use again, by whomever: it is no old one any more.
            }
            return;
        }
        if (lookUps < LOOK_UPS_MAX) {
            lookUps++;
            var added = new Seen(ifindex, v4, mac, router(ifindex, new IpAddress(clientHigh, clientLow)));
            confirm(added);
            add(added);
        }
    }

    private static boolean isV4(long high, long low) {
        return high == 0 && low >>> Integer.SIZE == MAPPED;
    }

    private int find(long mac, int ifindex, boolean v4) {
        for (int i = 0; i < ROUTERS_MAX; i++) {
            var each = seen[i];
            if (each != null && each.mac == mac && each.ifindex == ifindex && each.v4 == v4) {
                return i;
            }
        }
        return -1;
    }

    private void add(Seen added) {
        seen[next] = added;
        next = (next + 1) % ROUTERS_MAX;
    }

    private @Nullable IpAddress router(int ifindex, IpAddress client) {
        try {
            return watch.ask()
                    .nextHop(client)
                    .filter(route -> route.ifindex() == ifindex && !route.neighbour().equals(client))
                    .map(NextHop::neighbour)
                    .orElse(null);
        } catch (ErrnoException _) {
            return null;
        }
    }

    private void confirm(Seen each) {
        Optional<Neighbour> neighbour = each.router == null ? Optional.empty() : watch.neighbour(each.ifindex, each.router);
        if (neighbour.filter(Neighbour::usable).filter(found -> found.mac() == each.mac).isPresent()) {
            each.now = each.mac;
        }
    }

    /// The MAC to send to a client whose frames used to come from `mac`.
    long now(long mac, int ifindex, long clientHigh, long clientLow) {
        int at = find(mac, ifindex, isV4(clientHigh, clientLow));
        var known = at < 0 ? null : seen[at];
        return known == null || known.now == 0 ? mac : known.now;
    }

    /// Has the kernel confirm routers whose time has come.
    void freshen(long time) {
        lookUps = 0;
        for (var each : seen) {
            if (each != null && each.router != null && time - each.freshenAt >= 0) {
                boolean _ = watch.ask().resolve(each.ifindex, each.router);
                each.freshenAt = time + FRESHEN_NANOS;
            }
        }
    }

    /// Takes in a neighbour's MAC.
    ///
    /// @return whether the way of some clients is another now
    boolean neighbourChanged(Neighbour neighbour) {
        boolean changed = false;
        for (var each : seen) {
            boolean concerned = each != null && neighbour.usable() && each.ifindex == neighbour.ifindex() && neighbour.address().equals(each.router);
            if (concerned && (each.now != 0 || neighbour.mac() == each.mac)) {
                changed |= each.now != 0 && each.now != neighbour.mac();
                each.now = neighbour.mac();
            }
        }
        if (changed) {
            follow(neighbour);
        }
        return changed;
    }

    /// The new MAC may be left for another in its turn.
    private void follow(Neighbour router) {
        boolean v4 = router.address().isV4();
        int at = find(router.mac(), router.ifindex(), v4);
        var added = new Seen(router.ifindex(), v4, router.mac(), router.address());
        added.now = router.mac();
        if (at >= 0) {
            seen[at] = added;
        } else {
            add(added);
        }
    }
}

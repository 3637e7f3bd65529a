package hadirector.engine;

import hadirector.model.IpAddress;
import org.jspecify.annotations.Nullable;

/// How to reach one realserver: out of which interface, from and to which MAC (48 bits); or that it is this host. Kept fresh by [Routes].
final class Hop {
    final IpAddress address;

    /// Realservers of services that have this address.
    int users;

    /// Whether its address is one of this host's own: then nothing else here means anything.
    boolean local;

    /// The neighbour to ask for: the address itself, or the gateway of its route.
    IpAddress neighbour;

    /// The address that this host has towards it, as the kernel chooses it; null if not known yet.
    @Nullable IpAddress source;

    int ifindex;

    /// When the kernel is asked next whether it is right.
    long freshenAt = System.nanoTime();

    /// Of the interface, 0 if not known.
    int linkMtu;

    /// Of the path, as a router on it has said (RFC 1191, RFC 8201); 0 if none has, or long ago.
    int pathMtu;

    /// When what the router has said is to be tried again.
    long pathMtuUntil;
    long sourceMac;
    long destinationMac;

    Hop(IpAddress address) {
        this.address = address;
        neighbour = address;
    }

    /// The longest packet that gets there in one piece, as far as known; 0 if nothing is.
    int mtu() {
        return pathMtu == 0 ? linkMtu : Math.min(pathMtu, linkMtu);
    }

    /// A MAC that was known once is used until a new one is: its owner may well be there.
    boolean isResolved() {
        return local || (ifindex != 0 && destinationMac != 0);
    }

    /// Whether it is reached by a gateway.
    boolean isRouted() {
        return !neighbour.equals(address);
    }

    /// Becomes an address of this host, or one of elsewhere that is still to be found.
    void local(boolean now) {
        if (local != now) {
            local = now;
            neighbour = address;
            source = null;
            ifindex = 0;
            linkMtu = 0;
            pathMtu = 0;
            sourceMac = 0;
            destinationMac = 0;
        }
    }
}
